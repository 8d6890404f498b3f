/* Counts in kept memory, and faults when it is told to. */
#include <kumiki/rtos/manifest.h>
#include <life/proto.h>
#include <rtos/sys.h>

int main(void)
{
	volatile uint64_t *kept = (volatile uint64_t *)sys_given(RTOS_GIVEN_KEEP, NULL, 0)->address;
	const rtos_handle_t port = sys_given(RTOS_GIVEN_OFFER, NULL, 0)->handle;
	struct sys_message message = {.identity = 0};

	for (;;) {
		if (sys_reply_wait(port, &message, 0) != RTOS_OK)
			continue;
		if (message.word[0] == LIFE_FAULT && message.deliveries == 0)
			*(volatile char *)RTOS_START_PAGE = 1; /* which is read-only */
		if (message.word[0] == LIFE_COUNT)
			*kept = *kept + 1;
		message.word[0] = 0;
		message.word[1] = sys_program->starts;
		message.word[2] = *kept;
	}
}
