/*
 * Restarts the disk file system's server and the disk's driver at any moment: it is more urgent
 * than all who use them, and sleeps for times without a pattern. With an argument it sleeps so many
 * times as long, and restarts the driver most of the time. On its first start it just ends.
 */
#include <stdint.h>
#include <templates/programs.h>

static uint64_t breaker_seed = 1;

static uint64_t breaker_next(void)
{
	breaker_seed = breaker_seed * 6364136223846793005 + 1442695040888963407;
	return breaker_seed >> 33;
}

/* The argument: a digit. */
static uint64_t breaker_factor(void)
{
	uint32_t count;
	const char *argument = sys_arguments(&count);

	return count == 0 ? 1 : (uint64_t)(argument[0] - '0');
}

/* 200 to 2,247 microseconds, and once in 16 up to 16 times as long. */
static uint64_t breaker_pause(void)
{
	const bool is_long = breaker_next() % 16 == 0;

	return sys_ticks(200 + (breaker_next() % 2048 << (is_long ? 4 : 0))) / 1000;
}

int main(void)
{
	const uint64_t server = programs_find("diskfs"), driver = programs_find("block");
	const uint64_t factor = breaker_factor();

	while (sys_program->starts > 0) {
		const uint64_t dice = breaker_next();
		const bool restarts_driver = factor == 1 ? dice % 3 == 0 : dice % 8 != 0;

		(void)sys_wait(0, sys_now() + factor * breaker_pause());
		if (programs_restart(restarts_driver ? driver : server) != SUPERVISOR_OK)
			return 1;
	}
	return 0;
}
