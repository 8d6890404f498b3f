/* Names for the numbers of include/kumiki/life.h: for the console service, and for the tool of a
 * Linux that manages others. */
#ifndef LIB_LIFEWORDS_H
#define LIB_LIFEWORDS_H

#include <stdint.h>

/* enum life_state; "unknown" for any other number. */
const char *life_state_name(uint32_t state);

/* enum stop_reason, as the rest of a sentence. */
const char *life_reason_name(uint32_t reason);

#endif
