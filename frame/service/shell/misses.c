/*
 * Missed deadlines. This file keeps them in the partition's black box, and puts them into words,
 * together with the contexts that had the core since the period began. The black box keeps the last
 * MISS_EVENTS of them. The latest one is said, at most once in a second. shell.c calls this file in
 * every turn, and `log` calls it.
 */
#include <kumiki/trace.h>
#include <lib/bundle.h>
#include <lib/lifejson.h>
#include <lib/string.h>
#include <shell/shell.h>

#define MISSES_PAUSE_MS 1000
#define MISSES_SHARES   3
#define MISSES_CONTEXTS 64u /* an event's context is a number below this */
#define MISSES_HZ       1000000u

static const struct miss_log *misses_log(const struct console *console, uint8_t partition)
{
	uintptr_t ring = (uintptr_t)console->info->sources[partition].report;

	return &((const struct console_ring *)ring)->misses;
}

/* ---- in words ---- */

static uint64_t misses_us(const struct console *console, uint64_t ticks)
{
	return ticks * MISSES_HZ / console->info->counter_hz;
}

static uint64_t misses_began(const struct console *console, const struct miss *miss)
{
	uint32_t vcpu = miss->vcpu < BUNDLE_VCPUS_MAX ? miss->vcpu : 0;
	uint64_t within = bundle_vcpus(tables_bundle(console))[vcpu].deadline_us;

	return miss->at - within * console->info->counter_hz / MISSES_HZ;
}

/* Adds up how long each context had the core. */
static void misses_shares(const struct miss *miss, uint64_t began, uint64_t shares[MISSES_CONTEXTS])
{
	uint64_t until = miss->time;

	for (uint32_t i = 1; i <= MISS_HISTORY && until > began; i++) {
		uint64_t entry = miss->history[(miss->next - i) % MISS_HISTORY];
		uint64_t since = entry >> 8 > began ? entry >> 8 : began;

		if (until > since)
			shares[entry % MISSES_CONTEXTS] += until - since;
		until = entry >> 8;
	}
}

static void misses_context(const struct console *console, uint32_t context, struct words *words)
{
	uint8_t partition;

	if (context >= BUNDLE_VCPUS_MAX || context >= console->info->vcpu_count) {
		words_text(words, context == TRACE_CONSOLE % MISSES_CONTEXTS ? "the console service"
		                  : context == TRACE_LOADER % MISSES_CONTEXTS  ? "a loader"
		                  : context == TRACE_WARDEN % MISSES_CONTEXTS  ? "the warden"
		                  : context == TRACE_BROKER % MISSES_CONTEXTS  ? "a broker"
		                  : context == TRACE_UPDATER % MISSES_CONTEXTS ? "the updater"
		                                                               : "nobody");
		return;
	}
	partition = (uint8_t)console->info->vcpus[context];
	words_say(words, console->name[partition], ".", NULL);
	words_decimal(words, context - tables_partition(console, partition)->vcpus.first);
}

/* The context that had the core longest. */
static uint32_t misses_most(const uint64_t shares[MISSES_CONTEXTS])
{
	uint32_t most = 0;

	for (uint32_t i = 1; i < MISSES_CONTEXTS; i++)
		if (shares[i] > shares[most])
			most = i;
	return most;
}

void misses_words(const struct console *console, const struct miss *miss, struct words *words)
{
	uint64_t shares[MISSES_CONTEXTS], began = misses_began(console, miss);

	memset(shares, 0, sizeof(shares));
	misses_shares(miss, began, shares);
	misses_context(console, miss->vcpu, words);
	words_text(words, ", ");
	words_decimal(words, misses_us(console, miss->time - began));
	words_text(words, " us after its period began; until then ran");
	for (uint32_t n = 0; n < MISSES_SHARES; n++) {
		const uint32_t most = misses_most(shares);

		if (shares[most] == 0)
			break;
		words_text(words, n == 0 ? " " : ", ");
		misses_context(console, most, words);
		words_text(words, " ");
		words_decimal(words, misses_us(console, shares[most]));
		words_text(words, " us");
		shares[most] = 0;
	}
	words_put(words, '\n');
}

static void misses_tell_context(const struct console *console, uint32_t context, uint64_t ticks,
                                struct json *json)
{
	char text[BUNDLE_NAME_SIZE + 8];
	struct words words = words_in(text, sizeof(text));

	misses_context(console, context, &words);
	json_object(json, NULL);
	json_bytes(json, "who", text, words.size);
	json_number(json, "ran_us", misses_us(console, ticks));
	json_end(json);
}

void misses_tell(const struct console *console, const struct miss *miss, struct json *json)
{
	uint64_t shares[MISSES_CONTEXTS], began = misses_began(console, miss);

	memset(shares, 0, sizeof(shares));
	misses_shares(miss, began, shares);
	json_object(json, NULL);
	json_number(json, "time_us", lifejson_us(miss->time, console->info->counter_hz));
	if (miss->vcpu < console->info->vcpu_count)
		json_number(json, "vcpu",
		            miss->vcpu -
		                tables_partition(console, (uint8_t)console->info->vcpus[miss->vcpu])
		                    ->vcpus.first);
	json_number(json, "after_us", misses_us(console, miss->time - began));
	json_array(json, "meanwhile");
	for (uint32_t n = 0; n < MISSES_SHARES; n++) {
		const uint32_t most = misses_most(shares);

		if (shares[most] == 0)
			break;
		misses_tell_context(console, most, shares[most], json);
		shares[most] = 0;
	}
	json_end(json);
	json_end(json);
}

/* ---- when they come ---- */

/* Keeps a miss, unless the core has begun to overwrite its record. */
static void misses_keep(struct blackbox *box, const struct miss *miss, uint32_t number)
{
	struct miss *kept = &box->misses.misses[number % MISS_EVENTS];

	kept->number = 0;
	if (__atomic_load_n(&miss->number, __ATOMIC_ACQUIRE) == number + 1) {
		memcpy(kept, miss, sizeof(*kept));
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (__atomic_load_n(&miss->number, __ATOMIC_RELAXED) != number + 1)
			kept->number = 0;
	}
}

static void misses_record(const struct console *console, uint8_t partition)
{
	const struct miss_log *log = misses_log(console, partition);
	struct blackbox *box = blackbox_of(console, partition);
	uint32_t next = __atomic_load_n(&log->next, __ATOMIC_ACQUIRE), at = box->misses.next;

	if (next - at > MISS_EVENTS)
		at = next - MISS_EVENTS;
	for (; at != next; at++)
		misses_keep(box, &log->misses[at % MISS_EVENTS], at);
	box->misses.next = next;
}

static bool misses_say(struct shell *shell, uint8_t partition)
{
	const struct miss_log *log = &blackbox_of(shell->console, partition)->misses;
	const struct miss *miss = &log->misses[(log->next - 1) % MISS_EVENTS];
	struct words words = words_in(shell->words, sizeof(shell->words));

	if (miss->number != log->next)
		return false;
	words_text(&words, "missed deadline of ");
	misses_words(shell->console, miss, &words);
	say_words(shell->console, &words);
	return true;
}

/* When the partition's latest miss may be said. UINT64_MAX: there is none to say. */
static uint64_t misses_due(const struct shell *shell, uint8_t partition)
{
	const struct shell_misses *misses = &shell->misses[partition];

	if (blackbox_of(shell->console, partition)->misses.next == misses->said)
		return UINT64_MAX;
	return misses->said == 0 ? 0 : misses->time + MISSES_PAUSE_MS * shell->console->ms;
}

bool misses_look(struct shell *shell, uint64_t now)
{
	bool said = false;

	for (uint8_t i = 0; i < shell->console->partitions; i++) {
		struct shell_misses *misses = &shell->misses[i];

		misses_record(shell->console, i);
		if (misses_due(shell, i) > now)
			continue;
		misses->said = blackbox_of(shell->console, i)->misses.next;
		misses->time = now;
		said |= misses_say(shell, i);
	}
	return said;
}

uint64_t misses_deadline(const struct shell *shell)
{
	uint64_t deadline = UINT64_MAX;

	for (uint8_t i = 0; i < shell->console->partitions; i++) {
		uint64_t due = misses_due(shell, i);

		deadline = due < deadline ? due : deadline;
	}
	return deadline;
}
