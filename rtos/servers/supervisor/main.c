/*
 * The supervisor starts the manifest's programs, and carries out policy.c's decisions for each. Its
 * first thread does all the work. It answers programs' requests, at the callers' priorities. The
 * watch calls it (watch.h) about ends and about the moments that policies wait for. The scrubber
 * and the prober call it, too.
 */
#include "judge.h"
#include "late.h"
#include "making.h"
#include "prober.h"
#include "recover.h"
#include "say.h"
#include "scrub.h"
#include "slot.h"
#include "swap.h"
#include "tell.h"
#include "waiter.h"
#include "watch.h"
#include <lib/rtosimage.h>
#include <lib/string.h>
#include <proto/recover.h>
#include <proto/supervisor.h>
#include <rtos/collect.h>
#include <rtos/sys.h>

#define MAIN_PRIORITY 1u  /* the first thread's own, as soon as the watch lends it a higher one */
#define MAIN_ALONE_MS 300 /* silence of the watch, which init's questions wake more often */
#define MAIN_HANGS_MS 60000
#define MAIN_INIT_MS  3000 /* silence of init, which asks four times a second */

static struct children children;
static uint64_t main_began;          /* milliseconds */
static struct rtos_crash *main_last; /* the last crash; NULL: there is no memory for it */
static uint64_t main_next;           /* when the watch comes at the latest; 0: never */
static bool main_serves; /* the watch has called for the first time, and lends its priority since */
static uint64_t main_alone; /* the deadline for the watch's next call, in time of the counter */
static uint64_t main_init;  /* the deadline for init's next question, likewise */

/* ---- carrying out decisions ---- */

static unsigned main_start(uint32_t number, bool wipe)
{
	struct policy *policy = &children.child[number].policy;
	enum rtos_status status = wipe ? child_wipe(&children, number) : RTOS_OK;
	unsigned todo;

	if (wipe && status == RTOS_OK)
		say_of(&children, number, " begins anew: what it kept is wiped");
	if (status == RTOS_OK)
		status = making_start(&children, number);
	if (status == RTOS_OK) {
		policy_started(policy, sys_milliseconds());
		child_record(&children, number);
		late_started(number);
		tell_started(number);
		return 0;
	}
	say_number(&children, number, " couldn't be started: status ", status);
	children.child[number].call = 0; /* the program never ran: the call may begin it again */
	todo = policy_ended(policy, false, sys_milliseconds());
	if (swap_ended(&children, number, true))
		todo = policy_back(policy);
	child_record(&children, number);
	swap_settle(&children, NULL);
	return todo;
}

/* Carries out decisions. They are recorded already, except a program's very first start: so the
 * next supervisor would do the same. A start that fails is an end, which needs a new decision. The
 * levels bound how often that happens. */
static void main_do(uint32_t number, unsigned todo)
{
	while (todo != 0) {
		const unsigned now = todo;

		todo = 0;
		if ((now & (POLICY_CLOSE | POLICY_OPEN)) != 0)
			child_close_ports(&children, number, (now & POLICY_CLOSE) != 0);
		if ((now & POLICY_CLOSE) != 0)
			say_closed(&children, number);
		if ((now & POLICY_REBOOT) != 0)
			(void)sys_do(RTOS_POWER, RTOS_HANDLE_MACHINE, RTOS_POWER_ANEW, 0, 0, 0, 0,
			             NULL);
		if ((now & POLICY_KILL) != 0)
			child_kill(&children, number, (now & POLICY_BLAME) != 0);
		if ((now & POLICY_START) != 0)
			todo = main_start(number, (now & POLICY_WIPE) != 0);
	}
}

static void main_decided(uint32_t number, unsigned todo)
{
	child_record(&children, number);
	main_do(number, todo);
}

/* ---- users of ports ---- */

static void main_count_users(uint32_t number)
{
	const uint64_t offers = rtosmanifest_programs(children.manifest)[number].offers;
	uint32_t users = 0;

	for (uint32_t i = 0; i < children.manifest->programs.count; i++)
		users += (children.child[i].opened & offers) != 0;
	if (users != children.child[number].policy.users)
		policy_users(&children.child[number].policy, users, sys_milliseconds());
}

static void main_set_opened(uint32_t number, uint64_t opened)
{
	const uint64_t changed = children.child[number].opened ^ opened;

	children.child[number].opened = opened;
	for (uint32_t i = 0; i < children.manifest->ports.count; i++)
		if ((changed >> i & 1) != 0)
			main_count_users(rtosmanifest_ports(children.manifest)[i].owner);
}

/* ---- events ---- */

static bool main_is_child(uint32_t number)
{
	return number != 0 && number != children.manifest->supervisor &&
	       number < children.manifest->programs.count;
}

/* A program that is killed for a hang again and again would fill the log with the same record: one
 * in a minute is enough. That the program ended is said each time. */
static bool main_hangs_again(uint32_t number, const uint64_t state[5])
{
	static uint64_t next[RTOS_IMAGE_PROGRAMS_MAX];
	const uint64_t now = sys_milliseconds();

	if (state[0] != RTOS_PROCESS_KILLED)
		return false;
	if (now < next[number])
		return true;
	next[number] = now + MAIN_HANGS_MS;
	return false;
}

/* Says that a program ended, unless somebody ordered that, and writes a crash's record. The teller
 * tells both to the log later. */
static void main_tell_end(uint32_t number, const uint64_t state[5], bool well)
{
	const struct policy *policy = &children.child[number].policy;
	const bool loaded = policy->manifest->loader != 0;
	const struct collect_who who = {children.child[number].its.process, number,
	                                children.child[number].starts,
	                                &rtosimage_programs(children.image)[number]};

	/* The caller that waits for a loaded program hears of its exit, so that isn't said here. A
	 * loaded program without a thread never ran: its loader may have given it up. */
	if (policy_is_ordered(policy) ||
	    (loaded && (state[0] == RTOS_PROCESS_EXITED || child_threads(&children, number) == 0)))
		return;
	say_end(&children, number, state);
	if (well || main_last == NULL || tell_keeps() || main_hangs_again(number, state))
		return;
	collect_crash(main_last, &who, state);
	tell_news();
}

/* Settles the slots that an ended loader began and didn't finish. A promised program is run. All
 * others are stopped, and so is a promised program that can't be run. */
static void main_end_slots(uint32_t loader)
{
	for (uint32_t i = 0; i < children.manifest->programs.count; i++) {
		if (!slot_is_begun(&children, loader, i) ||
		    (slot_is_promised(&children, loader, i) && child_run(&children, i) == RTOS_OK))
			continue;
		main_decided(i, policy_command(&children.child[i].policy, SUPERVISOR_DO_STOP));
	}
}

/* The slots that the program had begun come first: if this supervisor ends here, the next one sees
 * the program's end again. Then the policy decides. The decision is recorded, and the record
 * doesn't name the process any more. Then the process is taken back. The decision is carried out
 * last. */
static void main_ended(uint32_t number)
{
	struct child *child = &children.child[number];
	struct child_process its = child->its;
	uint64_t state[5];
	unsigned todo;
	bool well, ordered;

	if (!child_has_ended(&children, number, state))
		return;
	well = state[0] == RTOS_PROCESS_EXITED && state[2] == 0;
	main_tell_end(number, state, well);
	if (!well && !policy_is_ordered(&child->policy))
		judge_crash(&children, number);
	main_end_slots(number);
	main_set_opened(number, 0);
	if (child->call != 0 && child_threads(&children, number) == 0)
		child->call = 0; /* the program never ran: the call may begin it again */
	child->its = (struct child_process){.process = 0};
	child->end[0] = state[0];
	memcpy(&child->end[1], &state[2], 3 * sizeof(state[0]));
	ordered = policy_is_ordered(&child->policy);
	todo = policy_ended(&child->policy, well, sys_milliseconds());
	if (swap_ended(&children, number, !ordered))
		todo = policy_back(&child->policy);
	child_record(&children, number);
	judge_refuse(&children, number);
	child_reap(&its);
	waiter_answer(number, child->end);
	main_do(number, todo);
	swap_settle(&children, child->end);
}

/* Bit i of `bits` stands for the programs i and i + 32. Each is looked at. */
static void main_ends(uint64_t bits)
{
	for (uint32_t i = 0; i < children.manifest->programs.count; i++)
		if ((bits >> i % 32 & 1) != 0 && main_is_child(i))
			main_ended(i);
}

/* The record names the new version before the former one is killed: from then on each start of the
 * program is a start of the new version. */
static void main_swap(void)
{
	uint32_t number = 0;
	const unsigned todo = swap_look(&children, &number);

	if (todo == 0)
		return;
	main_decided(number, todo);
	main_ended(number);
}

static void main_time_of(uint32_t number)
{
	const struct late_found found = late_look(&children, number);

	if ((found.todo & POLICY_BLAME) != 0)
		say_of(&children, number, found.what);
	if (found.todo != 0)
		main_decided(number, found.todo);
	if (found.hog_todo != 0)
		main_decided(found.hog, found.hog_todo);
}

static void main_time(void)
{
	late_beats(&children);
	for (uint32_t i = 0; i < children.manifest->programs.count; i++)
		if (main_is_child(i))
			main_time_of(i);
}

/* The earliest moment that a policy waits for: a deadline of the counter; 0: never. */
static uint64_t main_deadline(void)
{
	uint64_t next = swap_next();

	for (uint32_t i = 0; i < children.manifest->programs.count; i++)
		if (main_is_child(i) && policy_next(&children.child[i].policy) < next)
			next = policy_next(&children.child[i].policy);
	/* One millisecond more: the deadline must not be in the last tick of the millisecond
	 * before. */
	return next == POLICY_NEVER ? 0 : sys_ticks(next) + sys_ticks(1);
}

/* ---- requests ---- */

static enum supervisor_answer main_open(uint32_t caller, uint64_t port, bool open)
{
	const uint64_t opened = children.child[caller].opened;
	uint32_t owner;

	if (port >= children.manifest->ports.count)
		return SUPERVISOR_BAD;
	if ((rtosmanifest_programs(children.manifest)[caller].uses >> port & 1) == 0)
		return SUPERVISOR_DENIED;
	owner = rtosmanifest_ports(children.manifest)[port].owner;
	main_set_opened(caller, open ? opened | 1ULL << port : opened & ~(1ULL << port));
	child_record(&children, caller);
	if (open)
		main_decided(owner, policy_demand(&children.child[owner].policy));
	return SUPERVISOR_OK;
}

static enum supervisor_answer main_own_state(uint64_t word[RTOS_WORDS])
{
	word[1] = POLICY_RUNS;
	word[2] = 0;
	word[3] = sys_first->starts + 1;
	word[4] = sys_milliseconds() - main_began;
	word[7] = 0;
	memcpy(&word[5], child_name(&children, children.manifest->supervisor), 16);
	return SUPERVISOR_OK;
}

static enum supervisor_answer main_state(uint64_t number, uint64_t word[RTOS_WORDS])
{
	const struct child *child;

	if (number == children.manifest->supervisor)
		return main_own_state(word);
	if (number >= children.manifest->programs.count || !main_is_child((uint32_t)number))
		return SUPERVISOR_BAD;
	child = &children.child[number];
	word[1] = child->policy.state;
	word[2] = child->policy.level;
	word[3] = child->starts;
	word[4] = child->its.process != 0 ? sys_milliseconds() - child->policy.started : 0;
	word[7] = child->wrong;
	memcpy(&word[5], child_name(&children, (uint32_t)number), 16);
	return SUPERVISOR_OK;
}

static enum supervisor_answer main_command(uint32_t caller, uint64_t number, uint64_t command)
{
	if (number >= children.manifest->programs.count || command > SUPERVISOR_DO_KILL)
		return SUPERVISOR_BAD;
	if (!main_is_child((uint32_t)number) ||
	    (rtosmanifest_programs(children.manifest)[caller].manages >> number & 1) == 0)
		return SUPERVISOR_DENIED;
	main_decided((uint32_t)number, policy_command(&children.child[number].policy,
	                                              (enum supervisor_command)command));
	return SUPERVISOR_OK;
}

static enum supervisor_answer main_memory(uint64_t word[RTOS_WORDS])
{
	struct sys_registers call = {.x = {[8] = RTOS_PROCESS_STATE, [9] = RTOS_HANDLE_PROCESS}};

	sys_svc(&call);
	memcpy(&word[1], &call.x[5], 3 * sizeof(word[1]));
	return call.x[8] == RTOS_OK ? SUPERVISOR_OK : SUPERVISOR_BAD;
}

/* Answers with the record of the last crash, from an offset on. */
static enum supervisor_answer main_crash(uint32_t caller, uint64_t offset,
                                         uint64_t word[RTOS_WORDS])
{
	const struct rtos_crash *crash = main_last;

	memset(&word[1], 0, (RTOS_WORDS - 1) * sizeof(word[0]));
	if (crash == NULL || crash->magic != RTOS_CRASH_MAGIC)
		return SUPERVISOR_OK;
	if ((rtosmanifest_programs(children.manifest)[caller].manages >> crash->program & 1) == 0)
		return SUPERVISOR_DENIED;
	word[1] = crash->number;
	word[2] = crash->size;
	if (offset < crash->size)
		memcpy(&word[3], (const uint8_t *)crash + offset,
		       crash->size - offset < SUPERVISOR_CRASH_BYTES ? crash->size - offset
		                                                     : SUPERVISOR_CRASH_BYTES);
	return SUPERVISOR_OK;
}

static enum supervisor_answer main_use(uint64_t number, uint64_t word[RTOS_WORDS])
{
	if (number >= children.manifest->programs.count || !main_is_child((uint32_t)number))
		return SUPERVISOR_BAD;
	child_use(&children, (uint32_t)number, &word[1]);
	return SUPERVISOR_OK;
}

/* Makes the slot's process, as the words of a call ask. The slot is recorded with these words
 * before the process is made. */
static enum supervisor_answer main_begin_slot(uint32_t number, const uint64_t word[RTOS_WORDS])
{
	struct child *child = &children.child[number];

	if (!policy_load(&child->policy))
		return SUPERVISOR_BUSY;
	child->call = word[3];
	child->pages = word[4];
	child->entry = word[5];
	child->variables = word[6];
	main_decided(number, POLICY_START);
	return child->its.process != 0 ? SUPERVISOR_OK : SUPERVISOR_NO_ROOM;
}

/* Wakes the watch if a request has made the next moment earlier than the watch knows. */
static void main_hurries(void)
{
	const uint64_t next = main_deadline();

	if (next != 0 && (main_next == 0 || next < main_next)) {
		main_next = next;
		watch_hurry();
	}
}

/* Answers with the words, and with the process. */
static void main_hand_over(uint32_t number, struct sys_message *message)
{
	const struct rtos_program *program = &rtosimage_programs(children.image)[number];

	message->word[0] = SUPERVISOR_OK;
	message->word[1] = number;
	message->word[2] = children.child[number].starts;
	message->word[4] = child_thread(&children, number);
	message->word[5] = program->stack_size;
	main_hurries(); /* first: an answered caller lends no priority any more */
	if (sys_reply_with(message, RTOS_PAYLOAD_HANDLE_AS(children.child[number].its.process,
	                                                   RTOS_RIGHT_MANAGE, 0)) == RTOS_OK)
		message->identity = 0; /* answered */
	else
		message->word[0] = SUPERVISOR_BAD;
}

static enum supervisor_answer main_load(uint32_t caller, struct sys_message *message)
{
	uint32_t number = slot_of_call(&children, caller, message->word[3]);
	enum supervisor_answer answer = SUPERVISOR_OK;

	if (number == SLOT_NONE) {
		answer = slot_choose(&children, caller, message->word, &number);
		if (answer == SUPERVISOR_OK)
			answer = main_begin_slot(number, message->word);
	}
	if (answer != SUPERVISOR_OK)
		return answer;
	main_hand_over(number, message);
	return (enum supervisor_answer)message->word[0];
}

static enum supervisor_answer main_wait(uint32_t caller, struct sys_message *message)
{
	const uint64_t number = message->word[1];
	const bool at_once = message->word[3] != 0;
	const struct child *child;

	if (number >= children.manifest->programs.count || !main_is_child((uint32_t)number))
		return SUPERVISOR_BAD;
	if ((rtosmanifest_programs(children.manifest)[caller].manages >> number & 1) == 0)
		return SUPERVISOR_DENIED;
	child = &children.child[number];
	if (message->word[2] == 0)
		message->word[2] = child->starts;
	if (child->starts == 0 || message->word[2] != child->starts)
		return SUPERVISOR_BAD;
	memcpy(&message->word[1], child->end, sizeof(child->end));
	if (child->its.process != 0 && at_once)
		message->word[1] = RTOS_PROCESS_ALIVE;
	else if (child->its.process != 0)
		waiter_take((uint32_t)number, message);
	return SUPERVISOR_OK;
}

static enum supervisor_answer main_replace(uint32_t caller, struct sys_message *message)
{
	const uint64_t number = message->word[1];

	if (number >= children.manifest->programs.count || !main_is_child((uint32_t)number))
		return SUPERVISOR_BAD;
	if (message->word[0] == SUPERVISOR_STORE)
		return swap_store(&children, caller, message);
	if ((rtosmanifest_programs(children.manifest)[caller].manages >> number & 1) == 0)
		return SUPERVISOR_DENIED;
	return swap_order(&children, caller, message);
}

static enum supervisor_answer main_request(uint32_t caller, struct sys_message *message)
{
	uint64_t *word = message->word;

	switch (word[0]) {
	case SUPERVISOR_OPEN:
	case SUPERVISOR_CLOSE:
		return main_open(caller, word[1], word[0] == SUPERVISOR_OPEN);
	case SUPERVISOR_STATE:
		return main_state(word[1], word);
	case SUPERVISOR_COMMAND:
		return main_command(caller, word[1], word[2]);
	case SUPERVISOR_MEMORY:
		return main_memory(word);
	case SUPERVISOR_CRASH:
		return main_crash(caller, word[1], word);
	case SUPERVISOR_LOAD:
		return main_load(caller, message);
	case SUPERVISOR_WAIT:
		return main_wait(caller, message);
	case SUPERVISOR_USE:
		return main_use(word[1], word);
	case SUPERVISOR_STORE:
	case SUPERVISOR_REPLACE:
		return main_replace(caller, message);
	case SUPERVISOR_PROVED:
		return swap_proved(&children, caller, message);
	default:
		return SUPERVISOR_BAD;
	}
}

/* ---- start ---- */

static void main_begin_one(uint32_t number, bool known)
{
	struct policy *policy = &children.child[number].policy;
	unsigned todo;

	if (known) {
		main_count_users(number);
		judge_refuse(&children, number);
		main_decided(number, policy_resume(policy, sys_milliseconds()));
		return;
	}
	todo = policy_begin(policy, &rtosmanifest_programs(children.manifest)[number],
	                    sys_milliseconds());
	/* A start is recorded when the program runs. If the supervisor ends before that, the next
	 * one starts the program. */
	if ((todo & POLICY_START) == 0)
		child_record(&children, number);
	main_do(number, todo);
}

/* Programs that recover_begin() found may have ended already, and no signal will come for them. So
 * all programs are looked at. */
static void main_begin(void)
{
	const struct rtos_image *image = (const void *)sys_first->image;
	uint64_t known;

	children.image = image;
	children.manifest =
	    (const void *)((const uint8_t *)image + rtosimage_manifest(image)->offset);
	recover_begin(&children, &known);
	main_last = tell_begin(&children);
	late_begin(&children);
	for (uint32_t i = 0; i < children.manifest->programs.count; i++)
		if (main_is_child(i))
			main_begin_one(i, (known >> i & 1) != 0);
	swap_begin(&children);
	main_ends(UINT32_MAX);
	if (watch_begin(&children) != RTOS_OK || scrub_begin(&children) != RTOS_OK ||
	    prober_begin(&children) != RTOS_OK)
		recover_fail("there is no memory for its threads");
}

/* ---- incoming calls ---- */

/* Tells init that the supervisor is well, if init has asked. If init doesn't ask any more, the
 * supervisor kills it, and the kernel begins it anew. */
static void main_looks_at_init(bool asked)
{
	if (asked) {
		(void)sys_signal(RECOVER_WELL);
	} else if (sys_now() >= main_init) {
		tell_say_string("init doesn't ask any more; it begins anew");
		(void)sys_do(RTOS_PROCESS_KILL, RECOVER_INIT, 0, 0, 0, 0, 0, NULL);
	} else {
		return;
	}
	main_init = sys_now() + sys_ticks(MAIN_INIT_MS);
}

/* Does the work for which the watch calls. */
static void main_watches(uint64_t ends)
{
	if (main_next != 0 && sys_now() >= main_next)
		main_time();
	main_swap();
	main_ends(ends);
	main_next = main_deadline();
	if (main_next == 0 || main_next > main_init)
		main_next = main_init;
	main_alone = sys_now() + sys_ticks(MAIN_ALONE_MS);
}

/* The watch's call. From the first of these calls on, the first thread has a low priority of its
 * own, and the watch lends it a higher one. Before, nobody lends it any, and programs that leave it
 * no time may run already. */
static void main_watched(struct sys_message *message)
{
	uint64_t bits = message->word[0];

	if (!main_serves)
		main_serves = sys_do(RTOS_THREAD_SET, 0, RTOS_THREAD(MAIN_PRIORITY, 0, 0), 0, 0, 0,
		                     0, NULL) == RTOS_OK;
	/* The watch may have been kept from calling for so long. Init's question may have come
	 * since. */
	if (sys_now() >= main_init)
		bits |= sys_wait(RECOVER_ENDS, SYS_AT_ONCE);
	main_looks_at_init((bits & RECOVER_ASKED) != 0);
	main_watches(bits);
	message->word[0] = main_next;
}

/* A program's request. A more urgent program that asks without end keeps the watch from calling.
 * Then the supervisor does all of the watch's work unasked. It doesn't judge init, whose question
 * it may have missed. */
static void main_requested(uint32_t caller, struct sys_message *message)
{
	if (sys_now() >= main_alone) {
		(void)sys_signal(RECOVER_WELL);
		main_watches(UINT64_MAX);
		watch_hurry(); /* the watch may know a time that is too late */
	}
	message->word[0] = main_request(caller, message);
	main_hurries();
}

/* Ends a program whose text is damaged. 0: nobody's is. */
static void main_is_damaged(uint32_t number)
{
	if (number == 0)
		return;
	say_of(&children, number, ": its text was damaged");
	main_decided(number, policy_damaged(&children.child[number].policy));
}

/* Checks a piece of the memory that nobody writes: at the scrubber's priority, or at that of a more
 * urgent caller that waits. */
static void main_scrubs(struct sys_message *message)
{
	const struct scrub_found found = scrub_step(&children);

	message->word[0] = found.pause;
	if (found.part != NULL)
		say_part(&children, found.part);
	main_is_damaged(found.program);
	main_is_damaged(found.from_file);
}

/* Takes the prober's report, and gives the prober its next task. */
static void main_probes(struct sys_message *message)
{
	const struct prober_found found = prober_step(&children, message->word);

	if (found.wrong == NULL)
		return;
	say_of(&children, found.program, found.wrong);
	children.child[found.program].wrong++;
	main_decided(found.program, policy_damaged(&children.child[found.program].policy));
}

int main(void)
{
	struct sys_message message = {.identity = 0};

	main_began = sys_milliseconds();
	main_begin();
	main_alone = sys_now() + sys_ticks(MAIN_ALONE_MS);
	main_init = sys_now() + sys_ticks(MAIN_INIT_MS);
	for (;;) {
		if (sys_reply_wait(children.objects.port, &message, 0) != RTOS_OK)
			continue;
		if (message.badge == WATCH_BADGE)
			main_watched(&message);
		else if (message.badge == SCRUB_BADGE)
			main_scrubs(&message);
		else if (message.badge == PROBER_BADGE)
			main_probes(&message);
		else
			main_requested((uint32_t)message.badge - 1, &message);
	}
}
