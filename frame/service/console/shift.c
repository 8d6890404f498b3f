/*
 * Cores that go from one partition to another of their own accord (docs/cores.md): looks at the
 * loads and the cores' records, asks lib/shift.c for the next step, asks the frame for the core,
 * and says what came of it. A turn that has nothing to do with it costs a comparison.
 */
#include <kumiki/hold.h>
#include <lib/bundle.h>
#include <lib/shift.h>
#include <service/call.h>
#include <service/console.h>

#define SHIFT_STEPS         4u /* in a turn */
#define SHIFT_REFUSED_WORDS "it refuses, or somebody else has asked for it\n"

static bool shift_is_used(const struct console *console)
{
	const struct bundle_shift *plan = &console->shift.machine.plan;

	return plan->by_load != 0 || plan->changes != 0;
}

static void shift_look(struct console *console, uint64_t now)
{
	struct shift_look *look = &console->shift.look;

	look->now = now;
	look->minute = power_minute(console, now);
	for (uint32_t i = 0; i < console->info->cores; i++)
		look->record[i] = hold_record(console, i);
	for (uint8_t p = 0; p < console->partitions; p++) {
		const struct bundle_range range = tables_partition(console, p)->vcpus;

		look->work[p] = 0;
		for (uint32_t i = range.first; i < range.first + range.count; i++) {
			/* It counts for those whose vCPUs run on one core each. */
			const struct vcpu_account account = top_vcpu(console, i);

			look->work[p] += (account.ran + account.stolen) *
			                 tables_bundle(console)->speed[account.core];
		}
	}
}

static void shift_say(struct console *console, const struct shift_step *step, const char *why)
{
	struct words words = words_in(console->words, sizeof(console->words));

	words_text(&words, "core ");
	words_decimal(&words, step->core);
	words_say(&words, why, hold_name(console, step->to), "\n");
	words_put(&words, 0);
	say_text(console, console->words);
}

/* "linux keeps core 2, which ... was to have", as for who asks by hand. */
static void shift_kept(struct console *console, const struct shift_step *step, const char *why)
{
	struct words words = words_in(console->words, sizeof(console->words));

	words_say(&words, hold_name(console, step->from), " keeps core ", NULL);
	words_decimal(&words, step->core);
	words_say(&words, ", which ", hold_name(console, step->to), " was to have: ");
	words_text(&words, why);
	words_put(&words, 0);
	say_text(console, console->words);
}

/* But for what came just now; and not what somebody else has asked for since it was looked at. */
static void shift_withdraw(struct console *console, const struct shift_step *step)
{
	const bool last = service_hold(step->core, HOLD_WITHDRAW, console->shift.shift.number) >= 0;

	if (HOLD_HOLDER(hold_record(console, step->core)) == step->to)
		shift_say(console, step, " has gone to ");
	else
		shift_kept(console, step,
		           last ? "it didn't give it up in time\n" : SHIFT_REFUSED_WORDS);
}

static void shift_do(struct console *console, const struct shift_step *step)
{
	struct console_shift *own = &console->shift;

	switch (step->what) {
	case SHIFT_ASK:
		shift_asked(&own->shift, &own->look,
		            service_hold(step->core, step->to, step->wait >> HOLD_TICK_SHIFT));
		break;
	case SHIFT_WITHDRAW:
		shift_withdraw(console, step);
		break;
	case SHIFT_REFUSED:
		shift_kept(console, step, SHIFT_REFUSED_WORDS);
		break;
	case SHIFT_LEAST:
		shift_kept(console, step, "it has no more than its least\n");
		break;
	case SHIFT_CAME:
		shift_say(console, step, " has gone to ");
		break;
	default:
		break;
	}
}

void shift_start(struct console *console, uint64_t now)
{
	struct console_shift *own = &console->shift;

	shift_machine_of(&own->machine, tables_bundle(console), console->ms);
	shift_look(console, now);
	shift_begin(&own->shift, &own->machine, &own->look);
	own->later = now;
}

bool shift_pump(struct console *console, uint64_t now)
{
	struct console_shift *own = &console->shift;
	struct shift_step step = {.what = SHIFT_ASK};
	uint32_t steps = 0;

	if (!shift_is_used(console) || now < shift_deadline(console))
		return false;
	for (; step.what != SHIFT_NOTHING && steps < SHIFT_STEPS; steps++) {
		shift_look(console, now);
		step = shift_next(&own->shift, &own->machine, &own->look);
		shift_do(console, &step);
	}
	own->later = shift_later(&own->shift, &own->machine, &own->look);
	return steps > 1;
}

uint64_t shift_deadline(const struct console *console)
{
	const struct console_shift *own = &console->shift;
	uint64_t next;

	if (!shift_is_used(console))
		return UINT64_MAX;
	if (own->machine.plan.changes == 0)
		return own->later;
	next = power_minute_end(console, own->look.minute);
	return next < own->later ? next : own->later;
}

void shift_words(const struct console *console, struct words *words)
{
	if (!shift_is_used(console))
		words_text(words, "none moves of its own accord: the description doesn't say so\n");
	else
		words_text(words, console->shift.shift.off
		                      ? "none moves of its own accord: 'cores auto'\n"
		                      : "they move of their own accord\n");
}

void shift_switch(struct console *console, bool off)
{
	console->shift.shift.off = off;
	console->shift.later = 0;
}
