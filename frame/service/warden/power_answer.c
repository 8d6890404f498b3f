/* `power`: shows the policy that holds, and each core's state and energy. It can also order a
 * policy; power.c follows it. */
#include <lib/bundle.h>
#include <lib/powerwords.h>
#include <service/accounts.h>
#include <service/energy.h>
#include <warden/warden.h>

static const char *power_state_name(const struct warden *warden, uint32_t core)
{
	static const char *const names[] = {
	    [POWER_OPEN] = "on",      [POWER_CLOSED] = "alone", [POWER_LEAVING] = "leaves",
	    [POWER_GOING] = "leaves", [POWER_DARK] = "off",     [POWER_COMING] = "comes"};

	return names[warden->power.power.core[core].state];
}

/* A core's ticks since the machine began: busy, idle, off. False: the busy ticks contain idle ones
 * that nobody saw. */
static bool power_times(const struct warden *warden, uint32_t core, uint64_t now, uint64_t times[3])
{
	struct core_account account = accounts_core(warden->accounts, core);

	times[1] = account.idle;
	times[2] = account.off;
	times[0] = now > account.idle + account.off ? now - account.idle - account.off : 0;
	return account.unseen == 0;
}

static void power_line(const struct warden *warden, uint32_t core, uint64_t now,
                       struct words *words)
{
	const struct bundle_milliwatts *takes = &bundle_cores(warden->bundle)[core].takes;
	uint64_t times[3];
	bool seen = power_times(warden, core, now, times);

	words_column(words, 2);
	words_decimal(words, core);
	words_column(words, 6);
	words_text(words, power_state_name(warden, core));
	for (uint32_t i = 0; i < 3; i++) {
		words_column(words, 14 + 12 * i);
		if (i == 1 && !seen)
			words_text(words, ENERGY_NOT_SEEN);
		else
			words_seconds(words, times[i], warden->info->counter_hz);
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

static void power_all_energy(const struct warden *warden, uint64_t now, struct words *words)
{
	uint64_t microjoules = 0, times[3];
	bool seen = true;

	for (uint32_t i = 0; i < warden->power.machine.cores; i++) {
		seen &= power_times(warden, i, now, times);
		microjoules += energy_of(&bundle_cores(warden->bundle)[i], warden->ms, times);
	}
	energy_say(warden->bundle, microjoules, !seen, words);
}

/* Whether the policy that was just chosen changes nothing, as no core could go off. */
static bool power_is_idle(struct warden *warden)
{
	struct warden_power *own = &warden->power;
	const uint32_t all = (1u << own->machine.cores) - 1;

	if (own->power.policy != POWER_BALANCED && own->power.policy != POWER_POWERSAVE)
		return false;
	power_look_vcpus(warden);
	return power_fewest(&own->machine, &own->look) == all;
}

enum warden_result power_answer(struct warden *warden, struct words *words, uint64_t now)
{
	const uint32_t policy = warden->asked.value;
	struct warden_power *own = &warden->power;

	if (policy < POWER_POLICIES)
		power_change(warden, policy, now);
	words_say(words, "power: ", power_policy_name(own->power.policy), "\n");
	if (policy < POWER_POLICIES) {
		if (power_is_idle(warden))
			words_text(words,
			           "no core can go off as things are: each has the console, a "
			           "real-time vCPU, or a vCPU that may run nowhere else\n");
		return WARDEN_DONE;
	}
	words_text(words, "core  now     busy, s     idle        off         mW\n");
	for (uint32_t i = 0; i < own->machine.cores; i++)
		power_line(warden, i, now, words);
	power_all_energy(warden, now, words);
	return WARDEN_DONE;
}
