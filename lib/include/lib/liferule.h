/*
 * The rule by which a partition restarts: what its description wants when it ended by itself, how
 * many restarts are allowed, how long each waits. The frame goes by it, the console service says
 * it.
 */
#ifndef LIB_LIFERULE_H
#define LIB_LIFERULE_H

#include <kumiki/bundle.h>
#include <kumiki/life.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * What is done with one that ended for this reason, after `failed` restarts in the present window
 * that nobody commanded: enum life_policy. At its limit that is what the description says for it.
 */
enum life_policy liferule_next(const struct bundle_life *life, enum stop_reason reason,
                               uint32_t failed);

/* It would have been a restart, one too many. */
bool liferule_at_limit(const struct bundle_life *life, enum stop_reason reason, uint32_t failed);

/* Milliseconds before the restart with this number in its window, from 1 on; 0: at once. The first
 * one is, the second after the delay, each further one after twice the time of the one before. */
uint64_t liferule_delay(const struct bundle_life *life, uint32_t number);

#endif
