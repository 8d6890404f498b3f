/*
 * The rule of restarts: what follows when a partition ended without a command, how many restarts
 * are allowed, and how long each waits. The frame follows the rule, and the console service
 * explains it.
 */
#ifndef LIB_LIFERULE_H
#define LIB_LIFERULE_H

#include <kumiki/bundle.h>
#include <kumiki/life.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * What follows an end for this reason. `failed` counts the restarts without a command in the
 * present window. At the limit, the description says what follows.
 */
enum life_policy liferule_next(const struct bundle_life *life, enum stop_reason reason,
                               uint32_t failed);

/* Whether a restart would follow, but the limit is reached. */
bool liferule_at_limit(const struct bundle_life *life, enum stop_reason reason, uint32_t failed);

/* How many milliseconds the restart with this number in its window waits; numbers begin at 1. The
 * first restart has no delay, the second has the described delay. Each further delay is twice the
 * one before. */
uint64_t liferule_delay(const struct bundle_life *life, uint32_t number);

#endif
