/* Ends a program at a given moment: it is more urgent than the program. */
#include <replace/proto.h>
#include <templates/programs.h>

static void breaker_break(enum breaker_what what)
{
	uint64_t word[RTOS_WORDS] = {SUPERVISOR_COMMAND, programs_find("counter"),
	                             SUPERVISOR_DO_KILL};

	switch (what) {
	case BREAKER_SUPERVISOR:
		(void)sys_signal(sys_given(RTOS_GIVEN_RESTART, NULL, 0)->handle);
		return;
	case BREAKER_LOADER:
		(void)programs_restart(programs_find("loader"));
		return;
	default:
		(void)sys_call(sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle, word, 0);
	}
}

int main(void)
{
	const rtos_handle_t port = sys_given(RTOS_GIVEN_OFFER, NULL, 0)->handle;
	struct sys_message message = {.identity = 0};

	for (;;) {
		uint64_t when;

		if (sys_reply_wait(port, &message, 0) != RTOS_OK || message.word[0] != BREAKER_AT)
			continue;
		when = sys_now() + message.word[1];
		(void)sys_reply(&message);
		message.identity = 0;
		(void)sys_wait(0, when);
		breaker_break((enum breaker_what)message.word[2]);
	}
}
