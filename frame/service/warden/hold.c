/*
 * `cores` and `give`, for cores that may go from one partition to another (docs/power.md). `give`
 * says why a core can't go, or asks the frame, watches the core's record, and says the result.
 */
#include <kumiki/hold.h>
#include <kumiki/life.h>
#include <lib/bundle.h>
#include <lib/holdwords.h>
#include <service/accounts.h>
#include <service/call.h>
#include <service/names.h>
#include <warden/warden.h>

#define HOLD_LOOK_MS 5u /* between two looks at the record */

static const struct bundle_core *hold_config(const struct warden *warden, uint32_t core)
{
	return &bundle_cores(warden->bundle)[core];
}

/* ---- cores ---- */

/* The partitions that may run on a core which never moves. */
static uint32_t hold_residents(const struct warden *warden, uint32_t core)
{
	uint32_t partitions = 0;

	for (uint8_t p = 0; p < warden->partitions; p++) {
		const struct bundle_range range = warden_partition(warden, p)->vcpus;

		for (uint32_t i = 0; i < range.count; i++)
			if (bundle_vcpus(warden->bundle)[range.first + i].cores >> core & 1)
				partitions |= 1u << p;
	}
	return partitions;
}

static void hold_line(const struct warden *warden, struct words *words, uint32_t core, uint64_t now)
{
	const struct bundle_core *config = hold_config(warden, core);
	const uint64_t record = accounts_hold(warden->accounts, core);
	const uint32_t holder = HOLD_HOLDER(record);

	names_core(words, core, ":");
	if (!config->holders) {
		names_say(warden->bundle, hold_residents(warden, core), words);
	} else {
		words_say(words, " ", names_holder(warden->bundle, holder), "; may be that of");
		names_say(warden->bundle, config->holders & ~(1u << holder), words);
	}
	if (config->holders && hold_is_asked(record, now))
		words_say(words, "; asked for ", names_holder(warden->bundle, HOLD_WANTED(record)),
		          NULL);
	words_put(words, '\n');
}

enum warden_result hold_answer_cores(struct warden *warden, struct words *words, uint64_t now)
{
	if (warden->asked.value != WARDEN_AS_IT_IS)
		shift_switch(warden, warden->asked.value == WARDEN_BY_HAND);
	for (uint32_t i = 0; i < warden->cores; i++)
		hold_line(warden, words, i, now);
	shift_words(warden, words);
	return WARDEN_DONE;
}

/* ---- give ---- */

/* Writes that a partition keeps the core, as in "linux keeps core 2", then `why`. */
static enum warden_result hold_kept(const struct warden *warden, struct words *words,
                                    uint64_t record, const char *why)
{
	words_say(words, names_holder(warden->bundle, HOLD_HOLDER(record)), " keeps ", NULL);
	names_core(words, warden->asked.core, why);
	return WARDEN_FAILED;
}

static enum warden_result hold_given(const struct warden *warden, struct words *words,
                                     const char *text)
{
	names_core(words, warden->asked.core, text);
	words_say(words, names_holder(warden->bundle, warden->asked.partition), "\n", NULL);
	return WARDEN_DONE;
}

/* If the core can't be given, says why. False: it can be given. */
static bool hold_refused(const struct warden *warden, struct words *words)
{
	const struct warden_asked *asked = &warden->asked;
	const struct bundle_core *core;

	if (asked->core >= warden->cores) {
		words_text(words, "there is no such core; the last one is ");
		words_decimal(words, warden->cores - 1);
		words_put(words, '\n');
		return true;
	}
	core = hold_config(warden, asked->core);
	if (bundle_may_hold(core, asked->partition))
		return false;
	words_say(words, names_holder(warden->bundle, asked->partition), " may not hold ", NULL);
	names_core(words, asked->core,
	           core->holders ? "; allowed:"
	                         : ", which never moves; 'cores' shows the cores that do");
	names_say(warden->bundle, core->holders, words);
	words_put(words, '\n');
	return true;
}

static enum warden_result hold_begin(struct warden *warden, struct words *words, uint64_t now)
{
	struct warden_asked *asked = &warden->asked;
	const uint64_t wait = asked->value * 1000ull * warden->ms;
	int64_t number;

	if (hold_refused(warden, words))
		return WARDEN_FAILED;
	if (HOLD_HOLDER(accounts_hold(warden->accounts, asked->core)) == asked->partition)
		return hold_given(warden, words, " is there already: held by ");
	number = service_hold(asked->core, asked->partition, wait >> HOLD_TICK_SHIFT);
	if (number < 0) {
		names_core(words, asked->core, ": the frame refuses\n");
		return WARDEN_FAILED;
	}
	asked->hold = (uint32_t)number;
	asked->end = now + wait;
	return WARDEN_WAITS;
}

/* Another request has taken the place of this one. */
static enum warden_result hold_replaced(const struct warden *warden, struct words *words,
                                        uint64_t record, uint64_t now)
{
	enum warden_result result = hold_kept(warden, words, record, hold_stays_words(record, now));

	words_put(words, '\n');
	return result;
}

/* The time is over: withdraws the request, so that the core doesn't come later. The core may have
 * come just now. If somebody else has made a newer request, that one stays. */
static enum warden_result hold_late(struct warden *warden, struct words *words, uint64_t now)
{
	const uint32_t core = warden->asked.core;
	const bool last = service_hold(core, HOLD_WITHDRAW, warden->asked.hold) >= 0;
	const uint64_t record = accounts_hold(warden->accounts, core);

	if (HOLD_HOLDER(record) == warden->asked.partition)
		return hold_given(warden, words, " is held by ");
	if (!last)
		return hold_replaced(warden, words, record, now);
	return hold_kept(warden, words, record, HOLD_LATE_WORDS "\n");
}

/* Whether the new holder's CPU on this core is on, or needn't be. */
static bool hold_works(const struct warden *warden)
{
	const struct warden_asked *asked = &warden->asked;
	struct bundle_range range;

	if (asked->partition == HOLD_NOBODY ||
	    warden_life(warden, asked->partition) != LIFE_RUNNING)
		return true;
	range = warden_partition(warden, asked->partition)->vcpus;
	for (uint32_t i = range.first; i < range.first + range.count; i++)
		if (bundle_vcpus(warden->bundle)[i].cores == 1u << asked->core)
			return accounts_vcpu(warden->accounts, i).state != ACCOUNT_OFF;
	return true;
}

/* The core has come. The warden says so only when the holder's CPU on it is on. Otherwise the
 * operator's next request could take the core away while the CPU is still on its way; a Linux then
 * complains of a CPU that doesn't start. */
static enum warden_result hold_settled(const struct warden *warden, struct words *words,
                                       uint64_t now)
{
	if (hold_works(warden))
		return hold_given(warden, words, " is held by ");
	if (now < warden->asked.end)
		return WARDEN_WAITS;
	names_core(words, warden->asked.core, " is held by ");
	words_say(words, names_holder(warden->bundle, warden->asked.partition),
	          ", whose CPU there is still off\n", NULL);
	return WARDEN_DONE;
}

static enum warden_result hold_watch(struct warden *warden, struct words *words, uint64_t now)
{
	struct warden_asked *asked = &warden->asked;
	const uint64_t record = accounts_hold(warden->accounts, asked->core);

	if (HOLD_HOLDER(record) == asked->partition)
		return hold_settled(warden, words, now);
	if (HOLD_NUMBER(record) != asked->hold)
		return hold_replaced(warden, words, record, now);
	if (now >= asked->end)
		return hold_late(warden, words, now);
	return WARDEN_WAITS;
}

enum warden_result hold_answer_give(struct warden *warden, struct words *words, uint64_t now)
{
	struct warden_asked *asked = &warden->asked;

	asked->look = now + HOLD_LOOK_MS * warden->ms;
	return asked->end == 0 ? hold_begin(warden, words, now) : hold_watch(warden, words, now);
}
