/* Names for the numbers of include/kumiki/life.h: for the console service, and for the tool of a
 * Linux that manages other partitions. */
#ifndef LIB_LIFEWORDS_H
#define LIB_LIFEWORDS_H

#include <stdbool.h>
#include <stdint.h>

/* The name of an enum life_state; "unknown" for any other number. */
const char *life_state_name(uint32_t state);

/* The name of an enum stop_reason, as the rest of a sentence. */
const char *life_reason_name(uint32_t reason);

/* The name of an enum stop_reason, as a word for programs. */
const char *life_reason_word(uint32_t reason);

/* Whether the reason of the last end may still change. While a partition stops, its examination may
 * find that a panic caused the reset. */
bool life_end_is_open(uint32_t state, uint32_t reason);

/* The name of the last end of a partition that is in this state now. */
const char *life_end_name(uint32_t state, uint32_t reason);

#endif
