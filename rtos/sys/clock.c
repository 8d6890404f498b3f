/* See rtos/clock.h. */
#include <rtos/clock.h>
#include <rtos/sys.h>

#define CLOCK_AGAIN_MS 1000 /* until the next question, if the server can't answer */

static uint64_t clock_counter(void)
{
	return clock_nanoseconds(sys_now(), sys_hertz());
}

static enum clock_status clock_ask(uint64_t word[RTOS_WORDS])
{
	const struct rtos_given *port = sys_given(RTOS_GIVEN_USE, "clock", 0);

	if (!port || sys_call_anew(port->handle, word, 0) != RTOS_OK)
		return CLOCK_UNSET;
	return (enum clock_status)word[0];
}

enum clock_status clock_read(struct clock_base *base)
{
	uint64_t word[RTOS_WORDS] = {CLOCK_READ};
	const enum clock_status status = clock_ask(word);

	if (status == CLOCK_OK)
		*base = (struct clock_base){.offset = word[1], .since = word[2]};
	return status;
}

/* Waits when there was no answer: otherwise the caller would ask without end a server that can't
 * answer. */
static bool clock_await_blind(uint64_t deadline)
{
	const uint64_t again = sys_now() + sys_ticks(CLOCK_AGAIN_MS);

	(void)sys_wait(0, deadline != 0 && deadline < again ? deadline : again);
	return false;
}

bool clock_await(struct clock_base *base, uint64_t deadline)
{
	const struct rtos_given *port = sys_given(RTOS_GIVEN_USE, "clock", 0);
	uint64_t word[RTOS_WORDS] = {CLOCK_CHANGED, 0, base->since};
	const enum rtos_status status =
	    port ? sys_call_anew(port->handle, word, deadline) : RTOS_BAD_HANDLE;

	if (status == RTOS_TIMED_OUT)
		return false;
	if (status != RTOS_OK || word[0] != CLOCK_OK)
		return clock_await_blind(deadline);
	*base = (struct clock_base){.offset = word[1], .since = word[2]};
	return true;
}

/* Reads the counter last, so that the call's own time is counted. */
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
