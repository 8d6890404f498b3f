/* The rule of restarts; see lib/liferule.h. Pure. */
#include <lib/liferule.h>

#define LIFERULE_DOUBLINGS_MAX 16u
#define LIFERULE_MINUTE        60000u /* milliseconds */

/* What follows the end, apart from the limit. */
static enum life_policy liferule_wanted(const struct bundle_life *life, enum stop_reason reason)
{
	switch (reason) {
	case STOP_RESET:
	case STOP_DEADLINE:
		return LIFE_DO_RESTART;
	case STOP_FAULT:
	case STOP_WATCHDOG:
	case STOP_PANIC:
	case STOP_DMA:
	case STOP_CRASH:
	case STOP_KEPT:
	case STOP_FRAME:
		return (enum life_policy)life->on_crash;
	default:
		return LIFE_DO_STOP;
	}
}

bool liferule_at_limit(const struct bundle_life *life, enum stop_reason reason, uint32_t failed)
{
	return liferule_wanted(life, reason) == LIFE_DO_RESTART && failed >= life->limit;
}

enum life_policy liferule_next(const struct bundle_life *life, enum stop_reason reason,
                               uint32_t failed)
{
	/* One more failure of the frame within a minute, and the machine would end. */
	if (reason == STOP_FRAME && (failed != 0 || life->window < LIFERULE_MINUTE))
		return LIFE_DO_STOP;
	if (liferule_at_limit(life, reason, failed))
		return (enum life_policy)life->at_limit;
	return liferule_wanted(life, reason);
}

uint64_t liferule_delay(const struct bundle_life *life, uint32_t number)
{
	uint32_t doublings = number - 2;

	if (number < 2)
		return 0;
	return (uint64_t)life->delay
	       << (doublings < LIFERULE_DOUBLINGS_MAX ? doublings : LIFERULE_DOUBLINGS_MAX);
}
