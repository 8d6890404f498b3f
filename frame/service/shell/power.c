/*
 * The warden of the cores that sleep (docs/power.md): it looks at the accounts, asks lib/power.c
 * for the next step, and has the frame carry it out. And the command that says and changes the
 * policy. A turn that has nothing to do with it costs a comparison.
 */
#include <kumiki/trace.h>
#include <lib/bundle.h>
#include <lib/power.h>
#include <lib/powerwords.h>
#include <lib/string.h>
#include <service/call.h>
#include <shell/shell.h>

#define POWER_STEPS  16u /* in a turn */
#define POWER_CORES  ((SERVICE_EVENT_CORE << BUNDLE_CORES_MAX) - SERVICE_EVENT_CORE)
#define POWER_EVENTS (SERVICE_EVENT_STATE | SERVICE_EVENT_NEED | SERVICE_EVENT_POLICY | POWER_CORES)
#define POWER_DAY    (24u * 60) /* minutes */

/* Between two words of managers that are followed, and between two that are said. */
#define POWER_HEAR_MS 100u
#define POWER_SAY_MS  1000u

/* ---- the look ---- */

static void power_look_core(struct shell *shell, uint32_t core)
{
	struct power_look *look = &shell->power.look;
	struct core_account account = top_core(shell->console, core);
	uint32_t bit = 1u << core;

	look->dark = account.dark ? look->dark | bit : look->dark & ~bit;
	look->refused = account.refused ? look->refused | bit : look->refused & ~bit;
	look->busy[core] = look->now - account.idle - account.off;
	look->wake[core] = account.dark ? account.wake : UINT64_MAX;
}

static void power_look_vcpus(struct shell *shell)
{
	struct shell_power *own = &shell->power;
	struct power_look *look = &own->look;

	look->stopped = look->ready = 0;
	for (uint8_t p = 0; p < shell->console->partitions; p++)
		if (life_status_of(shell->console, p).state == LIFE_STOPPED)
			look->stopped |= 1u << p;
	for (uint32_t i = 0; i < own->machine.vcpus; i++) {
		struct vcpu_account account = top_vcpu(shell->console, i);

		look->at[i] = account.core;
		if (account.state == ACCOUNT_READY)
			look->ready |= 1u << i;
	}
}

static void power_look_all(struct shell *shell, uint64_t now)
{
	struct shell_power *own = &shell->power;
	struct power_look *look = &own->look;
	uint64_t events = shell->events;

	shell->events = 0;
	look->now = now;
	look->need = (events & SERVICE_EVENT_NEED) != 0;
	look->wanted = (uint32_t)((events & POWER_CORES) / SERVICE_EVENT_CORE);
	if (look->need)
		own->listens = false;
	for (uint32_t i = 0; i < own->machine.cores; i++)
		power_look_core(shell, i);
	power_look_vcpus(shell);
}

/* ---- the steps ---- */

/* Once. */
static void power_say_lost(struct shell *shell, uint32_t core)
{
	struct shell_power *own = &shell->power;
	struct words words = words_in(shell->words, sizeof(shell->words));

	if (own->power.core[core].tries < POWER_LOST || (own->lost >> core & 1) != 0)
		return;
	own->lost |= 1u << core;
	words_text(&words, "core ");
	words_decimal(&words, core);
	words_text(&words, " doesn't come on again: the firmware keeps it\n");
	words_put(&words, 0);
	say_text(shell->console, shell->words);
}

static void power_do(struct shell *shell, const struct power_step *step)
{
	const struct power_machine *machine = &shell->power.machine;
	uint32_t partition = machine->vcpu[step->vcpu].partition;

	switch (step->what) {
	case POWER_DO_OPEN:
		(void)service_power(step->core, SERVICE_POWER_OPEN);
		power_say_lost(shell, step->core);
		break;
	case POWER_DO_CLOSE:
		(void)service_power(step->core, SERVICE_POWER_CLOSE);
		break;
	case POWER_DO_OFF:
		(void)service_power(step->core, SERVICE_POWER_OFF);
		break;
	case POWER_DO_MOVE:
		(void)service_move(
		    partition,
		    step->vcpu - tables_partition(shell->console, (uint8_t)partition)->vcpus.first,
		    step->core);
		break;
	default:
		break;
	}
}

static bool power_steps(struct shell *shell, uint64_t now)
{
	struct shell_power *own = &shell->power;
	struct power_step step;
	uint32_t steps = 0;

	power_look_all(shell, now);
	do {
		step = power_next(&own->power, &own->machine, &own->look);
		power_do(shell, &step);
		own->look.need = false;
	} while (step.what != POWER_NOTHING && ++steps < POWER_STEPS);
	own->later =
	    steps == POWER_STEPS ? now : power_later(&own->power, &own->machine, &own->look);
	if (!own->listens && power_listens(&own->power, &own->machine, now)) {
		own->listens = true;
		(void)service_power(0, SERVICE_POWER_TELL);
	}
	return steps != 0;
}

/* ---- which policy holds ---- */

static void power_say(struct shell *shell, const char *why)
{
	struct words words = words_in(shell->words, sizeof(shell->words));

	words_say(&words, "power: ", power_policy_name(shell->power.power.policy), why);
	words_put(&words, 0);
	say_text(shell->console, shell->words);
}

/* By schedule or operator; managers may see it, and may change it at the same time. */
static void power_change(struct shell *shell, uint32_t policy, uint64_t now)
{
	power_follow(&shell->power.power, (enum power_policy)policy);
	shell->power.later = now;
	shell->power.untold = false;
	(void)service_power(policy, SERVICE_POWER_HOLDS);
}

/* A manager has; the word is the last one's. */
static void power_hear(struct shell *shell, uint64_t now)
{
	struct shell_power *own = &shell->power;
	uint64_t holds = service_power(0, SERVICE_POWER_ASK) & 0xff;

	own->hears = false;
	if (holds >= POWER_POLICIES || holds == own->power.policy)
		return;
	own->hear_at = now + POWER_HEAR_MS * shell->console->ms;
	power_follow(&own->power, (enum power_policy)holds);
	own->later = now;
	own->untold = true;
}

/* One that changes it without end has neither the cores nor the operator's screen go after each of
 * its words. True: something was said. */
static bool power_managers(struct shell *shell, uint64_t now)
{
	struct shell_power *own = &shell->power;

	own->hears |= (shell->events & SERVICE_EVENT_POLICY) != 0;
	if (own->hears && now >= own->hear_at)
		power_hear(shell, now);
	if (!own->untold || now < own->say_at)
		return false;
	own->untold = false;
	own->say_at = now + POWER_SAY_MS * shell->console->ms;
	power_say(shell, ", as a manager wants it\n");
	return true;
}

/* ---- by the time of the day ---- */

uint64_t power_minute(const struct console *console, uint64_t now)
{
	const struct console_info *info = console->info;
	uint64_t since = now > info->clock_counter ? now - info->clock_counter : 0;

	return (info->clock_seconds + since / info->counter_hz) / 60;
}

uint64_t power_minute_end(const struct console *console, uint64_t minute)
{
	const struct console_info *info = console->info;

	return info->clock_counter + ((minute + 1) * 60 - info->clock_seconds) * info->counter_hz;
}

/* The last change that was due since the schedule was looked at, if there was one. */
static void power_schedule(struct shell *shell, uint64_t now)
{
	const struct bundle_power *plan = &tables_bundle(shell->console)->power;
	struct shell_power *own = &shell->power;
	uint64_t minute = power_minute(shell->console, now), latest = 0;
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
	power_change(shell, policy, now);
	power_say(shell, ", as it is time for it\n");
}

/* ---- a turn ---- */

/* What an earlier life of this service left: the policy that holds, and how far the day's schedule
 * is done. */
static enum power_policy power_left(struct shell *shell, uint64_t now)
{
	uint64_t left = service_power(0, SERVICE_POWER_ASK);

	shell->power.minute = left >> 8;
	if (left >> 8 == 0) {
		shell->power.minute = power_minute(shell->console, now);
		(void)service_power(shell->power.minute, SERVICE_POWER_SEEN);
	}
	return (enum power_policy)((left & 0xff) < POWER_POLICIES ? left & 0xff
	                                                          : POWER_PERFORMANCE);
}

void power_start(struct shell *shell, uint64_t now)
{
	struct shell_power *own = &shell->power;

	power_machine_of(&own->machine, tables_bundle(shell->console));
	power_look_all(shell, now);
	power_begin(&own->power, power_left(shell, now), shell->console->ms, &own->look,
	            own->machine.cores);
	own->later = now;
	/* What an earlier life of this service told them. */
	for (uint32_t i = 0; i < own->machine.cores && shell->console->info->failure.failures != 0;
	     i++)
		(void)service_power(i, SERVICE_POWER_OPEN);
}

/* All are on, and nobody is to change that. */
static bool power_is_over(const struct shell *shell)
{
	return tables_bundle(shell->console)->power.changes == 0 &&
	       shell->power.later == UINT64_MAX && shell->power.power.policy == POWER_PERFORMANCE;
}

bool power_pump(struct shell *shell, uint64_t now)
{
	const struct bundle_power *plan = &tables_bundle(shell->console)->power;
	const bool said = power_managers(shell, now);

	if (power_is_over(shell) ||
	    ((shell->events & POWER_EVENTS) == 0 && now < power_deadline(shell))) {
		shell->events = 0;
		return said;
	}
	if (plan->changes != 0)
		power_schedule(shell, now);
	return power_steps(shell, now) || said;
}

uint64_t power_deadline(const struct shell *shell)
{
	const struct shell_power *own = &shell->power;
	uint64_t next = own->later;

	if (own->hears && own->hear_at < next)
		next = own->hear_at;
	if (own->untold && own->say_at < next)
		next = own->say_at;
	if (tables_bundle(shell->console)->power.changes != 0 &&
	    power_minute_end(shell->console, own->minute) < next)
		next = power_minute_end(shell->console, own->minute);
	return next;
}

/* ---- the command ---- */

static const char *power_state_name(const struct shell *shell, uint32_t core)
{
	static const char *const names[] = {
	    [POWER_OPEN] = "on",      [POWER_CLOSED] = "alone", [POWER_LEAVING] = "leaves",
	    [POWER_GOING] = "leaves", [POWER_DARK] = "off",     [POWER_COMING] = "comes"};

	return names[shell->power.power.core[core].state];
}

/* Ticks of a core since the machine began: busy, idle, off. */
static void power_times(const struct console *console, uint32_t core, uint64_t now,
                        uint64_t times[3])
{
	struct core_account account = top_core(console, core);

	times[1] = account.idle;
	times[2] = account.off;
	times[0] = now > account.idle + account.off ? now - account.idle - account.off : 0;
}

static void power_line(const struct shell *shell, uint32_t core, uint64_t now, struct words *words)
{
	const struct bundle_milliwatts *takes =
	    &bundle_cores(tables_bundle(shell->console))[core].takes;
	uint64_t times[3];

	power_times(shell->console, core, now, times);
	words_column(words, 2);
	words_decimal(words, core);
	words_column(words, 6);
	words_text(words, power_state_name(shell, core));
	for (uint32_t i = 0; i < 3; i++) {
		words_column(words, 14 + 12 * i);
		words_seconds(words, times[i], shell->console->info->counter_hz);
	}
	if (takes->busy != 0) {
		words_column(words, 50);
		words_decimal(words, takes->busy);
		words_put(words, '/');
		words_decimal(words, takes->idle);
		words_put(words, '/');
		words_decimal(words, takes->off);
	}
	words_put(words, '\n');
}

/* Milliwatts times milliseconds are microjoules. */
static uint64_t power_product(const struct console *console, uint64_t ticks, uint32_t milliwatts)
{
	return ticks / console->ms * milliwatts + ticks % console->ms * milliwatts / console->ms;
}

uint64_t power_energy(const struct console *console, uint32_t core, const uint64_t times[3])
{
	const struct bundle_milliwatts *takes = &bundle_cores(tables_bundle(console))[core].takes;

	return power_product(console, times[0], takes->busy) +
	       power_product(console, times[1], takes->idle) +
	       power_product(console, times[2], takes->off);
}

void power_say_energy(const struct console *console, uint64_t microjoules, struct words *words)
{
	if (bundle_cores(tables_bundle(console))->takes.busy == 0)
		return;
	words_text(words, "about ");
	words_seconds(words, microjoules, 1000000);
	words_text(words, " J: an estimate, by what such cores take busy, idle and off\n");
}

static void power_all_energy(const struct shell *shell, uint64_t now, struct words *words)
{
	uint64_t microjoules = 0, times[3];

	for (uint32_t i = 0; i < shell->power.machine.cores; i++) {
		power_times(shell->console, i, now, times);
		microjoules += power_energy(shell->console, i, times);
	}
	power_say_energy(shell->console, microjoules, words);
}

/* By the rule as things are, the policy that was just chosen changes nothing. */
static bool power_is_idle(struct shell *shell)
{
	struct shell_power *own = &shell->power;
	const uint32_t all = (1u << own->machine.cores) - 1;

	if (own->power.policy != POWER_BALANCED && own->power.policy != POWER_POWERSAVE)
		return false;
	power_look_vcpus(shell);
	return power_fewest(&own->machine, &own->look) == all;
}

enum command_result command_power(struct shell *shell, struct words *words, uint64_t now)
{
	struct shell_command *command = &shell->command;
	struct shell_power *own = &shell->power;

	if (command->number < POWER_POLICIES)
		power_change(shell, (uint32_t)command->number, now);
	words_say(words, "power: ", power_policy_name(own->power.policy), "\n");
	if (command->number < POWER_POLICIES) {
		if (power_is_idle(shell))
			words_text(words,
			           "no core can go off as things are: each has the console, a "
			           "real-time vCPU, or one that may run nowhere else\n");
		return COMMAND_DONE;
	}
	words_text(words, "core  now     busy, s     idle        off         mW\n");
	for (uint32_t i = 0; i < own->machine.cores; i++)
		power_line(shell, i, now, words);
	power_all_energy(shell, now, words);
	return COMMAND_DONE;
}
