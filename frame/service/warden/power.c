/*
 * Cores that sleep (docs/power.md). This file looks at the accounts, asks lib/power.c for the next
 * step, and has the frame carry it out. It also keeps the policy that holds.
 */
#include <kumiki/life.h>
#include <lib/bundle.h>
#include <lib/powerwords.h>
#include <service/accounts.h>
#include <service/call.h>
#include <warden/warden.h>

#define POWER_STEPS 16u /* steps of one turn */
#define POWER_EVENTS                                                                               \
	(SERVICE_EVENT_STATE | SERVICE_EVENT_NEED | SERVICE_EVENT_POLICY | SERVICE_EVENT_CORES)
#define POWER_DAY (24u * 60) /* minutes of a day */

/* The least time between two managers' policies that are followed, and between two that are said.
 */
#define POWER_HEAR_MS 100u
#define POWER_SAY_MS  1000u

/* ---- the look ---- */

static void power_look_core(struct warden *warden, uint32_t core)
{
	struct power_look *look = &warden->power.look;
	struct core_account account = accounts_core(warden->accounts, core);
	uint32_t bit = 1u << core;

	look->dark = account.dark ? look->dark | bit : look->dark & ~bit;
	look->refused = account.refused ? look->refused | bit : look->refused & ~bit;
	look->busy[core] = look->now - account.idle - account.off;
	look->wake[core] = account.dark ? account.wake : UINT64_MAX;
}

void power_look_vcpus(struct warden *warden)
{
	struct warden_power *own = &warden->power;
	struct power_look *look = &own->look;

	look->stopped = look->ready = 0;
	for (uint8_t p = 0; p < warden->partitions; p++)
		if (warden_life(warden, p) == LIFE_STOPPED)
			look->stopped |= 1u << p;
	for (uint32_t i = 0; i < own->machine.vcpus; i++) {
		struct vcpu_account account = accounts_vcpu(warden->accounts, i);

		look->at[i] = account.core;
		if (account.state == ACCOUNT_READY)
			look->ready |= 1u << i;
	}
}

static void power_look_all(struct warden *warden, uint64_t now)
{
	struct warden_power *own = &warden->power;
	struct power_look *look = &own->look;
	uint64_t events = warden->events;

	warden->events = 0;
	look->now = now;
	look->need = (events & SERVICE_EVENT_NEED) != 0;
	look->wanted = (uint32_t)((events & SERVICE_EVENT_CORES) / SERVICE_EVENT_CORE);
	if (look->need)
		own->listens = false;
	for (uint32_t i = 0; i < own->machine.cores; i++)
		power_look_core(warden, i);
	power_look_vcpus(warden);
}

/* ---- the steps ---- */

/* Says once that a core doesn't come on again. */
static void power_say_lost(struct warden *warden, uint32_t core)
{
	struct warden_power *own = &warden->power;
	struct words words = warden_words(warden);

	if (own->power.core[core].tries < POWER_LOST || (own->lost >> core & 1) != 0)
		return;
	own->lost |= 1u << core;
	words_text(&words, "core ");
	words_decimal(&words, core);
	words_text(&words, " doesn't come on again: the firmware keeps it\n");
	warden_say(warden, &words);
}

static void power_do(struct warden *warden, const struct power_step *step)
{
	const struct power_machine *machine = &warden->power.machine;
	uint32_t partition = machine->vcpu[step->vcpu].partition;

	switch (step->what) {
	case POWER_DO_OPEN:
		(void)service_power(step->core, SERVICE_POWER_OPEN);
		power_say_lost(warden, step->core);
		break;
	case POWER_DO_CLOSE:
		(void)service_power(step->core, SERVICE_POWER_CLOSE);
		break;
	case POWER_DO_OFF:
		(void)service_power(step->core, SERVICE_POWER_OFF);
		break;
	case POWER_DO_MOVE:
		(void)service_move(partition,
		                   step->vcpu - warden_partition(warden, partition)->vcpus.first,
		                   step->core);
		break;
	default:
		break;
	}
}

static void power_steps(struct warden *warden, uint64_t now)
{
	struct warden_power *own = &warden->power;
	struct power_step step;
	uint32_t steps = 0;

	power_look_all(warden, now);
	do {
		step = power_next(&own->power, &own->machine, &own->look);
		power_do(warden, &step);
		own->look.need = false;
	} while (step.what != POWER_NOTHING && ++steps < POWER_STEPS);
	own->later =
	    steps == POWER_STEPS ? now : power_later(&own->power, &own->machine, &own->look);
	if (!own->listens && power_listens(&own->power, &own->machine, now)) {
		own->listens = true;
		(void)service_power(0, SERVICE_POWER_TELL);
	}
}

/* ---- which policy holds ---- */

static void power_say(struct warden *warden, const char *why)
{
	struct words words = warden_words(warden);

	words_say(&words, "power: ", power_policy_name(warden->power.power.policy), why);
	warden_say(warden, &words);
}

/* Follows a policy. Tells the frame, too: managers read the policy there, and may change it at the
 * same time. */
void power_change(struct warden *warden, uint32_t policy, uint64_t now)
{
	power_follow(&warden->power.power, (enum power_policy)policy);
	warden->power.later = now;
	warden->power.untold = false;
	(void)service_power(policy, SERVICE_POWER_HOLDS);
}

/* A manager has changed the policy: follows the latest one. */
static void power_hear(struct warden *warden, uint64_t now)
{
	struct warden_power *own = &warden->power;
	uint64_t holds = service_power(0, SERVICE_POWER_ASK) & 0xff;

	own->hears = false;
	if (holds >= POWER_POLICIES || holds == own->power.policy)
		return;
	own->hear_at = now + POWER_HEAR_MS * warden->ms;
	power_follow(&own->power, (enum power_policy)holds);
	own->later = now;
	own->untold = true;
}

/* Follows and says managers' policies, but not too often: a manager could change the policy without
 * end. */
static void power_managers(struct warden *warden, uint64_t now)
{
	struct warden_power *own = &warden->power;

	own->hears |= (warden->events & SERVICE_EVENT_POLICY) != 0;
	if (own->hears && now >= own->hear_at)
		power_hear(warden, now);
	if (!own->untold || now < own->say_at)
		return;
	own->untold = false;
	own->say_at = now + POWER_SAY_MS * warden->ms;
	power_say(warden, ", as a manager wants it\n");
}

/* ---- policies by the time of day ---- */

uint64_t power_minute(const struct warden *warden, uint64_t now)
{
	const struct warden_info *info = warden->info;
	uint64_t since = now > info->clock_counter ? now - info->clock_counter : 0;

	return (info->clock_seconds + since / info->counter_hz) / 60;
}

uint64_t power_minute_end(const struct warden *warden, uint64_t minute)
{
	const struct warden_info *info = warden->info;

	return info->clock_counter + ((minute + 1) * 60 - info->clock_seconds) * info->counter_hz;
}

/* If changes were due since the last look at the schedule, follows the last of them. */
static void power_schedule(struct warden *warden, uint64_t now)
{
	const struct bundle_power *plan = &warden->bundle->power;
	struct warden_power *own = &warden->power;
	uint64_t minute = power_minute(warden, now), latest = 0;
	uint32_t policy = POWER_POLICIES;

	for (uint32_t i = 0; i < plan->changes; i++) {
		uint64_t today = minute - minute % POWER_DAY + plan->change[i].minute;
		uint64_t last = today <= minute ? today : today - POWER_DAY;

		if (last <= minute && last > own->minute && last > latest) {
			latest = last;
			policy = plan->change[i].policy;
		}
	}
	if (minute != own->minute)
		(void)service_power(minute, SERVICE_POWER_SEEN);
	own->minute = minute;
	if (policy == POWER_POLICIES)
		return;
	power_change(warden, policy, now);
	power_say(warden, ", as it is time for it\n");
}

/* ---- a turn ---- */

/* What an earlier life of this service left in the frame: the policy that holds, and how far the
 * schedule is done. */
static enum power_policy power_left(struct warden *warden, uint64_t now)
{
	uint64_t left = service_power(0, SERVICE_POWER_ASK);

	warden->power.minute = left >> 8;
	if (left >> 8 == 0) {
		warden->power.minute = power_minute(warden, now);
		(void)service_power(warden->power.minute, SERVICE_POWER_SEEN);
	}
	return (enum power_policy)((left & 0xff) < POWER_POLICIES ? left & 0xff
	                                                          : POWER_PERFORMANCE);
}

void power_start(struct warden *warden, uint64_t now)
{
	struct warden_power *own = &warden->power;

	power_machine_of(&own->machine, warden->bundle);
	power_look_all(warden, now);
	power_begin(&own->power, power_left(warden, now), warden->ms, &own->look,
	            own->machine.cores);
	own->later = now;
	/* An earlier life of this service may have closed cores, also one of another frame. */
	for (uint32_t i = 0; i < own->machine.cores; i++)
		(void)service_power(i, SERVICE_POWER_OPEN);
}

bool power_is_over(const struct warden *warden)
{
	return warden->bundle->power.changes == 0 && warden->power.later == UINT64_MAX &&
	       warden->power.power.policy == POWER_PERFORMANCE;
}

void power_pump(struct warden *warden, uint64_t now)
{
	power_managers(warden, now);
	if (power_is_over(warden) ||
	    ((warden->events & POWER_EVENTS) == 0 && now < power_deadline(warden))) {
		warden->events = 0;
		return;
	}
	if (warden->bundle->power.changes != 0)
		power_schedule(warden, now);
	power_steps(warden, now);
}

uint64_t power_deadline(const struct warden *warden)
{
	const struct warden_power *own = &warden->power;
	uint64_t next = own->later;

	if (own->hears && own->hear_at < next)
		next = own->hear_at;
	if (own->untold && own->say_at < next)
		next = own->say_at;
	if (warden->bundle->power.changes != 0 && power_minute_end(warden, own->minute) < next)
		next = power_minute_end(warden, own->minute);
	return next;
}
