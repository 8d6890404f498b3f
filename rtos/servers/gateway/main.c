/*
 * The security gateway (docs/gateway.md). It passes frames between two network cards by rules, and
 * logs who talked to whom. Its first thread passes frames. For each card another thread waits for
 * frames, and one thread works on the files (ledger.h). Flows, the rules that hold, and records
 * that aren't in the log yet lie in kept memory: a crash costs a moment.
 */
#include "flows.h"
#include "known.h"
#include "ledger.h"
#include "side.h"
#include <lib/sha256.h>
#include <rtos/clock.h>
#include <rtos/keep.h>
#include <rtos/probe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAIN_BATCH 32                    /* frames of one side before the other side's turn */
#define MAIN_CARDS 0x60000000ULL         /* where the first driver's memory is mapped */
#define MAIN_CARD  0x1000000ULL          /* bytes from one driver's memory to the next */
#define MAIN_MAGIC 0x3259415745544147ULL /* "GATEWAY2": the program wrote kept memory before */
#define MAIN_RULES 1                     /* version of the rules in kept memory */
#define MAIN_PAUSE 100                   /* milliseconds between two looks for the first rules */

enum main_side { MAIN_INSIDE, MAIN_OUTSIDE, MAIN_SIDES };

static const char *const main_names[MAIN_SIDES] = {"inside", "outside"};

struct main_kept {
	uint64_t magic;
	struct flows flows;
	struct pending pending;
	uint32_t rules_due; /* other rules hold, and no record tells that yet */
};

static struct side main_side[MAIN_SIDES];
static struct ledger_rules main_offered;
static struct rules main_rules;
static struct keep main_rules_kept;
static bool main_has_rules, main_begin_due;
static struct main_kept *main_kept;
static rtos_handle_t main_came;
static rtos_handle_t main_offer; /* the port at which it is asked for a probe; 0: it has none */

static _Noreturn void main_fail(const char *where, const char *what)
{
	fprintf(stderr, "gateway: %s: %s\n", where, what);
	exit(1);
}

static uint64_t main_now(void)
{
	return clock_nanoseconds(sys_now(), sys_hertz());
}

/* ---- frames ---- */

static void main_pass(enum main_side from, uint64_t now)
{
	static uint8_t bytes[NIC_FRAME];
	const bool outward = from == MAIN_INSIDE;
	struct frame frame;
	size_t size;

	for (int i = 0; i < MAIN_BATCH && (size = side_take(&main_side[from], bytes)) != 0; i++) {
		frame_understand(&frame, bytes, size);
		if (flows_pass(&main_kept->flows, &main_rules, &main_kept->pending, &frame, outward,
		               size, now))
			side_put(&main_side[1 - from], bytes, size);
	}
}

/* ---- rules ---- */

/* Puts a record. False: there is no room for it now. */
static bool main_log(enum gatelog_kind kind, uint16_t rule, uint64_t number)
{
	const uint64_t now = main_now();
	const struct gatelog_record record = {.magic = GATELOG_MAGIC,
	                                      .kind = (uint8_t)kind,
	                                      .from = now,
	                                      .until = now,
	                                      .rule = rule,
	                                      .frames = {number}};

	if (!pending_has_room(&main_kept->pending))
		return false;
	pending_put(&main_kept->pending, &record);
	return true;
}

/* Logs what has to be in the log, as soon as there is room. */
static void main_log_due(void)
{
	if (main_begin_due)
		main_begin_due = !main_log(GATELOG_BEGIN, 0, ledger_starts());
	if (!main_begin_due && main_kept->rules_due != 0 &&
	    main_log(GATELOG_RULES, (uint16_t)main_rules.count, 0))
		main_kept->rules_due = 0;
}

static void main_take_rules(void)
{
	if (__atomic_load_n(&main_offered.offered, __ATOMIC_ACQUIRE) == main_offered.taken)
		return;
	main_rules = main_offered.rules;
	keep_write(&main_rules_kept, &main_rules);
	main_has_rules = true;
	flows_rules_changed(&main_kept->flows);
	main_kept->rules_due = 1;
	__atomic_store_n(&main_offered.taken, main_offered.taken + 1, __ATOMIC_RELEASE);
}

/* ---- start ---- */

/* A secret that senders of frames don't know, since it comes from the log's key. */
static uint64_t main_secret(const uint8_t *key)
{
	uint8_t sum[SHA256_SIZE];
	struct sha256 hash;
	uint64_t secret;

	sha256_begin(&hash);
	sha256_add(&hash, "flows", 5);
	sha256_add(&hash, key, GATELOG_KEY);
	sha256_end(&hash, sum);
	memcpy(&secret, sum, sizeof(secret));
	return secret;
}

/* Opens the kept memory, or clears it if it isn't this program's. Behind struct main_kept lie the
 * rules, then the head of the log. */
static void main_begin_kept(void)
{
	const struct rtos_given *keep = sys_given(RTOS_GIVEN_KEEP, NULL, 0);
	const struct rtos_given *key = sys_given(RTOS_GIVEN_WINDOW, "key", 0);
	const size_t rules = keep_area(sizeof(main_rules));
	const char *wrong;

	if (!keep || keep->size < sizeof(*main_kept) + rules + ledger_area())
		main_fail("kumiki,keep", "is missing or too small");
	if (!key || key->size < GATELOG_KEY)
		main_fail("its window key", "is missing: a file of 32 bytes");
	main_kept = (struct main_kept *)keep->address;
	if (main_kept->magic != MAIN_MAGIC || !pending_is_possible(&main_kept->pending))
		memset(main_kept, 0, sizeof(*main_kept));
	main_kept->magic = MAIN_MAGIC;
	flows_begin(&main_kept->flows, &main_kept->pending,
	            main_secret((const uint8_t *)key->address));
	main_has_rules = keep_open(&main_rules_kept, main_kept + 1, &main_rules, sizeof(main_rules),
	                           MAIN_RULES) == KEEP_FOUND &&
	                 main_rules.count <= RULES_MOST;
	wrong = ledger_begin((uint8_t *)(main_kept + 1) + rules, (const uint8_t *)key->address,
	                     &main_kept->pending, &main_offered);
	if (wrong)
		main_fail("its start", wrong);
	main_begin_due = true;
}

static rtos_handle_t main_given_offer(void)
{
	const struct rtos_given *offer = sys_given(RTOS_GIVEN_OFFER, NULL, 0);

	return offer ? offer->handle : 0;
}

static void main_begin_offer(void)
{
	main_offer = main_given_offer();
	if (main_offer != 0)
		(void)sys_do(RTOS_THREAD_BIND, main_came, 0, 0, 0, 0, 0, NULL);
}

static void main_begin(void)
{
	uint64_t came = 0;

	if (sys_do(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0, &came) != RTOS_OK)
		main_fail("its start", "it has no memory for a notification");
	main_came = (rtos_handle_t)came;
	main_begin_kept();
	for (uint32_t i = 0; i < MAIN_SIDES; i++) {
		const char *wrong =
		    side_begin(&main_side[i], main_names[i], main_came, MAIN_CARDS + i * MAIN_CARD);

		if (wrong)
			main_fail(main_names[i], wrong);
	}
	main_begin_offer();
}

/* ---- probes ---- */

static bool main_is_sound(void)
{
	const struct rtos_given *keep = sys_given(RTOS_GIVEN_KEEP, NULL, 0);
	const struct rtos_given *key = sys_given(RTOS_GIVEN_WINDOW, "key", 0);
	bool sound =
	    main_kept == (void *)keep->address && main_kept->magic == MAIN_MAGIC &&
	    pending_is_possible(&main_kept->pending) &&
	    flows_are_sound(&main_kept->flows, main_secret((const uint8_t *)key->address)) &&
	    main_offer == main_given_offer();

	if (main_has_rules)
		sound = sound && keep_holds(&main_rules_kept, &main_rules);
	for (uint32_t i = 0; i < MAIN_SIDES; i++)
		sound = sound && side_is_sound(&main_side[i]) && main_side[i].came == main_came;
	return sound;
}

/* Answers whoever calls: the port is for probes alone. */
static void main_probe(struct sys_message *message)
{
	if (!main_is_sound())
		probe_answer(message, PROBE_UNSOUND);
	else
		probe_answer(message, known_is_answered() ? PROBE_RIGHT : PROBE_WRONG);
	(void)sys_reply(message);
}

/* Waits for frames or a probe. */
static void main_rest(uint64_t until)
{
	struct sys_message message = {.identity = 0};

	if (main_offer == 0)
		(void)sys_wait(main_came, until);
	else if (sys_reply_wait(main_offer, &message, until) == RTOS_OK)
		main_probe(&message);
}

/* Waits until there are rules and the log was looked at. Meanwhile frames wait in the drivers. The
 * ledger's thread reads the rules first. So if it has read the log and no rules have come, the disk
 * has none. */
static void main_wait(uint64_t *beat)
{
	bool told = false;

	while (!main_has_rules || !ledger_has_looked()) {
		const bool looked = ledger_has_looked();

		main_take_rules();
		main_log_due();
		if (looked && !main_has_rules && !told) {
			fprintf(stderr, "gateway: /disk/gateway.rules: there are no rules yet, so "
			                "nothing passes; write them there\n");
			told = true;
		}
		sys_beat_when_due(beat);
		main_rest(sys_now() + sys_ticks(MAIN_PAUSE));
	}
}

/* ---- the loop ---- */

/* Passes frames of both sides. True: there are more. */
static bool main_pass_all(uint64_t now)
{
	bool more = false;

	for (uint32_t i = 0; i < MAIN_SIDES; i++) {
		side_woken(&main_side[i]);
		main_pass((enum main_side)i, now);
	}
	for (uint32_t i = 0; i < MAIN_SIDES; i++)
		more |= side_flush(&main_side[i]);
	for (uint32_t i = 0; i < MAIN_SIDES && !more; i++)
		side_rest(&main_side[i]);
	return more;
}

/* Counts lost frames. What a side dropped had come in there; what it had no room for had come from
 * the other side. */
static void main_count_lost(uint64_t now)
{
	for (uint32_t i = 0; i < MAIN_SIDES; i++) {
		const uint64_t lost = main_side[i].dropped + main_side[1 - i].lost;

		if (lost != 0)
			flows_lose(&main_kept->flows, i == MAIN_INSIDE, lost, now);
		main_side[i].dropped = main_side[1 - i].lost = 0;
	}
}

/* Even a flood of frames leaves time for the other threads. */
int main(void)
{
	uint64_t second, beat = 0;
	bool more = true; /* frames may have come before the rules */

	main_begin();
	sys_well();
	main_wait(&beat);
	second = sys_now() + sys_ticks(1000);
	for (;;) {
		uint64_t now;

		if (more)
			(void)sys_do(RTOS_YIELD, 0, 0, 0, 0, 0, 0, NULL);
		main_rest(more ? SYS_AT_ONCE : second);
		sys_beat_when_due(&beat);
		main_take_rules();
		main_log_due();
		now = main_now();
		more = main_pass_all(now);
		if ((int64_t)(sys_now() - second) >= 0) {
			second += sys_ticks(1000);
			main_count_lost(now);
			flows_tick(&main_kept->flows, &main_kept->pending, now);
		}
	}
}
