/* See judge.h. */
#include "judge.h"
#include "say.h"
#include <lib/rtosimage.h>
#include <rtos/sys.h>

/* ---- who is to blame ---- */

/* The port's next call after call->identity that ended the process. False: there is none. */
static bool judge_next(const struct children *all, uint32_t number, uint32_t port,
                       struct guilt_call *call)
{
	struct sys_registers asked = {
	    .x = {all->child[number].its.process,
	          call->identity, [8] = RTOS_BLAMED, [9] = all->objects.ports[port]}};

	sys_svc(&asked);
	if (asked.x[8] != RTOS_OK || asked.x[0] == 0)
		return false;
	*call = (struct guilt_call){.identity = asked.x[0],
	                            .badge = (uint32_t)asked.x[1],
	                            .word = asked.x[2],
	                            .port = (uint8_t)port,
	                            .blame = (uint8_t)asked.x[3],
	                            .limit = (uint8_t)asked.x[4]};
	return true;
}

/* The calls that ended the process. A probe isn't among them, as it has no badge (prober.h): a
 * server that ends at a probe is itself at fault. */
static uint32_t judge_calls(const struct children *all, uint32_t number,
                            struct guilt_call calls[GUILT_CALLS])
{
	const uint64_t offers = rtosmanifest_programs(all->manifest)[number].offers;
	struct guilt_call call;
	uint32_t count = 0;

	for (uint32_t i = 0; i < all->manifest->ports.count; i++) {
		call.identity = 0;
		while ((offers >> i & 1) != 0 && count < GUILT_CALLS &&
		       judge_next(all, number, i, &call))
			if (call.badge != 0)
				calls[count++] = call;
	}
	return count;
}

/* ---- words ---- */

static void judge_name(const struct children *all, struct text *text, uint32_t badge)
{
	if (badge - 1 < all->image->program_count) {
		text_add(text, child_name(all, badge - 1));
		return;
	}
	text_add(text, "badge ");
	text_number(text, badge);
}

static void judge_say(const struct children *all, uint32_t number,
                      const struct guilt_sender *sender, uint64_t now)
{
	struct text text = {.length = 0};

	text_add(&text, " ended too often at a call of ");
	judge_name(all, &text, sender->badge);
	text_add(&text, "; such calls are refused for ");
	text_number(&text, (sender->until - now) / 1000);
	text_add(&text, " s");
	say_text(all, number, &text);
}

static void judge_say_all(const struct children *all, uint32_t number, uint64_t now)
{
	const struct guilt *guilt = &all->child[number].guilt;

	for (uint32_t i = 0; i < GUILT_SENDERS; i++)
		if (guilt->senders[i].badge != 0 && guilt->senders[i].at == now)
			judge_say(all, number, &guilt->senders[i], now);
}

/* ---- bars ---- */

static void judge_bar(const struct children *all, uint32_t port, uint32_t badge, uint64_t word,
                      uint64_t until)
{
	(void)sys_do(RTOS_PORT_BAR, all->objects.ports[port], badge, word, until, 0, 0, NULL);
}

static void judge_lift(const struct children *all, uint32_t number)
{
	const uint64_t offers = rtosmanifest_programs(all->manifest)[number].offers;

	for (uint32_t i = 0; i < all->manifest->ports.count; i++)
		if ((offers >> i & 1) != 0)
			judge_bar(all, i, 0, 0, 0);
}

void judge_refuse(const struct children *all, uint32_t number)
{
	const uint64_t now = sys_milliseconds();

	for (uint32_t i = 0; i < GUILT_SENDERS; i++) {
		const struct guilt_sender *sender =
		    guilt_refused(&all->child[number].guilt, i, now);

		if (sender != NULL)
			judge_bar(all, sender->port, sender->badge, sender->word,
			          sys_ticks(sender->until));
	}
}

void judge_crash(struct children *all, uint32_t number)
{
	const struct rtos_manifest_program *program = &rtosmanifest_programs(all->manifest)[number];
	struct guilt_call calls[GUILT_CALLS];
	const uint32_t count = judge_calls(all, number, calls);
	const uint64_t now = sys_milliseconds();
	uint32_t crashes;
	enum policy_cause cause;

	cause = guilt_crashed(&all->child[number].guilt, calls, count, program->limit,
	                      program->limit_s * 1000ULL, now, &crashes);
	policy_caused(&all->child[number].policy, cause, crashes);
	if (cause == POLICY_EXCUSED)
		judge_say_all(all, number, now);
	if (cause != POLICY_ACCUSED)
		return;
	say_of(all, number, " ends at calls of several senders: nobody is refused");
	judge_lift(all, number);
}
