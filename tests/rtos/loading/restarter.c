/* Restarts the loader all the time, without a pattern, from when it is started on. */
#include <templates/programs.h>

static uint64_t restarter_seed = 1;

/* 100 microseconds to 4 milliseconds. */
static uint64_t restarter_pause(void)
{
	restarter_seed = restarter_seed * 6364136223846793005 + 1442695040888963407;
	return sys_ticks(100 + (restarter_seed >> 52)) / 1000;
}

int main(void)
{
	const uint64_t loader = programs_find("loader");

	if (sys_program->starts == 0)
		return 0; /* it isn't wanted yet */
	for (;;) {
		(void)sys_wait(0, sys_now() + restarter_pause());
		if (programs_restart(loader) != SUPERVISOR_OK)
			return 1;
	}
}
