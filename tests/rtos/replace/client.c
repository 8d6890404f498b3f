/*
 * Counts on a counter of its own, all the time: it knows each answer. It is more urgent than the
 * programs that prepare a replacement, so a long call is one that waits for its server. A call's
 * time counts from the moment when it was due, also if the supervisor had the CPU then.
 */
#include <replace/proto.h>
#include <rtos/sys.h>

#define CLIENT_RESTS_US 5 /* between two calls; the other client rests longer */

int main(void)
{
	const rtos_handle_t port = sys_given(RTOS_GIVEN_USE, "counter", 0)->handle;
	volatile struct tally *tally = (void *)sys_given(RTOS_GIVEN_WINDOW, NULL, 1)->address;
	const volatile struct order *order =
	    (void *)sys_given(RTOS_GIVEN_WINDOW, "order", 0)->address;

	const uint64_t rests =
	    sys_program->number % CLIENTS == 0 ? CLIENT_RESTS_US : 12 * CLIENT_RESTS_US;

	for (uint64_t value = 0;; value++) {
		const uint64_t due = sys_now() + rests * sys_hertz() / 1000000;
		uint64_t word[RTOS_WORDS] = {COUNTER_ADD, sys_program->number};
		enum rtos_status status;
		uint64_t took;

		(void)sys_wait(0, due);
		status = sys_call(port, word, 0);
		took = sys_now() - due;
		if (tally->round != order->round) {
			tally->round = order->round;
			tally->longest = 0;
		}
		if (took > tally->longest)
			tally->longest = took;
		if (status != RTOS_OK || word[1] != value)
			tally->wrong = tally->wrong + 1;
		tally->adds = value + 1;
	}
}
