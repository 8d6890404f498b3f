/* See prober.h. */
#include "prober.h"
#include <lib/rtosimage.h>
#include <proto/probe.h>
#include <rtos/sys.h>

#define PROBER_STACK    1024
#define PROBER_WAIT_MS  250 /* for an answer; nobody else is asked meanwhile */
#define PROBER_PRIORITY 1u  /* before its first task */

/* Words of a task, and of the report about it. */
enum prober_word {
	PROBER_PROGRAM,  /* the program to ask; 0: none, until there is news */
	PROBER_STARTS,   /* the program's starts: a report isn't taken for a later start's */
	PROBER_PORT,     /* handle of the program's port */
	PROBER_URGENCY,  /* the priority of the question */
	PROBER_NUMBER,   /* the question's number */
	PROBER_ANSWERED, /* the program has answered; false: nothing is known */
	PROBER_FOUND,    /* the answer's word 0 */
	PROBER_PROOF,    /* the answer's word 1 */
};

static uint64_t prober_wanted; /* programs to ask, a bit each */
static uint64_t prober_number; /* the last question's number */
static rtos_handle_t prober_port, prober_news;
static uint8_t prober_stack[PROBER_STACK] __attribute__((aligned(16)));

/* ---- the prober's thread ---- */

static void prober_ask(uint64_t task[RTOS_WORDS])
{
	uint64_t word[RTOS_WORDS] = {PROBE_ASK, task[PROBER_NUMBER]};
	const enum rtos_status status =
	    sys_call((rtos_handle_t)task[PROBER_PORT], word, sys_now() + sys_ticks(PROBER_WAIT_MS));

	task[PROBER_ANSWERED] = status == RTOS_OK;
	task[PROBER_FOUND] = word[0];
	task[PROBER_PROOF] = word[1];
}

static _Noreturn void prober_main(void)
{
	uint64_t task[RTOS_WORDS] = {0}, urgency = PROBER_PRIORITY;

	for (;;) {
		(void)sys_call(prober_port, task, 0);
		if (task[PROBER_PROGRAM] == 0) {
			(void)sys_wait(prober_news, 0);
			continue;
		}
		if (task[PROBER_URGENCY] != urgency)
			(void)sys_do(RTOS_THREAD_SET, 0, RTOS_THREAD(task[PROBER_URGENCY], 0, 0), 0,
			             0, 0, 0, NULL);
		urgency = task[PROBER_URGENCY];
		prober_ask(task);
	}
}

enum rtos_status prober_begin(const struct children *all)
{
	uint64_t news = 0, made = 0;
	enum rtos_status status = sys_do(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0, &news);

	prober_news = (rtos_handle_t)news;
	if (status == RTOS_OK)
		status = sys_do(RTOS_HANDLE_GIVE, 0, all->objects.port, RTOS_RIGHT_CALL,
		                PROBER_BADGE, 0, 0, &made);
	prober_port = (rtos_handle_t)made;
	if (status == RTOS_OK)
		status = sys_do(RTOS_THREAD_CREATE, 0, (uint64_t)prober_main,
		                (uint64_t)(prober_stack + sizeof(prober_stack)), 0,
		                RTOS_THREAD(PROBER_PRIORITY, 0, 0), 0, &made);
	if (status == RTOS_OK)
		status = sys_do(RTOS_HANDLE_CLOSE, (rtos_handle_t)made, 0, 0, 0, 0, 0, NULL);
	return status;
}

/* ---- the first thread ---- */

void prober_wants(uint32_t number)
{
	prober_wanted |= 1ULL << number;
	(void)sys_signal(prober_news);
}

/* Notes the program's calls before and after a question. Calls before it count as work for clients;
 * the question doesn't. */
static void prober_note(struct children *all, uint32_t number, bool asked)
{
	const struct child_work work = child_work(all, number);

	policy_works(&all->child[number].policy, asked ? 0 : work.taken, work.next);
}

static const char *prober_wrong(const uint64_t word[RTOS_WORDS])
{
	const bool proof = word[PROBER_PROOF] == PROBE_OF(word[PROBER_NUMBER]);

	if (proof && word[PROBER_FOUND] == PROBE_RIGHT)
		return NULL;
	return proof && word[PROBER_FOUND] == PROBE_UNSOUND ? " finds its own state damaged"
	                                                    : " answers its probe wrongly";
}

/* Nothing is known of a server that didn't answer in time, or that was started anew meanwhile. */
static struct prober_found prober_report(struct children *all, const uint64_t word[RTOS_WORDS])
{
	struct prober_found found = {.program = (uint32_t)word[PROBER_PROGRAM]};
	const struct child *child = &all->child[found.program];

	if (child->starts != word[PROBER_STARTS] || child->policy.state != POLICY_RUNS)
		return found;
	prober_note(all, found.program, true);
	if (word[PROBER_ANSWERED] != 0)
		found.wrong = prober_wrong(word);
	return found;
}

static void prober_give(struct children *all, uint32_t number, uint64_t word[RTOS_WORDS])
{
	const uint64_t offers = rtosmanifest_programs(all->manifest)[number].offers;

	prober_note(all, number, false);
	word[PROBER_PROGRAM] = number;
	word[PROBER_STARTS] = all->child[number].starts;
	word[PROBER_PORT] = all->objects.ports[__builtin_ctzll(offers)];
	word[PROBER_URGENCY] = rtosimage_programs(all->image)[number].priority;
	word[PROBER_NUMBER] = ++prober_number;
}

static void prober_task(struct children *all, uint64_t word[RTOS_WORDS])
{
	word[PROBER_PROGRAM] = 0;
	while (prober_wanted != 0 && word[PROBER_PROGRAM] == 0) {
		const uint32_t number = (uint32_t)__builtin_ctzll(prober_wanted);

		prober_wanted &= prober_wanted - 1;
		if (all->child[number].policy.state == POLICY_RUNS)
			prober_give(all, number, word);
	}
}

struct prober_found prober_step(struct children *all, uint64_t word[RTOS_WORDS])
{
	struct prober_found found = {.program = 0};

	if (word[PROBER_PROGRAM] != 0)
		found = prober_report(all, word);
	prober_task(all, word);
	return found;
}
