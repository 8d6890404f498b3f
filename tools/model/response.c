/* See response.h. promises.c uses this file. */
#include "response.h"

#define RESPONSE_ROW 256 /* the most pieces of work without a pause on the core */

/* Where the iteration begins: below the least solution, as ceil(x) >= x, but near it. So it is
 * short even if loads nearly fill the core. Negative: there is no solution. */
static double response_from(uint64_t own, const struct response_load *loads, size_t count)
{
	double used = 0, first = (double)own;

	for (size_t i = 0; i < count; i++) {
		const double share = (double)loads[i].work / (double)loads[i].period;

		used += share;
		first += share * (double)loads[i].jitter;
	}
	return used >= 1 ? -1 : first / (1 - used);
}

static uint64_t response_times(uint64_t response, const struct response_load *load)
{
	const uint64_t window = response + load->jitter;

	return window / load->period + (window % load->period != 0);
}

uint64_t response_arrivals(uint64_t response, const struct response_load *loads, size_t count)
{
	uint64_t times = 0;

	for (size_t i = 0; i < count; i++)
		times += response_times(response, &loads[i]);
	return times;
}

/* One step of the iteration. If the sum is more than `limit`, it may be any number above that. */
static uint64_t response_step(uint64_t response, uint64_t own, const struct response_load *loads,
                              size_t count, uint64_t limit)
{
	uint64_t sum = own;

	for (size_t i = 0; i < count && sum <= limit; i++) {
		const uint64_t times = response_times(response, &loads[i]);

		if (times > limit / loads[i].work)
			return UINT64_MAX;
		sum += times * loads[i].work;
	}
	return sum;
}

uint64_t response_time(uint64_t own, const struct response_load *loads, size_t count,
                       uint64_t limit)
{
	const double from = response_from(own, loads, count);
	uint64_t response = own, last = 0;

	if (from < 0 || own > limit || from * (1 - 1e-9) > (double)limit)
		return RESPONSE_NEVER;
	if ((uint64_t)(from * (1 - 1e-9)) > own)
		response = (uint64_t)(from * (1 - 1e-9));
	while (response != last && response <= limit) {
		last = response;
		response = response_step(response, own, loads, count, limit);
	}
	return response <= limit ? response : RESPONSE_NEVER;
}

uint64_t response_among_equals(uint64_t first, const struct response_load *own,
                               const struct response_load *loads, size_t count, uint64_t limit)
{
	uint64_t worst = 0;

	for (uint64_t i = 0; i < RESPONSE_ROW; i++) {
		const uint64_t came = i ? i * own->period - own->jitter : 0;
		const uint64_t done =
		    response_time(first + (i + 1) * own->work, loads, count, limit + came);

		if (done == RESPONSE_NEVER)
			return RESPONSE_NEVER;
		if (done - came > worst)
			worst = done - came;
		if (done <= (i + 1) * own->period - own->jitter)
			return worst;
	}
	return RESPONSE_NEVER;
}
