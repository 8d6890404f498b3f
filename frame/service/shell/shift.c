/*
 * Cores that go from one partition to another of their own accord (docs/cores.md): looks at the
 * loads and the cores' records, asks lib/shift.c for the next step, asks the frame for the core,
 * and says what came of it. A turn that has nothing to do with it costs a comparison.
 */
#include <kumiki/hold.h>
#include <lib/bundle.h>
#include <lib/shift.h>
#include <service/call.h>
#include <shell/shell.h>

#define SHIFT_STEPS         4u /* in a turn */
#define SHIFT_REFUSED_WORDS "it refuses, or somebody else has asked for it\n"

static bool shift_is_used(const struct shell *shell)
{
	const struct bundle_shift *plan = &shell->shift.machine.plan;

	return plan->by_load != 0 || plan->changes != 0;
}

static void shift_look(struct shell *shell, uint64_t now)
{
	struct shift_look *look = &shell->shift.look;

	look->now = now;
	look->minute = power_minute(shell->console, now);
	for (uint32_t i = 0; i < shell->console->info->cores; i++)
		look->record[i] = hold_record(shell->console, i);
	for (uint8_t p = 0; p < shell->console->partitions; p++) {
		const struct bundle_range range = tables_partition(shell->console, p)->vcpus;

		look->work[p] = 0;
		for (uint32_t i = range.first; i < range.first + range.count; i++) {
			/* It counts for those whose vCPUs run on one core each. */
			const struct vcpu_account account = top_vcpu(shell->console, i);

			look->work[p] += (account.ran + account.stolen) *
			                 tables_bundle(shell->console)->speed[account.core];
		}
	}
}

static void shift_say(struct shell *shell, const struct shift_step *step, const char *why)
{
	struct words words = words_in(shell->words, sizeof(shell->words));

	words_text(&words, "core ");
	words_decimal(&words, step->core);
	words_say(&words, why, hold_name(shell->console, step->to), "\n");
	words_put(&words, 0);
	say_text(shell->console, shell->words);
}

/* "linux keeps core 2, which ... was to have", as for who asks by hand. */
static void shift_kept(struct shell *shell, const struct shift_step *step, const char *why)
{
	struct words words = words_in(shell->words, sizeof(shell->words));

	words_say(&words, hold_name(shell->console, step->from), " keeps core ", NULL);
	words_decimal(&words, step->core);
	words_say(&words, ", which ", hold_name(shell->console, step->to), " was to have: ");
	words_text(&words, why);
	words_put(&words, 0);
	say_text(shell->console, shell->words);
}

/* But for what came just now; and not what somebody else has asked for since it was looked at. */
static void shift_withdraw(struct shell *shell, const struct shift_step *step)
{
	const bool last = service_hold(step->core, HOLD_WITHDRAW, shell->shift.shift.number) >= 0;

	if (HOLD_HOLDER(hold_record(shell->console, step->core)) == step->to)
		shift_say(shell, step, " has gone to ");
	else
		shift_kept(shell, step,
		           last ? "it didn't give it up in time\n" : SHIFT_REFUSED_WORDS);
}

static void shift_do(struct shell *shell, const struct shift_step *step)
{
	struct shell_shift *own = &shell->shift;

	switch (step->what) {
	case SHIFT_ASK:
		shift_asked(&own->shift, &own->look,
		            service_hold(step->core, step->to, step->wait >> HOLD_TICK_SHIFT));
		break;
	case SHIFT_WITHDRAW:
		shift_withdraw(shell, step);
		break;
	case SHIFT_REFUSED:
		shift_kept(shell, step, SHIFT_REFUSED_WORDS);
		break;
	case SHIFT_LEAST:
		shift_kept(shell, step, "it has no more than its least\n");
		break;
	case SHIFT_CAME:
		shift_say(shell, step, " has gone to ");
		break;
	default:
		break;
	}
}

void shift_start(struct shell *shell, uint64_t now)
{
	struct shell_shift *own = &shell->shift;

	shift_machine_of(&own->machine, tables_bundle(shell->console), shell->console->ms);
	shift_look(shell, now);
	shift_begin(&own->shift, &own->machine, &own->look);
	own->later = now;
}

bool shift_pump(struct shell *shell, uint64_t now)
{
	struct shell_shift *own = &shell->shift;
	struct shift_step step = {.what = SHIFT_ASK};
	uint32_t steps = 0;

	if (!shift_is_used(shell) || now < shift_deadline(shell))
		return false;
	for (; step.what != SHIFT_NOTHING && steps < SHIFT_STEPS; steps++) {
		shift_look(shell, now);
		step = shift_next(&own->shift, &own->machine, &own->look);
		shift_do(shell, &step);
	}
	own->later = shift_later(&own->shift, &own->machine, &own->look);
	return steps > 1;
}

uint64_t shift_deadline(const struct shell *shell)
{
	const struct shell_shift *own = &shell->shift;
	uint64_t next;

	if (!shift_is_used(shell))
		return UINT64_MAX;
	if (own->machine.plan.changes == 0)
		return own->later;
	next = power_minute_end(shell->console, own->look.minute);
	return next < own->later ? next : own->later;
}

void shift_words(const struct shell *shell, struct words *words)
{
	if (!shift_is_used(shell))
		words_text(words, "none moves of its own accord: the description doesn't say so\n");
	else
		words_text(words, shell->shift.shift.off
		                      ? "none moves of its own accord: 'cores auto'\n"
		                      : "they move of their own accord\n");
}

void shift_switch(struct shell *shell, bool off)
{
	shell->shift.shift.off = off;
	shell->shift.later = 0;
}
