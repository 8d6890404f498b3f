/* Restarts the clock under its clients' hands, each time at a moment of its own. */
#include <clock/base.h>
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
	const uint64_t clock = programs_find("clock");

	while (programs_starts(clock) < BASE_STARTS) {
		(void)sys_wait(0, sys_now() + restarter_pause());
		if (programs_restart(clock) != SUPERVISOR_OK)
			return 1;
	}
	return 0;
}
