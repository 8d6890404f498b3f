/*
 * The rule of restarts: the described answer when a partition ended by itself, how many restarts
 * are allowed, how long each waits. The frame follows the rule, and the console service explains
 * it.
 */
#ifndef LIB_LIFERULE_H
#define LIB_LIFERULE_H

#include <kumiki/bundle.h>
#include <kumiki/life.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * The answer to an end for this reason, as enum life_policy. `failed` counts restarts without a
 * command in the present window. At the limit the answer is the description's for the limit.
 */
enum life_policy liferule_next(const struct bundle_life *life, enum stop_reason reason,
                               uint32_t failed);

/* True if the answer would be a restart, but the limit is reached. */
bool liferule_at_limit(const struct bundle_life *life, enum stop_reason reason, uint32_t failed);

/* Milliseconds before the restart with this number in its window, from 1 on; 0: at once. The first
 * restart has no delay, the second has the described delay, and each further delay is twice the
 * former. */
uint64_t liferule_delay(const struct bundle_life *life, uint32_t number);

#endif
