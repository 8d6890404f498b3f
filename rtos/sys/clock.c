/* See rtos/clock.h. */
#include <rtos/clock.h>
#include <rtos/sys.h>

static uint64_t clock_counter(void)
{
	return clock_nanoseconds(sys_now(), sys_hertz());
}

static enum clock_status clock_ask(uint64_t word[RTOS_WORDS])
{
	const struct rtos_given *port = sys_given(RTOS_GIVEN_USE, "clock", 0);

	if (!port || sys_call(port->handle, word, 0) != RTOS_OK)
		return CLOCK_UNSET;
	return (enum clock_status)word[0];
}

/* The counter comes last: what the call took isn't missing. */
enum clock_status clock_now(uint64_t *time)
{
	uint64_t word[RTOS_WORDS] = {CLOCK_READ};
	const enum clock_status status = clock_ask(word);

	if (status == CLOCK_OK)
		*time = word[1] + clock_counter();
	return status;
}

enum clock_status clock_set(uint64_t time)
{
	uint64_t word[RTOS_WORDS] = {CLOCK_SET, time - clock_counter()};

	return clock_ask(word);
}
