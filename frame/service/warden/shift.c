/*
 * Cores that go from one partition to another without a command (docs/power.md). This file looks at
 * the loads and at the cores' records, asks lib/shift.c for the next step, asks the frame for the
 * core, and says the result.
 */
#include <kumiki/hold.h>
#include <lib/bundle.h>
#include <lib/holdwords.h>
#include <service/accounts.h>
#include <service/call.h>
#include <service/names.h>
#include <warden/warden.h>

#define SHIFT_STEPS 4u /* steps of one turn */

static bool shift_is_used(const struct warden *warden)
{
	const struct bundle_shift *plan = &warden->shift.machine.plan;

	return plan->by_load != 0 || plan->changes != 0;
}

static void shift_look(struct warden *warden, uint64_t now)
{
	struct shift_look *look = &warden->shift.look;

	look->now = now;
	look->minute = power_minute(warden, now);
	for (uint32_t i = 0; i < warden->cores; i++)
		look->record[i] = accounts_hold(warden->accounts, i);
	for (uint8_t p = 0; p < warden->partitions; p++) {
		const struct bundle_range range = warden_partition(warden, p)->vcpus;

		look->work[p] = 0;
		for (uint32_t i = range.first; i < range.first + range.count; i++) {
			/* lib/shift.c uses this for partitions with one core for each vCPU. */
			const struct vcpu_account account = accounts_vcpu(warden->accounts, i);

			look->work[p] +=
			    (account.ran + account.stolen) * warden->bundle->speed[account.core];
		}
	}
}

static void shift_say(struct warden *warden, const struct shift_step *step, const char *why)
{
	struct words words = warden_words(warden);

	words_text(&words, "core ");
	words_decimal(&words, step->core);
	words_say(&words, why, names_holder(warden->bundle, step->to), "\n");
	warden_say(warden, &words);
}

/* Writes "linux keeps core 2, which ... was to have", and then why, like the answer to `give`. */
static void shift_kept(struct warden *warden, const struct shift_step *step, uint64_t record,
                       const char *why)
{
	struct words words = warden_words(warden);

	words_say(&words, names_holder(warden->bundle, HOLD_HOLDER(record)), " keeps core ", NULL);
	words_decimal(&words, step->core);
	words_say(&words, ", which ", names_holder(warden->bundle, step->to), " was to have");
	words_say(&words, why, "\n", NULL);
	warden_say(warden, &words);
}

/* Withdraws a request that was in vain. The core may have come just now. If somebody else has made
 * a newer request, that one stays. */
static void shift_withdraw(struct warden *warden, const struct shift_step *step, uint64_t now)
{
	const bool last = service_hold(step->core, HOLD_WITHDRAW, warden->shift.shift.number) >= 0;
	const uint64_t record = accounts_hold(warden->accounts, step->core);

	if (HOLD_HOLDER(record) == step->to)
		shift_say(warden, step, " has gone to ");
	else
		shift_kept(warden, step, record,
		           last ? HOLD_LATE_WORDS : hold_stays_words(record, now));
}

static void shift_do(struct warden *warden, const struct shift_step *step)
{
	struct warden_shift *own = &warden->shift;
	const uint64_t record = own->look.record[step->core], now = own->look.now;

	switch (step->what) {
	case SHIFT_ASK:
		shift_asked(&own->shift, &own->look,
		            service_hold(step->core, step->to, step->wait >> HOLD_TICK_SHIFT));
		break;
	case SHIFT_WITHDRAW:
		shift_withdraw(warden, step, now);
		break;
	case SHIFT_REFUSED:
		shift_kept(warden, step, record, hold_stays_words(record, now));
		break;
	case SHIFT_LEAST:
		shift_kept(warden, step, record,
		           ": it has only its kumiki,least-cores; 'give' moves it all the same");
		break;
	case SHIFT_CAME:
		shift_say(warden, step, " has gone to ");
		break;
	default:
		break;
	}
}

void shift_start(struct warden *warden, uint64_t now)
{
	struct warden_shift *own = &warden->shift;

	shift_machine_of(&own->machine, warden->bundle, warden->ms);
	shift_look(warden, now);
	shift_begin(&own->shift, &own->machine, &own->look);
	own->shift.off = warden->box->by_hand == 1;
	own->later = now;
}

void shift_pump(struct warden *warden, uint64_t now)
{
	struct warden_shift *own = &warden->shift;
	struct shift_step step = {.what = SHIFT_ASK};
	uint32_t steps = 0;

	if (!shift_is_used(warden) || now < shift_deadline(warden))
		return;
	for (; step.what != SHIFT_NOTHING && steps < SHIFT_STEPS; steps++) {
		shift_look(warden, now);
		step = shift_next(&own->shift, &own->machine, &own->look);
		shift_do(warden, &step);
	}
	own->later = shift_later(&own->shift, &own->machine, &own->look);
}

uint64_t shift_deadline(const struct warden *warden)
{
	const struct warden_shift *own = &warden->shift;
	uint64_t next;

	if (!shift_is_used(warden))
		return UINT64_MAX;
	if (own->machine.plan.changes == 0)
		return own->later;
	next = power_minute_end(warden, own->look.minute);
	return next < own->later ? next : own->later;
}

void shift_words(const struct warden *warden, struct words *words)
{
	if (!shift_is_used(warden))
		words_text(
		    words,
		    "no core moves by itself: the description has no kumiki,cores-by-load\n");
	else
		words_text(words, warden->shift.shift.off
		                      ? "no core moves by itself: 'cores auto' changes that\n"
		                      : "cores move by themselves: 'cores hand' stops that\n");
}

void shift_switch(struct warden *warden, bool off)
{
	warden->shift.shift.off = off;
	warden->box->by_hand = off;
	warden->shift.later = 0;
}
