/* See swap.h. */
#include "swap.h"
#include "say.h"
#include "version.h"
#include <lib/rtosimage.h>
#include <lib/string.h>

static struct replace swap_step;
static struct version swap_next_version; /* laid out or ordered; no record names it yet */
static uint32_t swap_client;             /* badge of the client that it was laid out for */
static struct version swap_former;       /* no record names it any more */
static uint32_t swap_failed; /* the program whose version failed, swap_former; 0: none */
static struct {
	uint64_t identity, token; /* identity 0: nobody waits */
} swap_caller;

/* ---- who waits ---- */

static void swap_park(struct sys_message *message)
{
	swap_caller.identity = message->identity;
	swap_caller.token = message->token;
	message->identity = 0;
}

static void swap_tell(enum supervisor_answer answer, const uint64_t end[4])
{
	struct sys_message message = {
	    .word = {answer}, .identity = swap_caller.identity, .token = swap_caller.token};

	if (end != NULL)
		memcpy(&message.word[1], end, 4 * sizeof(end[0]));
	swap_caller.identity = 0;
	if (message.identity != 0)
		(void)sys_reply(&message);
}

/* ---- before the switch ---- */

/* Gives the new version up. The former version just goes on. */
static void swap_forget(void)
{
	version_unprepare();
	version_drop(&swap_next_version);
	swap_next_version = (struct version){.store = 0};
	swap_step = (struct replace){.step = REPLACE_IDLE};
}

static bool swap_is_loader(const struct children *all, uint32_t caller)
{
	for (uint32_t i = 0; i < all->manifest->programs.count; i++)
		if (rtosmanifest_programs(all->manifest)[i].loader == caller)
			return true;
	return false;
}

static bool swap_is_server(const struct children *all, uint32_t number)
{
	const struct rtos_manifest_program *program = &rtosmanifest_programs(all->manifest)[number];

	return program->offers != 0 && program->loader == 0 &&
	       all->child[number].policy.state == POLICY_RUNS;
}

enum supervisor_answer swap_store(const struct children *all, uint32_t caller,
                                  struct sys_message *message)
{
	const uint32_t number = (uint32_t)message->word[1];
	enum supervisor_answer answer;

	if (!swap_is_loader(all, caller))
		return SUPERVISOR_DENIED;
	if (!swap_is_server(all, number))
		return SUPERVISOR_NO_SERVER;
	answer = replace_lay(&swap_step, number);
	if (answer != SUPERVISOR_OK)
		return answer;
	version_drop(&swap_next_version);
	swap_next_version = (struct version){
	    .entry = message->word[5], .variables = message->word[6], .pages = message->word[4]};
	swap_client = (uint32_t)message->word[2];
	if (version_store(all, number, message->word[4], &swap_next_version.store) != RTOS_OK) {
		swap_forget();
		return SUPERVISOR_NO_ROOM;
	}
	message->word[0] = SUPERVISOR_OK;
	message->word[5] = rtosimage_programs(all->image)[number].stack_size;
	if (sys_reply_with(message, RTOS_PAYLOAD_HANDLE_AS(swap_next_version.store,
	                                                   RTOS_RIGHT_MANAGE, 0)) != RTOS_OK)
		return SUPERVISOR_BAD;
	message->identity = 0; /* answered */
	return SUPERVISOR_OK;
}

/* Answers an order that an earlier supervisor had got, and had switched for. */
static enum supervisor_answer swap_again(const struct version *version, struct sys_message *message)
{
	if (version->store == 0) {
		memset(&message->word[1], 0, 4 * sizeof(message->word[0]));
		return SUPERVISOR_FAILED;
	}
	if (!version->proved)
		swap_park(message);
	return SUPERVISOR_OK;
}

enum supervisor_answer swap_order(const struct children *all, uint32_t caller,
                                  struct sys_message *message)
{
	const uint32_t number = (uint32_t)message->word[1];
	enum supervisor_answer answer;

	if (all->child[number].version.call == message->identity)
		return swap_again(&all->child[number].version, message);
	if (!swap_is_server(all, number))
		return SUPERVISOR_NO_SERVER;
	if (swap_step.step == REPLACE_LAID && swap_client != caller + 1)
		return SUPERVISOR_NO_VERSION;
	answer = replace_order(&swap_step, number, sys_milliseconds());
	if (answer != SUPERVISOR_OK)
		return answer;
	if (version_prepare(all, number, &swap_next_version) != RTOS_OK) {
		swap_forget();
		return SUPERVISOR_NO_ROOM;
	}
	swap_next_version.call = message->identity;
	swap_park(message);
	return SUPERVISOR_OK;
}

/* ---- the switch ---- */

static unsigned swap_switch(struct child *child)
{
	swap_former = child->version;
	child->version = swap_next_version;
	swap_next_version = (struct version){.store = 0};
	return policy_command(&child->policy, SUPERVISOR_DO_RESTART);
}

/* Takes the new version out of the record; the caller writes the record next. */
static void swap_take_out(struct children *all, uint32_t number)
{
	struct version *version = &all->child[number].version;

	version_drop(&swap_former); /* of a switch whose start failed */
	swap_former = *version;
	swap_failed = number;
	*version = (struct version){.call = swap_former.call};
}

/* Orders the new version's end. A version that a manager stopped meanwhile has no process to kill.
 */
static unsigned swap_kill(struct children *all, uint32_t number)
{
	const unsigned todo = policy_damaged(&all->child[number].policy);

	say_of(all, number, "'s new version doesn't say that it is well");
	if (todo == 0) {
		swap_take_out(all, number);
		child_record(all, number);
		swap_settle(all, NULL);
	}
	return todo;
}

unsigned swap_look(struct children *all, uint32_t *number)
{
	const uint64_t now = sys_milliseconds();
	struct child *child = &all->child[swap_step.program];
	bool quiet;

	*number = swap_step.program;
	if (now < replace_next(&swap_step))
		return 0;
	quiet = child->policy.state == POLICY_RUNS && child_work(all, *number).call == 0;
	switch (replace_time(&swap_step, quiet, now)) {
	case REPLACE_SWITCH:
		return swap_switch(child);
	case REPLACE_GIVE_UP:
		swap_forget();
		swap_tell(SUPERVISOR_NOT_QUIET, NULL);
		return 0;
	case REPLACE_KILL:
		return swap_kill(all, *number);
	default:
		return 0;
	}
}

uint64_t swap_next(void)
{
	return replace_next(&swap_step);
}

/* ---- behind the switch ---- */

/* Clients wait for the version, so it is answered before the supervisor says anything. */
enum supervisor_answer swap_proved(struct children *all, uint32_t caller,
                                   struct sys_message *message)
{
	struct version *version = &all->child[caller].version;

	if (version->store == 0 || version->proved)
		return SUPERVISOR_OK;
	version->proved = true;
	child_record(all, caller);
	if (replace_proved(&swap_step, caller))
		swap_tell(SUPERVISOR_OK, NULL);
	message->word[0] = SUPERVISOR_OK;
	(void)sys_reply(message);
	message->identity = 0;
	say_of(all, caller, " is replaced by a new version");
	return SUPERVISOR_OK;
}

bool swap_ended(struct children *all, uint32_t number, bool crash)
{
	const struct child *child = &all->child[number];
	const uint64_t window = rtosmanifest_programs(all->manifest)[number].limit_s * 1000ULL;

	if (crash && replace_ended(&swap_step, number)) {
		swap_forget();
		swap_tell(SUPERVISOR_NOT_QUIET, NULL);
	}
	if (!crash || !replace_goes_back(&child->version, child->policy.started, sys_milliseconds(),
	                                 window, child->policy.level != 0))
		return false;
	swap_take_out(all, number);
	return true;
}

void swap_settle(const struct children *all, const uint64_t end[4])
{
	version_drop(&swap_former);
	swap_former = (struct version){.store = 0};
	if (swap_failed == 0)
		return;
	if (replace_failed(&swap_step, swap_failed))
		swap_tell(SUPERVISOR_FAILED, end);
	say_of(all, swap_failed, " goes back to the boot image's version");
	swap_failed = 0;
}

void swap_begin(const struct children *all)
{
	for (uint32_t i = 0; i < all->manifest->programs.count; i++)
		if (all->child[i].version.store != 0 && !all->child[i].version.proved)
			replace_resume(&swap_step, i, sys_milliseconds());
}
