/*
 * Restarts the template server and the template driver under their client's hands: first without
 * rest, each at a moment of its own, then the driver alone, while its client waits for an alarm.
 */
#include <templates/load.h>
#include <templates/programs.h>

static uint64_t restarter_seed = 1;

/* 50 to 562 microseconds. */
static uint64_t restarter_pause(void)
{
	restarter_seed = restarter_seed * 6364136223846793005 + 1442695040888963407;
	return sys_ticks(50 + (restarter_seed >> 55)) / 1000;
}

int main(void)
{
	const uint64_t server = programs_find("counter"), driver = programs_find("alarm");

	while (programs_starts(server) < LOAD_STARTS) {
		(void)sys_wait(0, sys_now() + restarter_pause());
		if (programs_restart(server) != SUPERVISOR_OK ||
		    programs_restart(driver) != SUPERVISOR_OK)
			return 1;
	}
	for (;;) {
		sys_sleep(130);
		if (programs_restart(driver) != SUPERVISOR_OK)
			return 1;
	}
}
