/* The value of a C expression in parentheses inside < >, as dtc computes it: 64 bits, unsigned. */
#ifndef DTS_EXPRESSION_H
#define DTS_EXPRESSION_H

#include "source.h"

/* Takes "( expression )". *negative: the value was below 0 on the way, and is so at the end. Bits
 * that '~' set don't count as a sign. False: there was a mistake, and a complaint. */
bool expression_take(struct source *source, uint64_t *value, bool *negative);

#endif
