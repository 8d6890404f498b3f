/* Feeds the board's watchdog by the looks of all cores; see run/feed.h. */
#include <frame/watchdog.h>
#include <run/feed.h>
#include <state/core.h>
#include <word/power.h>

static uint32_t dark_cores(void)
{
	uint32_t dark = 0;

	for (uint32_t i = 0; i < core_bundle->cores.count; i++)
		dark |= power_is_dark(i) ? 1u << i : 0;
	return dark;
}

/* Of two cores that see all bits set, one clears them and feeds. */
void feed_look(void)
{
	const uint32_t all = (1u << core_bundle->cores.count) - 1;
	uint32_t fed;

	if (core_bundle->board.watchdog_base == 0)
		return;
	fed = __atomic_or_fetch(&shared_memory->fed, 1u << core.index, __ATOMIC_SEQ_CST);
	if (((fed | dark_cores()) & all) == all &&
	    __atomic_compare_exchange_n(&shared_memory->fed, &fed, 0, false, __ATOMIC_SEQ_CST,
	                                __ATOMIC_SEQ_CST))
		watchdog_feed();
}
