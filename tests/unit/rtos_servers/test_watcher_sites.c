/*
 * Kernel text that the kernel itself changes, over a Linux in memory (watched_guest.h). At each
 * kind of site the legal words are no finding, and no other word is legal. A mend leaves legal
 * words as they are. Shows: watch.sites.
 */
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <unit/rtos_servers/watcher_world.h>

#define NOP     0xd503201fu
#define BREAK   0xd4200080u
#define CALL    0x94000000u
#define PROBE   0x46000u /* a struct kprobe, and others behind it */
#define PROBED  0x17124u /* a place of text */
#define HEADS   64u
#define DAMAGES 20000u

static const struct watchfacts *const facts = &guest_facts;

static uint32_t word_at(uint32_t place)
{
	return (uint32_t)(guest_load(place & ~7u) >> (place % 8 * 8));
}

static void put(uint32_t place, uint32_t word)
{
	const uint32_t shift = place % 8 * 8;

	guest_store(place & ~7u, (guest_load(place & ~7u) & ~((uint64_t)UINT32_MAX << shift)) |
	                             (uint64_t)word << shift);
}

static uint32_t call(uint32_t from, uint32_t to)
{
	return CALL | ((to - from) / 4 & 0x3ffffff);
}

/*
 * Whether the watcher accepts `word` at a place that had `copy`. If not, it must want the copy
 * back, and no change of the other half.
 */
static bool is_legal(uint32_t place, uint32_t copy, uint32_t word)
{
	const struct guest guest = guest_ready();
	const uint32_t at = place & ~7u, shift = place % 8 * 8;
	const uint64_t other = guest_load(at) & ~((uint64_t)UINT32_MAX << shift);
	const uint64_t was = other | (uint64_t)copy << shift, now = other | (uint64_t)word << shift;
	uint32_t steps = SITES_STEPS;
	const uint64_t right = sites_right(&guest, at, was, now, &steps);

	if (right != now)
		assert_int_equal(right, was);
	return right == now;
}

const struct unit_fixture unit_each = {watcher_set_up, watcher_tear_down};

TEST(test_file_has_its_tables)
{
	struct guest_file file = guest_file;

	assert_true(sites_open(&file.facts, file.facts.size));
	assert_true(sites_open(&file.facts, 2ul * file.facts.size));
	assert_false(sites_open(&file.facts, file.facts.size - 1ul));
	file.facts.traced += 0x40000000;
	assert_false(sites_open(&file.facts, file.facts.size));
	file = guest_file;
	file.facts.tracers = WATCHFACTS_TRACERS + 1;
	assert_false(sites_open(&file.facts, file.facts.size));
}

/* Newer kernels have a tracer's address in front of a traced function. It is one of the kernel's
 * own, and nothing else there may be. */
TEST(test_word_in_front_of_a_traced_function)
{
	const uint32_t ops = 0x28000, behind = 12, place = guest_file.traced[1] - behind;
	struct guest_file file = guest_file;
	struct guest guest = guest_ready();
	const uint64_t copy = guest_load(place), legal = guest_address(&guest, ops);
	uint32_t steps = SITES_STEPS;

	guest.facts = &file.facts;
	file.facts.traced_ops[1] = ops;
	assert_int_equal(sites_right(&guest, place, copy, legal, &steps), copy);
	file.facts.traced_word = behind;
	assert_int_equal(sites_right(&guest, place, copy, legal, &steps), legal);
	assert_int_equal(sites_right(&guest, place, copy, legal + 8, &steps), copy);
	assert_int_equal(sites_right(&guest, place - 8, guest_load(place - 8), legal, &steps),
	                 guest_load(place - 8));
	file.facts.traced_ops[1] = 0;
	assert_int_equal(sites_right(&guest, place, copy, guest_address(&guest, 0), &steps), copy);
}

TEST(test_jump_labels)
{
	for (uint32_t i = 0; i < GUEST_JUMPS; i++) {
		const struct watchfacts_jump jump = guest_file.jump[i];

		assert_true(is_legal(jump.place, NOP, jump.branch));
		assert_true(is_legal(jump.place, jump.branch, NOP));
		assert_false(is_legal(jump.place, NOP, jump.branch + 1));
		assert_false(is_legal(jump.place, NOP, jump.branch | 1u << 31));
		assert_false(is_legal(jump.place + 4, 7, jump.branch));
		assert_false(is_legal(jump.place - 4, 7, NOP));
	}
}

TEST(test_traced_calls)
{
	for (uint32_t i = 0; i < GUEST_TRACED; i++) {
		const uint32_t place = guest_file.traced[i];

		for (uint32_t to = 0; to < 2; to++) {
			const uint32_t word = call(place, facts->trace_caller[to]);

			assert_true(is_legal(place, NOP, word));
			assert_true(is_legal(place, word, NOP));
			assert_false(is_legal(place, NOP, word + 1));
			assert_false(is_legal(place, NOP, word & ~(1u << 31)));
			assert_false(is_legal(place + 4, 7, word));
		}
		assert_false(is_legal(place, NOP, call(place, facts->tracer[0])));
		assert_false(is_legal(place, NOP, call(place, 0)));
	}
}

TEST(test_tracers)
{
	const uint32_t place = facts->trace_call;

	assert_true(is_legal(place, 7, call(place, facts->tracer[0])));
	assert_true(is_legal(place, 7, call(place, facts->tracer[1])));
	assert_false(is_legal(place, 7, call(place, 0)));
	assert_false(is_legal(place, 7, call(place, facts->trace_caller[0])));
	assert_false(is_legal(place, 7, NOP));
}

/* ---- breakpoints ---- */

/*
 * Makes all chains lead to the same probe, so the test needn't know how the kernel chooses among
 * them.
 */
static void chain_all(uint64_t to)
{
	for (uint32_t i = 0; i < HEADS; i++)
		guest_store(facts->probes + 8 * i, to);
}

static void add_probe(uint32_t number, uint32_t place, uint32_t opcode)
{
	const uint32_t probe = PROBE + number * 0x80;

	guest_store(probe + facts->probe_link, number == 0 ? 0 : guest_va(probe - 0x80 + 8));
	guest_store(probe + facts->probe_addr, guest_va(place));
	guest_store(probe + facts->probe_opcode, opcode);
	chain_all(guest_va(probe + facts->probe_link));
}

TEST(test_breakpoints)
{
	const uint32_t word = word_at(PROBED);

	assert_false(is_legal(PROBED, word, BREAK));
	add_probe(0, PROBED, word);
	assert_true(is_legal(PROBED, word, BREAK));
	add_probe(1, PROBED + 8, word);
	add_probe(2, PROBED - 8, word);
	assert_true(is_legal(PROBED, word, BREAK));
	assert_false(is_legal(PROBED, word, BREAK + 0x20)); /* another number */
	assert_false(is_legal(PROBED, word + 1, BREAK));    /* another instruction is saved */
	assert_false(is_legal(PROBED + 4, word, BREAK));
	add_probe(3, facts->text_end, 7); /* a constant is no place for a breakpoint */
	assert_false(is_legal(facts->text_end, 7, BREAK));
	add_probe(4, facts->text_end - 4, 7);
	assert_true(is_legal(facts->text_end - 4, 7, BREAK));
}

TEST(test_a_chain_without_an_end)
{
	const uint32_t word = word_at(PROBED);
	const struct guest guest = guest_ready();
	uint32_t steps = SITES_STEPS;

	add_probe(0, PROBED + 8, word);
	guest_store(PROBE + facts->probe_link, guest_va(PROBE + facts->probe_link));
	assert_int_equal(sites_right(&guest, PROBED & ~7u, guest_load(PROBED & ~7u),
	                             (uint64_t)BREAK << 32, &steps),
	                 guest_load(PROBED & ~7u));
	assert_int_equal(steps, 0);
	chain_all(3);
	assert_false(is_legal(PROBED, word, BREAK));
}

/* A breakpoint from before the baseline may go. */
TEST(test_breakpoint_at_the_baseline)
{
	const struct guest guest = guest_ready();
	const uint64_t word = guest_load(PROBED & ~7u);
	uint32_t steps = SITES_STEPS;

	add_probe(0, PROBED, word_at(PROBED));
	put(PROBED, BREAK);
	assert_int_not_equal(guest_load(PROBED & ~7u), word);
	assert_int_equal(sites_plain(&guest, PROBED & ~7u, guest_load(PROBED & ~7u), &steps), word);
	chain_all(0);
	assert_int_equal(sites_plain(&guest, PROBED & ~7u, guest_load(PROBED & ~7u), &steps),
	                 guest_load(PROBED & ~7u));
}

/* ---- the rule, and its mend ---- */

static void prepare(void)
{
	watcher_climbs("all: mend");
	put(guest_file.jump[1].place, NOP);
	put(guest_file.traced[2], NOP);
}

static void begin_mending(void)
{
	prepare();
	begin();
}

TEST(test_own_changes_are_no_finding)
{
	const uint32_t traced = guest_file.traced[2], jump = guest_file.jump[1].place;

	begin_mending();
	put(traced, call(traced, facts->trace_caller[1]));
	put(jump, guest_file.jump[1].branch);
	add_probe(0, PROBED, word_at(PROBED));
	put(PROBED, BREAK);
	look(20);
	assert_int_equal(told + changed, 0);
}

/* The kernel's own changes beside damage stay, also in the other half of the same word. */
TEST(test_only_damage_is_mended)
{
	const uint32_t traced = guest_file.traced[2], word = word_at(traced + 4);
	const uint32_t own = call(traced, facts->trace_caller[0]);

	begin_mending();
	put(traced, own);
	put(traced + 4, ~word);
	put(PROBED, BREAK);
	look(20);
	assert_int_equal(told, 2);
	assert_int_equal(changed, 2);
	assert_int_equal(word_at(traced), own);
	assert_int_equal(word_at(traced + 4), word);
	assert_int_not_equal(word_at(PROBED), BREAK);
}

/* A breakpoint that isn't in the kernel's table never becomes part of the baseline. In a constant
 * the same bits are a number. */
TEST(test_no_baseline_with_a_breakpoint)
{
	const uint32_t word = word_at(PROBED);
	const uint32_t at = BASELINE_PAGE + PROBED - facts->text;

	prepare();
	put(PROBED, BREAK);
	put(facts->text_end, BREAK);
	look(2 * SETTLE);
	assert_false(watch.watching);
	add_probe(0, PROBED + 8, word);
	guest_store(PROBE + facts->probe_link, guest_va(PROBE + facts->probe_link));
	look(2); /* a chain without an end */
	assert_false(watch.watching);
	add_probe(0, PROBED, word);
	look(1);
	assert_true(watch.watching);
	assert_memory_equal(&kept[at], &word, sizeof(word));
	put(PROBED, word);
	look(20);
	assert_int_equal(told + changed, 0);
}

TEST(test_no_mend_writes_a_breakpoint)
{
	static const uint32_t brk = BREAK;
	const uint32_t word = word_at(PROBED);

	begin_mending();
	memcpy(&kept[BASELINE_PAGE + PROBED - facts->text], &brk, sizeof(brk));
	look(20);
	assert_int_equal(told, 1);
	assert_int_equal(given_up, 1);
	assert_int_equal(why, MEND_UNKNOWN);
	assert_int_equal(changed, 0);
	assert_int_equal(word_at(PROBED), word);
}

/* For any table of breakpoints, a look ends and reads nothing outside. */
TEST(test_damaged_table)
{
	begin_mending();
	for (uint32_t i = 0; i < 64; i++)
		put(PROBED + 8 * i, BREAK);
	watch.ladder.lines = 0;
	for (uint32_t i = 0; i < DAMAGES; i++) {
		guest_store(facts->probes + 8 * ((uint32_t)random() % 0x300),
		            random() % 2 ? guest_va((uint32_t)random() % 0x100000 & ~7u)
		                         : (uint64_t)random() << 32);
		if (i % 64 == 0)
			look(1);
	}
}
