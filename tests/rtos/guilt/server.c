/* Obeys: see proto.h. */
#include <guilt/proto.h>
#include <kumiki/rtos/manifest.h>
#include <rtos/sys.h>

static void server_fault(void)
{
	*(volatile char *)RTOS_START_PAGE = 1; /* which is read-only */
}

static void server_compute(void)
{
	for (;;)
		__asm__ volatile("" ::: "memory");
}

static void server_obey(const struct sys_message *message, volatile uint64_t *count)
{
	const uint64_t what = message->word[0];
	const bool first = message->deliveries == 0;

	if (what == GUILT_DEADLY || what == GUILT_DEADLY_TOO || (what == GUILT_FAULT && first))
		server_fault();
	if (what == GUILT_COMPUTE && first)
		server_compute();
	if (what == GUILT_SLEEP)
		sys_sleep(message->word[1]);
	if (what == GUILT_COUNT)
		*count = *count + 1;
}

int main(void)
{
	static uint64_t lost;
	const struct rtos_given *kept = sys_given(RTOS_GIVEN_KEEP, NULL, 0);
	const struct rtos_given *health = sys_given(RTOS_GIVEN_WINDOW, "health", 0);
	volatile uint64_t *count = kept != NULL ? (volatile uint64_t *)kept->address : &lost;
	const rtos_handle_t port = sys_given(RTOS_GIVEN_OFFER, NULL, 0)->handle;
	struct sys_message message = {.identity = 0};

	if (health != NULL && *(const volatile uint64_t *)health->address == GUILT_SICK)
		return 1;
	for (;;) {
		const bool loops = message.identity != 0 && message.word[3] == GUILT_LOOP;

		if (loops) {
			(void)sys_reply(&message);
			server_compute();
		}
		if (sys_reply_wait(port, &message, 0) != RTOS_OK)
			continue;
		server_obey(&message, count);
		message.word[3] = message.word[0];
		message.word[0] = 0;
		message.word[1] = sys_program->starts;
		message.word[2] = *count;
	}
}
