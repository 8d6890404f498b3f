/* Asks the supervisor again and again about itself, and looks whether that is so. */
#include <campaign/proto.h>
#include <lib/string.h>
#include <proto/policy.h>
#include <proto/supervisor.h>
#include <rtos/sys.h>

static bool asker_is_right(const uint64_t word[RTOS_WORDS])
{
	return word[1] == POLICY_RUNS && word[3] == 1 &&
	       memcmp(&word[5], sys_program->name, 16) == 0;
}

int main(void)
{
	volatile struct work_progress *progress =
	    (volatile struct work_progress *)sys_given(RTOS_GIVEN_WINDOW, NULL, 0)->address;
	const rtos_handle_t port = sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle;

	for (;;) {
		uint64_t word[RTOS_WORDS] = {SUPERVISOR_STATE, sys_program->number};

		if (sys_call(port, word, 0) != RTOS_OK || word[0] != SUPERVISOR_OK)
			progress->errors++;
		else if (!asker_is_right(word))
			progress->wrong++;
		progress->answers++;
		(void)sys_wait(0, sys_now() + sys_ticks(1) / 16);
	}
}
