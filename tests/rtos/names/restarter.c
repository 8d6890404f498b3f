/* Restarts the server of names all the time, without a pattern, from when it is started on. */
#include <templates/programs.h>

static uint64_t restarter_seed = 1;

/* 20 to 532 microseconds. */
static uint64_t restarter_pause(void)
{
	restarter_seed = restarter_seed * 6364136223846793005 + 1442695040888963407;
	return sys_ticks(20 + (restarter_seed >> 55)) / 1000;
}

int main(void)
{
	const uint64_t names = programs_find("names");

	while (sys_program->starts > 0) {
		(void)sys_wait(0, sys_now() + restarter_pause());
		if (programs_restart(names) != SUPERVISOR_OK)
			return 1;
	}
	return 0;
}
