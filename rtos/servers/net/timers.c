/* See timers.h. */
#include "timers.h"
#include <lwip/timeouts.h>

void timers_run(void)
{
	sys_check_timeouts();
}

uint32_t timers_next(void)
{
	return sys_timeouts_sleeptime();
}
