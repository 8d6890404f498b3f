/* Names for the numbers of include/kumiki/life.h: for the console service, and for the tool of a
 * Linux that manages others. */
#ifndef LIB_LIFEWORDS_H
#define LIB_LIFEWORDS_H

#include <stdbool.h>
#include <stdint.h>

/* enum life_state; "unknown" for any other number. */
const char *life_state_name(uint32_t state);

/* enum stop_reason, as the rest of a sentence. */
const char *life_reason_name(uint32_t reason);

/* The same as a word for programs. */
const char *life_reason_word(uint32_t reason);

/* Whether the reason of the last end may still change: while a partition stops, its examination may
 * find that a reset is a panic's. */
bool life_end_is_open(uint32_t state, uint32_t reason);

/* The last end of a partition that is in this state now. */
const char *life_end_name(uint32_t state, uint32_t reason);

#endif
