/* Restarts the loader at a given moment, and is the first client of its successor. */
#include <loading/proto.h>
#include <rtos/run.h>
#include <templates/programs.h>

static uint64_t rusher_ran;

static void rusher_rush(uint64_t loader, uint64_t when)
{
	static const char *const arguments[] = {"tally"};
	struct run started;
	struct run_end end;

	(void)sys_wait(0, when);
	if (programs_restart(loader) == SUPERVISOR_OK &&
	    run_start("/boot/bin/job", arguments, 1, 0, &started) == LOADER_OK &&
	    run_wait(&started, true, &end) && end.state == RTOS_PROCESS_EXITED)
		rusher_ran++;
}

int main(void)
{
	const rtos_handle_t port = sys_given(RTOS_GIVEN_OFFER, NULL, 0)->handle;
	const uint64_t loader = programs_find("loader");
	struct sys_message message = {.identity = 0};

	for (;;) {
		if (sys_reply_wait(port, &message, 0) != RTOS_OK)
			return 1;
		if (message.word[0] == RUSH_AT) {
			const uint64_t when = sys_now() + message.word[1];

			(void)sys_reply(&message);
			message.identity = 0;
			rusher_rush(loader, when);
		}
		message.word[1] = rusher_ran;
	}
}
