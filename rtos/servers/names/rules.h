/* The manifest's rules for offering and finding names: pure, so that they are tested on the host.
 */
#ifndef NAMES_RULES_H
#define NAMES_RULES_H

#include <stdbool.h>
#include <stdint.h>

/* Whether one of `count` sentences, one string behind the other, says "PROGRAM VERB NAME". A *
 * stands for any program or any name. */
bool rules_allow(const char *sentences, uint32_t count, const char *program, const char *verb,
                 const char *name);

#endif
