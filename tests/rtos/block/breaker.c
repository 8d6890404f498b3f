/*
 * Restarts the disk's driver at any moment: it is more urgent than all its users, and sleeps for
 * times without a pattern. With an argument, any, the times are 16 times as long. Its manifest
 * starts it on demand: on its first start it just ends.
 */
#include <templates/programs.h>

static uint64_t breaker_seed = 1;

/* 50 to 2,097 microseconds, and once in 64 up to 16 times as long: a slow build's driver does no
 * work in its first milliseconds. */
static uint64_t breaker_pause(void)
{
	breaker_seed = breaker_seed * 6364136223846793005 + 1442695040888963407;
	const bool is_long = (breaker_seed >> 47 & 63) == 0;

	return sys_ticks(50 + (breaker_seed >> 53 << (is_long ? 4 : 0))) / 1000;
}

static uint64_t breaker_factor(void)
{
	uint32_t arguments;

	(void)sys_arguments(&arguments);
	return arguments == 0 ? 1 : 16;
}

int main(void)
{
	const uint64_t driver = programs_find("block");

	while (sys_program->starts > 0) {
		(void)sys_wait(0, sys_now() + breaker_pause() * breaker_factor());
		if (programs_restart(driver) != SUPERVISOR_OK)
			return 1;
	}
	return 0;
}
