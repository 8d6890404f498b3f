/*
 * The text of modules. The watcher sums it when it sees a module first, and tells each change that
 * isn't the kernel's own. It ends each look for any words of the modules. The guest is
 * watched_guest.h's, with two modules in a free part of its image.
 * Shows: watch.modules.
 */
#include <servers/watcher/ladder.h>
#include <servers/watcher/mend.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <unit/rtos_servers/watched_guest.h>

#define HEAD    0x46000u
#define MODULE  0x48000u /* the first module's structure; the second one's is behind */
#define STEP    0x1000u
#define JUMPS   0x4c000u
#define CALLS   0x4d000u
#define TEXT    0x50000u
#define SIZE    0x2000u
#define PLACE   (TEXT + 0x1100u) /* a word without legal changes */
#define LABEL   (TEXT + 0x204u)
#define TARGET  (TEXT + 0x300u)
#define TRACED  (TEXT + 0x408u)
#define NOP     0xd503201fu
#define BRANCH  (0x14000000u | (TARGET - LABEL) / 4)
#define CALL(t) (0x94000000u | (((t)-TRACED) / 4 & 0x3ffffffu))
#define BREAK   0xd4200080u
#define DAMAGES 20000u
/* Free memory behind the image. */
#define ZEROS      0x100000u
#define LARGE      0x180000u
#define LARGE_SIZE 0x80000u

static struct modules modules;
static uint32_t copies[MODULES_COPIES][MODULES_WORDS];
static struct findings findings;
static struct watchfacts facts;
static struct guest guest;
static struct guestcache cache;
static uint32_t told, gone;
static struct finding last;
static uint64_t reads;       /* walks of page tables; without a cache each read has one */
static uint64_t reads_until; /* at the read of this address a label becomes its branch */

static void tell(const struct finding *finding, bool is_gone)
{
	told += !is_gone;
	gone += is_gone;
	last = *finding;
}

static void store_half(uint32_t place, uint32_t value)
{
	const uint64_t word = guest_load(place & ~7u), shift = place % 8 * 8;

	guest_store(place & ~7u,
	            (word & ~(UINT64_C(0xffffffff) << shift)) | (uint64_t)value << shift);
}

bool __real_guestwalk_translate(const struct guestwalk *walk, uint64_t va, uint64_t *at);
bool __wrap_guestwalk_translate(const struct guestwalk *walk, uint64_t va, uint64_t *at);

bool __wrap_guestwalk_translate(const struct guestwalk *walk, uint64_t va, uint64_t *at)
{
	reads++;
	if (va == reads_until) {
		reads_until = 0;
		store_half(LABEL, BRANCH);
	}
	return __real_guestwalk_translate(walk, va, at);
}

static void build_module(uint32_t number, uint32_t next, uint32_t prev)
{
	const uint32_t module = MODULE + number * STEP;

	guest_store(module + facts.module_list, guest_va(next));
	guest_store(module + facts.module_list + 8, guest_va(prev));
	guest_store(module + facts.module_state, 0);
	guest_store(module + facts.module_name, 0x656e6fu + number); /* "one" */
	guest_store(module + facts.module_base, guest_va(TEXT + number * SIZE));
	store_half(module + facts.module_text_size, SIZE);
	guest_store(module + facts.module_jumps, guest_va(JUMPS));
	store_half(module + facts.module_jump_count, number == 0);
	guest_store(module + facts.module_calls, guest_va(CALLS));
	store_half(module + facts.module_call_count, number == 0);
}

static void set_up(void)
{
	guest_build();
	memset(&findings, 0, sizeof(findings));
	told = gone = 0;
	reads_until = 0;
	facts = guest_facts;
	facts.modules = HEAD;
	facts.module_list = 8;
	facts.module_state = 24;
	facts.module_name = 32;
	facts.module_base = 96;
	facts.module_text_size = 108;
	facts.module_jumps = 112;
	facts.module_jump_count = 120;
	facts.module_calls = 128;
	facts.module_call_count = 136;
	guest = guest_ready();
	guest.facts = &facts;
	guest.cache = &cache;
	findings.tell = tell;
	findings.sure = FINDINGS_LOOKS;
	for (uint32_t at = TEXT; at < TEXT + 2 * SIZE; at += 8)
		guest_store(at, at * UINT64_C(0x9e3779b97f4a7c15));
	store_half(LABEL, NOP);
	store_half(TRACED, NOP);
	guest_store(JUMPS, (uint64_t)(TARGET - (JUMPS + 4)) << 32 | (LABEL - JUMPS));
	guest_store(CALLS, guest_va(TRACED - 4));
	build_module(0, MODULE + STEP + facts.module_list, HEAD);
	build_module(1, HEAD, MODULE + facts.module_list);
	guest_store(HEAD, guest_va(MODULE + facts.module_list));
	guest_store(HEAD + 8, guest_va(MODULE + STEP + facts.module_list));
	modules_open(&modules, 1, copies);
}

static void tear_down(void)
{
	guest_free();
}

const struct unit_fixture unit_each = {set_up, tear_down};

static bool look(uint32_t times)
{
	bool good = true;

	for (uint32_t i = 0; i < times; i++) {
		guest_forget(&guest);
		good = modules_look(&modules, &guest, 4, &findings);
	}
	return good;
}

static void expect(uint32_t place, uint32_t word, bool legal)
{
	const uint64_t was = guest_load(place & ~7u);

	told = gone = 0;
	store_half(place, word);
	assert_true(look(5));
	assert_int_equal(told, !legal);
	guest_store(place & ~7u, was);
	assert_true(look(1));
	assert_int_equal(gone, !legal);
}

TEST(test_change_is_told)
{
	assert_true(look(10));
	assert_int_equal(modules.count, 2);
	assert_int_equal(modules.pages, 2 * SIZE / 4096);
	assert_int_equal(told, 0);
	expect(PLACE, NOP, false);
	assert_int_equal(last.kind, FINDING_MODULE);
	assert_int_equal(last.where, guest_va(PLACE & ~0xfffu));
	assert_string_equal(last.name, "one");
	expect(TEXT + SIZE, NOP, false); /* the second one's first word */
	expect(TEXT + 2 * SIZE - 4, NOP, false);
	expect(TEXT + 2 * SIZE, NOP, true); /* behind the second module's text */
}

/* A list of modules that may be loaded has only the first module, with the size of its text. */
TEST(test_module_that_is_not_in_the_list_is_told)
{
	static struct {
		struct watchmodules file;
		struct watchmodules_module module;
	} list = {.file = {.count = 1}, .module = {.name = "one"}};
	const struct approve allowed = {.file = &list.file};

	list.module.part[WATCHMODULES_CORE].code = SIZE;
	modules.allowed = &allowed;
	assert_true(look(5));
	assert_int_equal(told, 1);
	assert_int_equal(last.kind, FINDING_UNLISTED);
	assert_int_equal(last.where, guest_va(TEXT + SIZE));
	list.module.part[WATCHMODULES_CORE].code = SIZE / 2;
	assert_true(look(5));
	assert_int_equal(told, 2);
	assert_string_equal(last.name, "one");
	modules.allowed = NULL;
	assert_true(look(1));
	assert_int_equal(gone, 2);
}

static void look_at(uint64_t now)
{
	guest.now = now;
	assert_true(look(1));
}

/* No page of a module that isn't in the list is compared. */
TEST(test_age_of_a_change)
{
	for (uint64_t now = 100; now <= 300; now += 100)
		look_at(now);
	guest_store(HEAD, guest_va(MODULE + STEP + facts.module_list));
	store_half(PLACE, NOP);
	look_at(400);
	guest_store(HEAD, guest_va(MODULE + facts.module_list));
	for (uint64_t now = 500; now <= 700; now += 100)
		look_at(now);
	assert_int_equal(told, 1);
	assert_int_equal(last.well, 300);
}

/*
 * The first bit, the last bit or all bits of many words change at once: no sum can be the same by
 * chance.
 */
TEST(test_same_change_of_words_is_told)
{
	const uint64_t change[] = {1, UINT64_C(1) << 31, UINT64_C(1) << 63, UINT64_MAX};

	assert_true(look(1));
	for (uint32_t i = 0; i < sizeof(change) / sizeof(change[0]); i++)
		for (uint32_t words = 2; words <= 512; words *= 2) {
			told = 0;
			for (uint32_t k = 0; k < words; k++)
				guest_store(TEXT + SIZE + 8 * k,
				            guest_load(TEXT + SIZE + 8 * k) ^ change[i]);
			assert_true(look(5));
			assert_int_equal(told, 1);
			for (uint32_t k = 0; k < words; k++)
				guest_store(TEXT + SIZE + 8 * k,
				            guest_load(TEXT + SIZE + 8 * k) ^ change[i]);
			assert_true(look(1));
		}
}

TEST(test_own_changes_are_no_finding)
{
	assert_true(look(1));
	expect(LABEL, BRANCH, true);
	expect(LABEL, BRANCH + 1, false);
	expect(LABEL, 0x94000000u | (BRANCH & 0xffff), false);
	expect(TRACED, CALL(facts.trace_caller[0]), true);
	expect(TRACED, CALL(TEXT + 0x1800), true); /* the module's own way to the caller */
	expect(TRACED, CALL(facts.text), false);
	expect(TRACED, BREAK, false);
	expect(LABEL, BRANCH, true);
}

/* A legal and an illegal change are in the same page. */
TEST(test_own_change_hides_no_other)
{
	assert_true(look(1));
	store_half(LABEL, BRANCH);
	assert_true(look(5));
	assert_int_equal(told, 0);
	expect(LABEL + 8, NOP, false);
	store_half(LABEL, NOP);
	assert_true(look(5));
	assert_int_equal(told, 1);
}

/* ---- mends ---- */

static uint32_t asked;

/* The frame makes all changes. */
static uint32_t ask(const struct mend *mend)
{
	asked++;
	for (uint32_t i = 0; i < mend->count; i++) {
		const struct watch_change *change = &mend->change[i];
		uint64_t *word = (uint64_t *)(void *)(guest_ram + (change->address - GUEST_IPA));

		assert_int_equal((*word ^ change->expected) & change->mask, 0);
		*word = (*word & ~change->mask) | (change->value & change->mask);
	}
	return WATCH_MEND_DONE;
}

static enum mend_result given_up;

static void tell_mended(const struct finding *finding, enum mend_result why)
{
	(void)finding;
	given_up = why;
}

static void mend(void)
{
	const struct mender mender = {.ask = ask, .tell = tell_mended};

	asked = 0;
	given_up = MEND_DONE;
	for (uint32_t i = 0; i < FINDINGS_MAX; i++)
		findings.entry[i].mend.act = LADDER_MEND;
	mend_modules(&mender, &guest, &modules, &findings);
}

/* Foreign words get their former values back. The kernel's own changes since then stay. */
TEST(test_text_is_put_back)
{
	const uint64_t word = guest_load(PLACE & ~7u), behind = guest_load(TARGET);

	assert_true(look(5));
	store_half(LABEL, BRANCH);
	store_half(PLACE, 1);
	guest_store(TARGET, ~behind);
	store_half(TRACED, CALL(PLACE + 0x10000)); /* neither ftrace's entry nor the module's */
	look(5);
	assert_int_equal(told, 2); /* pages */
	mend();
	assert_int_equal(asked, 2);
	assert_int_equal(guest_load(PLACE & ~7u), word);
	assert_int_equal(guest_load(TARGET), behind);
	assert_int_equal((uint32_t)(guest_load(LABEL & ~7u) >> LABEL % 8 * 8), BRANCH);
	assert_int_equal((uint32_t)guest_load(TRACED), NOP);
	assert_true(look(1));
	assert_int_equal(gone, 2);
	assert_true(last.mend.done);
}

/*
 * The copies of a module that goes are free for another one's pages. A page without a copy isn't
 * mended.
 */
TEST(test_page_without_a_copy)
{
	memset(modules.copies, 1, sizeof(modules.copies));
	assert_true(look(5));
	store_half(PLACE, 1);
	look(5);
	assert_int_equal(told, 1);
	mend();
	assert_int_equal(asked, 0);
	assert_int_equal(given_up, MEND_UNKNOWN);
}

static uint32_t copies_used(void)
{
	uint32_t used = 0;

	for (uint32_t i = 0; i < MODULES_COPIES; i++)
		used += modules.copies[i];
	return used;
}

TEST(test_copies_of_a_module_that_went)
{
	const uint32_t text = TEXT + SIZE + 0x100;
	const uint64_t word = guest_load(text);

	assert_true(look(5));
	assert_int_equal(copies_used(), 2 * SIZE / 0x1000);
	guest_store(HEAD, guest_va(MODULE + STEP + facts.module_list)); /* the first module went */
	look(FINDINGS_LOOKS);
	assert_int_equal(copies_used(), SIZE / 0x1000);
	guest_store(text, ~word);
	look(5);
	mend();
	assert_int_equal(asked, 1);
	assert_int_equal(guest_load(text), word);
}

/* The mend writes no breakpoint. */
TEST(test_copy_with_a_breakpoint)
{
	store_half(PLACE, BREAK);
	assert_true(look(5));
	store_half(PLACE, 1);
	look(5);
	assert_int_equal(told, 1);
	mend();
	assert_int_equal(asked, 0);
	assert_int_equal(given_up, MEND_UNKNOWN);
}

/* ---- modules that come and go ---- */

TEST(test_module_comes_and_goes)
{
	uint32_t before;

	assert_true(look(1));
	before = modules.changes;
	guest_store(HEAD, guest_va(MODULE + STEP + facts.module_list));
	guest_store(MODULE + STEP + facts.module_list + 8, guest_va(HEAD));
	assert_true(look(5));
	assert_int_equal(modules.count, 1);
	assert_int_equal(modules.changes, before + 1);
	guest_store(PLACE & ~7u, 0); /* no module's any more */
	expect(TEXT + SIZE, NOP, false);
	told = 0;
	guest_store(HEAD, guest_va(MODULE + facts.module_list)); /* another module in its place */
	assert_true(look(5));
	assert_int_equal(modules.count, 2);
	assert_int_equal(modules.changes, before + 2);
	assert_int_equal(told, 0);
	expect(TEXT + SIZE, NOP, false);
	modules_forget(&modules);
	store_half(MODULE + facts.module_state, 1); /* the module is being loaded */
	assert_true(look(1));
	assert_int_equal(modules.count, 1);
}

static void list_one(bool listed)
{
	guest_store(HEAD, guest_va(MODULE + (listed ? 0 : STEP) + facts.module_list));
}

/*
 * A known module isn't new while it is being loaded, nor while it is out of the list for a moment.
 */
TEST(test_known_module_is_not_new)
{
	assert_true(look(1));
	store_half(PLACE, NOP);
	store_half(MODULE + facts.module_state, 1);
	assert_true(look(5));
	assert_int_equal(told, 1);
	store_half(MODULE + facts.module_state, 0);
	list_one(false);
	assert_true(look(FINDINGS_LOOKS - 1));
	assert_int_equal(gone, 1);
	list_one(true);
	assert_true(look(5));
	assert_int_equal(told, 2);
	assert_int_equal(modules.count, 2);
	list_one(false);
	assert_true(look(FINDINGS_LOOKS));
	assert_int_equal(modules.count, 1);
}

/* The known module's text is elsewhere, or has another size. */
TEST(test_other_words_of_a_known_module_are_told)
{
	assert_true(look(1));
	guest_store(MODULE + facts.module_base, guest_va(TEXT + 2 * SIZE));
	assert_true(look(5));
	assert_int_equal(told, 1);
	guest_store(MODULE + facts.module_base, guest_va(TEXT));
	store_half(MODULE + facts.module_text_size, SIZE / 2);
	assert_true(look(5));
	assert_int_equal(told, 1);
	store_half(MODULE + facts.module_text_size, SIZE);
	assert_true(look(1));
	assert_int_equal(gone, 1);
	assert_int_equal(modules.count, 2);
}

static void expect_told_and_gone(void)
{
	assert_true(look(5));
	assert_int_equal(told, 1);
	store_half(MODULE + facts.module_jump_count, 1);
	store_half(MODULE + facts.module_call_count, 1);
	guest_store(MODULE + facts.module_jumps, guest_va(JUMPS));
	assert_true(look(1));
	assert_int_equal(gone, 1);
	told = gone = 0;
}

/* The kernel's own change counts as such only as long as the tables say so. */
TEST(test_wrong_words_after_learning_are_told)
{
	assert_true(look(1));
	store_half(MODULE + facts.module_jump_count, UINT32_MAX);
	assert_true(look(5));
	assert_int_equal(told, 0);
	store_half(MODULE + facts.module_jump_count, 1);
	store_half(LABEL, BRANCH);
	store_half(MODULE + facts.module_jump_count, UINT32_MAX);
	expect_told_and_gone();
	store_half(LABEL, NOP);
	store_half(MODULE + facts.module_call_count, MODULES_SITES + 1);
	expect_told_and_gone();
	store_half(LABEL, BRANCH);
	guest_store(MODULE + facts.module_jumps, 0);
	expect_told_and_gone();
}

TEST(test_page_out_of_sight_is_told)
{
	assert_true(look(1));
	guest_map_pages(TEXT, GUEST_SIZE);
	guest.walk.ttbr1 = guest_paged_ttbr1();
	assert_true(look(5));
	assert_int_equal(told, 1);
	assert_int_equal(last.where, guest_va(TEXT));
}

/*
 * There are more sites than a look has time for. The look can't tell, and the next one is about the
 * same page.
 */
TEST(test_page_without_time_stays_the_next)
{
	assert_true(look(1));
	store_half(MODULE + facts.module_jump_count, MODULES_SITES);
	store_half(MODULE + facts.module_call_count, MODULES_SITES);
	guest_store(MODULE + facts.module_jumps, guest_va(ZEROS));
	guest_store(MODULE + facts.module_calls, guest_va(ZEROS));
	store_half(TEXT, NOP);
	store_half(PLACE, NOP);
	modules.next = 0;
	assert_false(look(1));
	assert_int_equal(modules.next, 1); /* there is time for one of the two pages */
	assert_false(look(1));
	assert_int_equal(modules.next, modules.pages); /* all but the first */
	assert_false(look(5));
	assert_int_equal(told, 0);
}

/* A label becomes its branch while its page is learnt. */
TEST(test_change_while_it_is_learnt)
{
	guest.cache = NULL;
	reads_until = guest_va(CALLS);
	assert_false(look(1));
	assert_int_equal(reads_until, 0);
	assert_true(look(5));
	expect(LABEL, NOP, true);
	expect(PLACE, NOP, false);
}

/* Each page has a breakpoint, and the table of breakpoints leads in a circle. */
TEST(test_reads_of_a_look_are_bounded)
{
	const uint64_t hash = UINT64_C(0x61c8864680b583eb);

	guest.cache = NULL;
	guest_store(MODULE + STEP + facts.module_base, guest_va(LARGE));
	store_half(MODULE + STEP + facts.module_text_size, LARGE_SIZE);
	for (uint32_t at = LARGE; at < LARGE + LARGE_SIZE; at += MODULES_WORDS * 4) {
		store_half(at, BREAK);
		guest_store(facts.probes + 8 * (uint32_t)(guest_va(at) * hash >> 58),
		            guest_va(ZEROS + facts.probe_link));
	}
	guest_store(ZEROS + facts.probe_link, guest_va(ZEROS + facts.probe_link));
	reads = 0;
	assert_false(look(1));
	assert_in_range(reads, SITES_STEPS, 3 * SITES_STEPS);
	reads = 0;
	assert_false(look(1));
	assert_in_range(reads, SITES_STEPS, 3 * SITES_STEPS);
	assert_int_equal(told, 0);
}

/* A module without room, one that can't be a module, and one with another module's text. */
TEST(test_text_that_is_not_learnt_is_reported)
{
	guest_store(MODULE + facts.module_base, guest_va(LARGE));
	store_half(MODULE + facts.module_text_size, (MODULES_PAGES - 1) * 4096);
	assert_false(look(5));
	assert_int_equal(modules.count, 1);
	guest_store(MODULE + facts.module_base, guest_va(TEXT) + 8);
	modules_forget(&modules);
	assert_false(look(5));
	assert_int_equal(modules.count, 1);
	guest_store(MODULE + facts.module_base, guest_va(TEXT + SIZE)); /* another module's text */
	modules_forget(&modules);
	assert_false(look(5));
	assert_int_equal(modules.count, 1);
}

TEST(test_wrong_words_of_modules)
{
	store_half(MODULE + facts.module_jump_count, UINT32_MAX);
	assert_false(look(5));
	store_half(MODULE + facts.module_jump_count, 1);
	guest_store(MODULE + facts.module_jumps, 0);
	assert_false(look(5));
	modules_forget(&modules);
	store_half(MODULE + facts.module_jump_count, 0);
	store_half(MODULE + facts.module_text_size, UINT32_MAX);
	assert_false(look(5));
	store_half(MODULE + facts.module_text_size, SIZE);
	guest_store(MODULE + facts.module_list, guest_va(MODULE + facts.module_list));
	assert_false(look(1));
	guest_store(MODULE + facts.module_list, UINT64_MAX);
	assert_false(look(1));
	assert_int_equal(told, 0);
	facts.modules = 0; /* a kernel whose list isn't known */
	assert_true(look(1));
}

TEST(test_damage_at_random)
{
	uint64_t random = 1;

	for (uint32_t i = 0; i < DAMAGES; i++) {
		random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
		guest_store(HEAD + (uint32_t)(random >> 33) % (JUMPS + 0x100 - HEAD) / 8 * 8,
		            (random & 1) != 0 ? guest_va((uint32_t)(random >> 40) & 0xffff8)
		                              : random);
		(void)look(1);
		assert_true(modules.pages <= MODULES_PAGES && modules.count <= MODULES_MOST);
		if (i % 20 == 0) {
			guest_free();
			set_up();
		}
	}
}
