/*
 * A page of the kernel that is writable and executable, or a writable way to its text, by the page
 * tables of watched_guest.h. For any content of these, each look ends and reads nothing outside.
 * Shows: watch.mappings.
 */
#include <stdlib.h>
#include <unit.h>
#include <unit/rtos_servers/watcher_world.h>

#define TABLES    0x88000u /* the tables by pages, one for each level */
#define LAST      (TABLES + 0x3000u)
#define SECOND    (TABLES + 0x2000u)
#define UPPER     0xffff000000000000ULL
#define SLOT      0x70000u /* an unused address */
#define CODE      0x483u   /* a page that is executable and read-only */
#define NO_CODE   (1ULL << 53)
#define READ_ONLY (1ULL << 7)
#define DIRTY     (1ULL << 51)
#define TABLE     3u
#define BLOCK     1u
#define BLOCK_OF  (2u << 20)
#define TURNS     100u
#define DAMAGES   20000u

static struct mappings mappings;
static struct findings findings;
static struct guest guest;

static void set_up(void)
{
	watcher_set_up();
	guest_map_pages(0, 0);
	registers.ttbr1 = guest_paged_ttbr1();
	guest = guest_ready();
	assert_true(guest_use(&guest, &registers));
	mappings_forget(&mappings);
	findings = (struct findings){.tell = tell_finding, .sure = MAPPINGS_LOOKS};
}

const struct unit_fixture unit_each = {set_up, watcher_tear_down};

/* Maps the page to this place. */
static void map(uint32_t page, uint32_t to, uint64_t rights)
{
	guest_store(LAST + 8 * (page / 4096), (GUEST_KERNEL + to) | rights);
}

/* Looks so many times. Each look reads all tables. */
static bool look_at_all(uint32_t times)
{
	bool good = true;

	for (uint32_t i = 0; i < times; i++)
		good = mappings_look(&mappings, &guest, MAPPINGS_SHARE, &findings);
	return good;
}

static void expect(bool is_told, bool is_way)
{
	told = gone = 0;
	assert_true(look_at_all(MAPPINGS_LOOKS - 1));
	assert_int_equal(told, 0);
	assert_true(look_at_all(1));
	assert_int_equal(told, is_told);
	if (is_told) {
		assert_int_equal(last.kind, FINDING_MAPPING);
		assert_int_equal(last.where, guest_va(SLOT));
		assert_int_equal(last.elsewhere, is_way);
	}
	map(SLOT, SLOT, CODE);
	assert_true(look_at_all(1));
	assert_int_equal(gone, is_told);
}

TEST(test_writable_code_is_told)
{
	expect(false, false);
	map(SLOT, SLOT, CODE & ~READ_ONLY);
	expect(true, false);
	assert_int_equal(last.value, GUEST_KERNEL + SLOT);
	map(SLOT, SLOT, CODE | DIRTY); /* the first write makes it writable */
	expect(true, false);
	map(SLOT, SLOT, (CODE & ~READ_ONLY) | NO_CODE);
	expect(false, false);
	map(SLOT, SLOT, (CODE & ~READ_ONLY) & ~1ULL); /* not valid */
	expect(false, false);
}

static void look_until(uint64_t end)
{
	while (guest.now < end) {
		guest.now++;
		(void)look_at_all(1);
	}
}

/* A look that doesn't see a table doesn't count for its pages' age. */
TEST(test_age_of_a_mapping)
{
	const uint64_t table = guest_load(SECOND);

	look_until(5);
	map(SLOT, SLOT, CODE & ~READ_ONLY);
	guest_store(SECOND, (GUEST_IPA + GUEST_SIZE) | TABLE);
	look_until(10);
	assert_int_equal(told, 0);
	guest_store(SECOND, table);
	look_until(10 + 2 * MAPPINGS_LOOKS);
	assert_int_equal(told, 1);
	assert_in_range(last.well, 1, 5);
}

TEST(test_way_to_text_is_told)
{
	const uint64_t rights = (CODE & ~READ_ONLY) | NO_CODE;

	map(SLOT, guest_facts.text, rights);
	expect(true, true);
	map(SLOT, guest_facts.constants_end - 4096, rights);
	expect(true, true);
	map(SLOT, guest_facts.text - 4096, rights);
	expect(false, false);
	map(SLOT, guest_facts.constants_end, rights);
	expect(false, false);
	map(SLOT, guest_facts.text, CODE | NO_CODE); /* only to read it */
	expect(false, false);
}

TEST(test_block_over_text_is_told)
{
	const uint64_t index = (GUEST_BASE >> 21 & 511) + 7;

	guest_store(SECOND + 8 * (uint32_t)index,
	            (GUEST_KERNEL & -(uint64_t)BLOCK_OF) | NO_CODE | BLOCK);
	assert_true(look_at_all(MAPPINGS_LOOKS));
	assert_int_equal(told, 1);
	assert_int_equal(last.where, GUEST_BASE + 7 * BLOCK_OF);
	assert_true(last.elsewhere);
}

/* The kernel has a way to another page for each change of its text. */
TEST(test_way_that_changes_is_not_told)
{
	for (uint32_t i = 0; i < TURNS; i++) {
		map(SLOT, guest_facts.text + i % 2 * 4096, (CODE & ~READ_ONLY) | NO_CODE);
		assert_true(look_at_all(MAPPINGS_LOOKS - 1));
	}
	assert_int_equal(told, 0);
	assert_true(look_at_all(1));
	assert_int_equal(told, 1);
}

/* A table outside can't be read; all others can. */
TEST(test_table_outside_is_no_end)
{
	const uint32_t entry = SECOND + 8 * (uint32_t)((GUEST_BASE >> 21 & 511) - 1);

	guest_store(entry, (GUEST_IPA + GUEST_SIZE) | TABLE);
	map(SLOT, SLOT, CODE & ~READ_ONLY);
	assert_false(look_at_all(MAPPINGS_LOOKS));
	assert_int_equal(told, 1);
	guest_store(entry, 0);
	assert_true(look_at_all(2));
	guest_store(TABLES + 8 * (uint32_t)(GUEST_BASE >> 39 & 511),
	            (GUEST_IPA + GUEST_SIZE) | TABLE);
	assert_false(look_at_all(2));
	assert_int_equal(gone, 0);
}

/*
 * The page of a finding vanishes behind such a table. The finding isn't gone, and others are found.
 */
TEST(test_table_outside_hides_one_page_only)
{
	const uint32_t entry = SECOND + 8 * (uint32_t)((GUEST_BASE >> 21 & 511) + 7);

	guest_store(entry, (GUEST_KERNEL & -(uint64_t)BLOCK_OF) | NO_CODE | BLOCK);
	assert_true(look_at_all(MAPPINGS_LOOKS));
	assert_int_equal(told, 1);
	guest_store(entry, (GUEST_IPA + GUEST_SIZE) | TABLE);
	map(SLOT, SLOT, CODE & ~READ_ONLY);
	assert_false(look_at_all(MAPPINGS_LOOKS));
	assert_int_equal(told, 2);
	assert_int_equal(last.where, guest_va(SLOT));
	assert_int_equal(gone, 0);
	guest_store(entry, 0);
	assert_true(look_at_all(2));
	assert_int_equal(gone, 1);
}

/* Tables that lead back to the first one are many tables. */
static void forge_tables(void)
{
	for (uint32_t i = 0; i < 256; i++)
		guest_store(TABLES + 8 * i, (GUEST_KERNEL + TABLES) | TABLE);
}

TEST(test_tables_without_end)
{
	forge_tables();
	assert_true(look_at_all(MAPPINGS_MOST / MAPPINGS_SHARE - 1));
	assert_false(look_at_all(1));
	assert_int_equal(mappings.next, 0);
	assert_int_equal(mappings.before, MAPPINGS_MOST);
	assert_false(look_at_all(1));
}

TEST(test_other_tables_are_not_told_of)
{
	guest.walk.tcr = 25ULL << 16 | 2ULL << 30; /* 39 bits */
	assert_false(look_at_all(1));
}

TEST(test_damage_at_random)
{
	static const uint64_t values[] = {0,
	                                  ~0ULL,
	                                  1ULL << 63,
	                                  (GUEST_KERNEL + TABLES) | TABLE,
	                                  (GUEST_IPA + GUEST_SIZE) | TABLE,
	                                  GUEST_KERNEL | BLOCK};

	srandom(1);
	for (uint32_t i = 0; i < DAMAGES; i++) {
		const uint32_t place = TABLES + (uint32_t)random() % 0x4000u / 8 * 8;
		const uint32_t value = (uint32_t)random() % 8;

		guest_store(place,
		            value < 6 ? values[value] : guest_load(place) ^ 1ULL << random() % 64);
		(void)look_at_all(1);
		assert_true(mappings.tables < MAPPINGS_MOST);
		assert_true((mappings.next & UPPER) == 0);
	}
}

/* Each look reads few of any number of tables. */
TEST(test_look_is_short)
{
	begin();
	forge_tables();
	mappings_forget(&watch.mappings);
	for (uint32_t before = 0; before <= MAPPINGS_MOST; before += MAPPINGS_MOST / 2) {
		watch.mappings.before = before;
		watch.mappings.tables = 0;
		look(1);
		assert_int_equal(watch.mappings.tables, MAPPINGS_SHARE);
	}
}

/* A sweep takes several looks. Only one of these comes to the page that has no room. */
TEST(test_page_too_many_is_said)
{
	begin();
	for (uint32_t i = 0; i < FINDINGS_MAX; i++)
		map(SLOT + i * 4096, SLOT, CODE & ~READ_ONLY);
	look(10 * MAPPINGS_LOOKS);
	assert_int_equal(told, FINDINGS_MAX);
	assert_int_equal(events[WATCH_CROWDED], 0);
	map(SLOT + FINDINGS_MAX * 4096, SLOT, CODE & ~READ_ONLY);
	for (uint32_t i = 0; i < 10 * WATCH_GLANCES; i++) {
		const struct watch_seen now = seen();

		if (i % WATCH_GLANCES == 0)
			look(1);
		else
			watch_glance(&watch, &now);
	}
	assert_int_equal(told, FINDINGS_MAX);
	assert_int_equal(events[WATCH_CROWDED], 1);
}

/* The whole watcher finds the mapping within a second, and then goes on as the ladder says. */
TEST(test_ladder_goes_on)
{
	begin();
	watcher_climbs("mappings: restart 1 in 10 min");
	look(3);
	assert_int_equal(restarts, 0);
	map(SLOT, SLOT, CODE & ~READ_ONLY);
	look(2 * MAPPINGS_LOOKS);
	assert_int_equal(told, 1);
	assert_int_equal(restarts, 1);
	assert_string_equal(stepped, "mappings");
}

static uint64_t entry_of(uint32_t page)
{
	return guest_load(LAST + 8 * (page / 4096));
}

/* Looks until the pointers to the code were undone. */
#define HOOKS (MEND_HOOKS / LOOK)

static void expect_mended(uint32_t to, uint64_t rights, uint64_t right)
{
	gone = asked = 0;
	map(SLOT, to, rights);
	look(3 * MAPPINGS_LOOKS + HOOKS);
	assert_int_equal(asked, 1);
	assert_int_equal(gone, 1);
	assert_int_equal(entry_of(SLOT), (GUEST_KERNEL + to) | right);
}

/* A page that leads to text becomes read-only; other pages aren't executed any more. */
TEST(test_mapping_is_mended)
{
	begin();
	watcher_climbs("mappings: mend 100 in 10 min");
	expect_mended(SLOT, CODE & ~READ_ONLY, (CODE & ~READ_ONLY) | NO_CODE);
	expect_mended(SLOT, CODE | DIRTY, CODE | DIRTY | NO_CODE);
	expect_mended(guest_facts.text, (CODE & ~READ_ONLY) | NO_CODE, CODE | NO_CODE);
	expect_mended(guest_facts.text, CODE | DIRTY | NO_CODE, CODE | NO_CODE);
	expect_mended(guest_facts.text, CODE & ~READ_ONLY, CODE);
	watch.modules.count = 1;
	watch.modules.entry[0] = (struct modules_text){.base = guest_va(SLOT), .pages = 1};
	expect_mended(SLOT, CODE & ~READ_ONLY, CODE);
	assert_int_equal(given_up, 0);
}

/* The kernel is changing its text, and its CPU doesn't get on. */
TEST(test_way_of_the_kernels_own_stays)
{
	const uint64_t way = (CODE & ~READ_ONLY) | NO_CODE;
	const uint32_t lock = guest_facts.text_lock;

	begin();
	watcher_climbs("mappings: mend 100 in 10 min");
	guest_store(lock, 1);
	map(SLOT, guest_facts.text, way);
	look(3 * MAPPINGS_LOOKS);
	assert_true(asked > 1);
	assert_int_equal(changed + given_up, 0);
	assert_int_equal(entry_of(SLOT), (GUEST_KERNEL + guest_facts.text) | way);
	guest_store(lock, 0);
	look(2);
	assert_int_equal(gone, 1);
	assert_int_equal(entry_of(SLOT), (GUEST_KERNEL + guest_facts.text) | CODE | NO_CODE);
}

/* The kernel may be about to change its text. */
TEST(test_way_without_a_lock_stays)
{
	struct watchfacts facts = guest_facts;

	begin();
	watcher_climbs("mappings: mend 100 in 10 min");
	map(SLOT, guest_facts.text, (CODE & ~READ_ONLY) | NO_CODE);
	refusal = WATCH_MEND_LATE;
	look(2 * MAPPINGS_LOOKS);
	refusal = asked = 0;
	facts.text_lock = 0;
	watch.guest.facts = &facts;
	mend_mappings(&watch.mender, &watch.guest, &watch.modules, &watch.findings[WATCH_MAPPINGS]);
	assert_int_equal(asked, 0);
	assert_int_equal(why, MEND_UNKNOWN);
	watch.guest.facts = &guest_facts;
}

/* Entries that are marked as one group stay alike. Others beside them are left alone. */
TEST(test_group_is_mended_as_a_whole)
{
	const uint64_t wrong = (CODE & ~READ_ONLY) | 1ULL << 52;
	const uint32_t first = SLOT - SLOT % 0x10000;

	begin();
	watcher_climbs("mappings: mend 100 in 10 min");
	for (uint32_t page = first; page < first + 0x10000; page += 4096)
		map(page, page, page == first ? CODE : wrong);
	look(3 * MAPPINGS_LOOKS + HOOKS);
	assert_int_equal(asked, 1);
	assert_int_equal(given_up, 0);
	assert_int_equal(gone, 15);
	assert_int_equal(entry_of(first), (GUEST_KERNEL + first) | CODE);
	for (uint32_t page = first + 4096; page < first + 0x10000; page += 4096)
		assert_int_equal(entry_of(page), (GUEST_KERNEL + page) | wrong | NO_CODE);
}

/*
 * Code stays as long as a CPU has its vectors there. If these aren't put back, the next step of the
 * ladder comes.
 */
TEST(test_code_with_vectors_waits_for_them)
{
	begin();
	watcher_climbs("vectors: tell");
	assert_null(ladder_add(&watch.ladder, "mappings: mend; restart 1 in 10 min"));
	map(SLOT, SLOT, CODE & ~READ_ONLY);
	registers.vbar = guest_va(SLOT);
	look(3 * MAPPINGS_LOOKS + HOOKS);
	assert_int_equal(asked, 0);
	registers.vbar = guest_va(guest_facts.vectors);
	look(2);
	assert_int_equal(asked, 1);
	assert_int_equal(entry_of(SLOT), (GUEST_KERNEL + SLOT) | (CODE & ~READ_ONLY) | NO_CODE);
	assert_int_equal(restarts, 0);
	map(SLOT, SLOT, CODE & ~READ_ONLY);
	registers.vbar = guest_va(SLOT);
	look(3 * MAPPINGS_LOOKS + WATCH_OTHERS / LOOK);
	assert_int_equal(asked, 1);
	assert_int_equal(why, MEND_HOOKED);
	assert_int_equal(restarts, 1);
}

/* An entry that lies in text, by a forged table. */
TEST(test_entry_without_a_mend)
{
	const uint64_t text = guest_load(guest_facts.text);

	begin();
	guest_store(guest_facts.text, (GUEST_KERNEL + SLOT) | (CODE & ~READ_ONLY));
	guest_store(SECOND + 8 * (uint32_t)((GUEST_BASE >> 21 & 511) + 1),
	            (GUEST_KERNEL + guest_facts.text) | TABLE);
	watch.ladder.lines = 0; /* meanwhile text itself isn't mended */
	look(3 * MAPPINGS_LOOKS);
	watcher_climbs("mappings: mend 100 in 10 min");
	look(3 + HOOKS);
	assert_int_equal(asked, 0);
	assert_int_equal(why, MEND_UNKNOWN);
	assert_int_equal(guest_load(guest_facts.text), (GUEST_KERNEL + SLOT) | (CODE & ~READ_ONLY));
	guest_store(guest_facts.text, text);
}

/* A forged unused entry leads outside. Visible entries are mended, or their ladder goes on. */
TEST(test_table_outside_is_no_cover)
{
	begin();
	watcher_climbs("mappings: mend 100 in 10 min; restart 1 in 10 min");
	guest_store(SECOND + 8 * (uint32_t)((GUEST_BASE >> 21 & 511) - 1),
	            (GUEST_IPA + GUEST_SIZE) | TABLE);
	expect_mended(SLOT, CODE & ~READ_ONLY, (CODE & ~READ_ONLY) | NO_CODE);
	assert_int_equal(events[WATCH_CANT], 1);
}

#define OWN (SECOND + 8 * (uint32_t)((GUEST_BASE >> 21 & 511) + 7))

static void hide_table(void)
{
	guest_store(OWN, (GUEST_IPA + GUEST_SIZE) | TABLE);
}

/*
 * The page's table moves outside during the mend. The page may still be wrong, so the ladder goes
 * on.
 */
TEST(test_page_that_vanishes_is_no_success)
{
	begin();
	watcher_climbs("mappings: mend 100 in 10 min; restart 1 in 10 min");
	guest_store(OWN, (GUEST_KERNEL + SLOT) | TABLE);
	guest_store(SLOT, (GUEST_KERNEL + SLOT) | (CODE & ~READ_ONLY));
	meanwhile = hide_table;
	look(3 * MAPPINGS_LOOKS + HOOKS);
	assert_int_equal(told, 1);
	assert_int_equal(gone, 0);
	assert_int_equal(asked, 1);
	assert_int_equal(why, MEND_UNKNOWN);
	assert_int_equal(restarts, 1);
}

/* The meaning of another regime's tables isn't known. */
TEST(test_other_tables_are_not_mended)
{
	struct findings *found = &watch.findings[WATCH_MAPPINGS];

	begin();
	watcher_climbs("mappings: mend 100 in 10 min");
	refusal = WATCH_MEND_LATE;
	map(SLOT, SLOT, CODE & ~READ_ONLY);
	look(2 * MAPPINGS_LOOKS);
	asked = 0;
	watch.guest.walk.tcr = 25ULL << 16 | 2ULL << 30; /* 39 bits */
	mend_mappings(&watch.mender, &watch.guest, &watch.modules, found);
	assert_int_equal(asked, 0);
	assert_int_equal(why, MEND_UNKNOWN);
}

/* The kernel goes on between the look and the mend: it makes the page read-only, uses it for
 * something else, or frees it. */
TEST(test_right_by_now_is_not_mended)
{
	const uint64_t wrong = CODE & ~READ_ONLY;
	const uint64_t changed_to[] = {
	    (GUEST_KERNEL + SLOT) | CODE,
	    (GUEST_KERNEL + SLOT) | wrong | NO_CODE,
	    (GUEST_KERNEL + SLOT + 4096) | wrong,
	    0,
	};
	struct findings *found = &watch.findings[WATCH_MAPPINGS];

	begin();
	watcher_climbs("mappings: mend 100 in 10 min");
	refusal = WATCH_MEND_LATE;
	map(SLOT, SLOT, wrong);
	look(2 * MAPPINGS_LOOKS);
	assert_true(found->entry[0].told);
	refusal = asked = 0;
	for (uint32_t i = 0; i < sizeof(changed_to) / sizeof(changed_to[0]); i++) {
		guest_store(LAST + 8 * (SLOT / 4096), changed_to[i]);
		found->entry[0].mend.fails = 0;
		mend_mappings(&watch.mender, &watch.guest, &watch.modules, found);
		assert_int_equal(asked, 0);
		assert_int_equal(found->entry[0].mend.fails, 1);
	}
	assert_int_equal(given_up, 0);
	map(SLOT, SLOT, wrong);
	mend_mappings(&watch.mender, &watch.guest, &watch.modules, found);
	assert_int_equal(asked, 1);
}
