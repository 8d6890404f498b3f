/*
 * Gives the taker memory of its own, and destroys it a bit later each time: before, while and after
 * the supervisor collects the remains of the taker. The supervisor mustn't end by that.
 */
#include <proto/supervisor.h>
#include <rtos/console.h>
#include <rtos/sys.h>
#include <rtos/text.h>
#include <templates/programs.h>

#define GIVER_PAGES 8
#define GIVER_STEPS 50
#define GIVER_STEP  150 /* ticks: less than a third of the collecting */

static rtos_handle_t giver_region(void)
{
	uint64_t region = 0;

	return sys_do(RTOS_REGION_CREATE, 0, GIVER_PAGES, 0, 0, 0, 0, &region) == RTOS_OK
	           ? (rtos_handle_t)region
	           : 0;
}

/* The taker gets it, and faults; it is gone so much later. False: it was never asked for. */
static bool giver_round(uint64_t later)
{
	const rtos_handle_t port = sys_given(RTOS_GIVEN_OFFER, NULL, 0)->handle;
	struct sys_message message = {.identity = 0};
	const rtos_handle_t region = giver_region();

	if (sys_reply_wait(port, &message, sys_now() + sys_ticks(1000)) != RTOS_OK)
		return false;
	if (sys_reply_with(&message, RTOS_PAYLOAD_HANDLE_AS(
	                                 region, RTOS_RIGHT_READ | RTOS_RIGHT_WRITE, 0)) != RTOS_OK)
		return false;
	(void)sys_wait(0, sys_now() + later);
	return sys_do(RTOS_DESTROY, region, 0, 0, 0, 0, 0, NULL) == RTOS_OK;
}

/* The supervisor has dealt with its end: it answers only then. */
static bool giver_starts_it(uint64_t taker)
{
	uint64_t word[RTOS_WORDS] = {SUPERVISOR_WAIT, taker};
	const rtos_handle_t port = sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle;

	return sys_call(port, word, 0) == RTOS_OK && word[0] == SUPERVISOR_OK &&
	       programs_start(taker) == SUPERVISOR_OK;
}

int main(void)
{
	const uint64_t taker = programs_find("taker");
	struct text text = {.length = 0};
	uint64_t rounds = 0, starts;

	while (rounds < GIVER_STEPS && giver_round(rounds * GIVER_STEP) && giver_starts_it(taker))
		rounds++;
	starts = programs_starts(programs_find("supervis"));
	text_number(&text, rounds);
	text_add(&text, starts == 1 ? " crashes, the supervisor was started once\n"
	                            : " crashes, the supervisor was started again\n");
	(void)console_print(&text);
	return 0;
}
