/*
 * Response times under fixed priorities. Pure arithmetic, without units.
 */
#ifndef MODEL_RESPONSE_H
#define MODEL_RESPONSE_H

#include <stddef.h>
#include <stdint.h>

/* A load that goes before the own work: `work` in each `period`. It may come late by up to
 * `jitter`, and the next time without delay. */
struct response_load {
	uint64_t work, period, jitter;
};

#define RESPONSE_NEVER UINT64_MAX

/*
 * The least R with R = own + sum of ceil((R + jitter) / period) * work over the loads: how long it
 * takes at the worst until the work `own` is done. RESPONSE_NEVER if that is more than `limit`.
 * Values up to 2^44, periods from 2^26 on, up to 40 loads.
 */
uint64_t response_time(uint64_t own, const struct response_load *loads, size_t count,
                       uint64_t limit);

/* The same if some of the loads only take turns with the own work. Such a load may still have work
 * from the time of the last own work. So this looks at all own work that comes before the core has
 * a pause. `first` is work that goes before the first own work only. RESPONSE_NEVER, too, if no
 * pause is found. `own->work` <= `own->period`. */
uint64_t response_among_equals(uint64_t first, const struct response_load *own,
                               const struct response_load *loads, size_t count, uint64_t limit);

/* How often the loads come during a response time. */
uint64_t response_arrivals(uint64_t response, const struct response_load *loads, size_t count);

#endif
