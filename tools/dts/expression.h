/* The value of a C expression in parentheses inside < >, as dtc has it: 64 bits, unsigned. */
#ifndef DTS_EXPRESSION_H
#define DTS_EXPRESSION_H

#include "source.h"

/* Takes "( expression )". `negative`: the value went below 0 on the way and ends there; bits that
 * '~' set are no sign. False after a mistake, which was complained of. */
bool expression_take(struct source *source, uint64_t *value, bool *negative);

#endif
