/*
 * Code that a guarded Linux makes itself. It is executed if that is let and the kernel's own tree
 * of areas has it. The tree may have any form. Shows: prevent.lets.
 */
#include <servers/watcher/prevent_let.h>
#include <string.h>
#include <unit.h>
#include <unit/rtos_servers/guarded_names.h>

#define INIT LISTED_MODULE_INIT

#define ROOT     0x4a000u
#define AREA     0x4a100u /* the first area; its neighbours in the tree stand behind it */
#define STEP     0x40u
#define MEMORY   0x4a800u
#define COMPILER 0x12000u
#define SLOT     0x13000u
#define LOOKS    3u
#define ENTRIES  0x3000u /* the entries in the tables by pages */
#define WRITABLE (1ULL << 7)
#define NO_CODE  (1ULL << 53)
#define BREAK    SITES_BREAK

static uint64_t baseline_memory[0x29000 / 8];
static struct baseline baseline;
static bool watching;

/* A node has its parent, its right and its left child. */
static void put_area(uint32_t area, uint64_t begin, uint64_t end, uint64_t memory)
{
	guest_store(area, begin);
	guest_store(area + 8, end);
	guest_store(area + 24, 0);
	guest_store(area + 32, 0);
	guest_store(area + 56, memory);
}

static uint64_t node(uint32_t area)
{
	return guest_va(area + 16);
}

static void put_asker(uint32_t place)
{
	guest_store(MEMORY + 32, guest_va(place));
}

/*
 * Puts an area of the page FREE, and of a missing page behind it, as the kernel leaves it. Two
 * other areas are in the tree, too.
 */
static void put_code(uint32_t asker)
{
	guest_store(ROOT, node(AREA + STEP));
	put_area(AREA, guest_va(FREE), guest_va(FREE + 2 * PAGE), guest_va(MEMORY));
	put_area(AREA + STEP, guest_va(FREE - 2 * PAGE), guest_va(FREE - PAGE), 0);
	put_area(AREA + 2 * STEP, guest_va(FREE + 8 * PAGE), guest_va(FREE + 9 * PAGE), 0);
	guest_store(AREA + STEP + 24, node(AREA + 2 * STEP));
	guest_store(AREA + 2 * STEP + 32, node(AREA));
	put_asker(asker);
}

static void map(uint32_t place, uint32_t page)
{
	guest_map_pages(place, page);
	guarded.guest.walk.ttbr1 = guest_paged_ttbr1();
}

static void flip_entry(uint32_t place, uint64_t bits)
{
	const uint32_t at =
	    (uint32_t)(guest_paged_ttbr1() - GUEST_KERNEL) + ENTRIES + 8 * (place / PAGE);

	guest_store(at, guest_load(at) ^ bits);
}

static void set_up(void)
{
	struct watchfacts *facts = &guarded.file.facts;

	guarded_set_up();
	facts->areas = ROOT;
	facts->tree_right = 8;
	facts->tree_left = 16;
	facts->area_begin = 0;
	facts->area_end = 8;
	facts->area_node = 16;
	facts->area_memory = 56;
	facts->memory_asker = 32;
	facts->maker[WATCHFACTS_JIT] = COMPILER;
	facts->maker_end[WATCHFACTS_JIT] = COMPILER + 0x24;
	facts->maker[WATCHFACTS_SLOTS] = SLOT;
	facts->maker_end[WATCHFACTS_SLOTS] = SLOT + 0x100;
	guarded.prevent.baseline = &baseline;
	guarded.prevent.watching = &watching;
	watching = false;
	map(FREE, FREE);
	put_code(COMPILER + 0x18);
	guarded_seal();
}

const struct unit_fixture unit_each = {set_up, guarded_tear_down};

static void let(const char *argument)
{
	assert_null(prevent_let(&guarded.prevent, argument));
}

/* Returns the verdict of the sure look, and checks that the looks before it aren't sure. */
static uint32_t judge_surely(uint64_t syndrome, uint32_t el, uint32_t place)
{
	assert_int_equal(guarded_judge(syndrome, el, place, 0), 0);
	for (uint32_t i = 2; i < LOOKS; i++)
		assert_false(prevent_look(&guarded.prevent, 1, 1));
	assert_int_equal(guarded.allows + guarded.tells, 0);
	assert_true(prevent_look(&guarded.prevent, 1, 1));
	return guarded.answered & 0xff;
}

static void expect_refused(void)
{
	assert_int_equal(judge_surely(FETCH, EL1, FREE + 8), WATCH_FAULT_REFUSE);
	assert_int_equal(guarded.told.event, PREVENT_FETCH);
	assert_string_equal(guarded.told.name, "");
	assert_int_equal(guarded.allows, 0);
}

static void expect_executed(void)
{
	assert_int_equal(guarded_judge(FETCH, EL1, FREE + 8, 0), WATCH_FAULT_AGAIN);
	assert_int_equal(guarded.allows, 1);
	guarded_expect(0, FREE, 1, WATCH_RIGHT_CODE);
	assert_int_equal(guarded.tells, 0);
}

static void expect_data(void)
{
	assert_int_equal(judge_surely(STORE64, EL1, FREE), WATCH_FAULT_AGAIN);
	assert_int_equal(guarded.allows, 1);
	guarded_expect(0, FREE, 1, WATCH_RIGHT_DATA);
	assert_int_equal(prevent_pages_state(&guarded.prevent.pages, GUEST_KERNEL + FREE),
	                 PREVENT_PAGE_OTHER);
}

static void take_baseline(void)
{
	assert_true(baseline_open(&baseline, baseline_memory, sizeof(baseline_memory),
	                          &guarded.file.facts));
	assert_true(baseline_take(&baseline, &guarded.guest, 1, 0));
	watching = true;
}

TEST(test_words)
{
	static const char *const good[] = {"let jit", "let  probes jit", "let jit  jit "};
	static const char *const bad[] = {"let", "let ", "let jits", "let jit, probes", "let ji"};
	bool *lets = guarded.prevent.lets;

	for (uint32_t i = 0; i < 3; i++) {
		memset(lets, 0, WATCHFACTS_MAKERS * sizeof(*lets));
		let(good[i]);
		assert_true(lets[WATCHFACTS_JIT]);
		assert_int_equal(lets[WATCHFACTS_SLOTS], i == 1);
	}
	for (uint32_t i = 0; i < 5; i++) {
		assert_true(prevent_is_let(bad[i]));
		assert_non_null(prevent_let(&guarded.prevent, bad[i]));
	}
	assert_false(prevent_is_let("letter: mend"));
	assert_false(prevent_is_let("le"));
}

/* While its program is there, the page can't be written. Then it becomes data. */
TEST(test_compiled_code_is_executed)
{
	let("let jit");
	expect_executed();
	assert_int_equal(guarded_judge(FETCH, EL1, FREE + 16, 0), WATCH_FAULT_AGAIN); /* too late */
	assert_int_equal(guarded.allows, 0);
	assert_int_equal(guarded_judge(STORE, EL1, FREE, 0), WATCH_FAULT_REFUSE);
	assert_int_equal(guarded.told.event, PREVENT_WRITE);
	assert_int_equal(guarded_judge(STORE64, EL0, FREE, 0), WATCH_FAULT_REFUSE);
	assert_int_equal(guarded_judge(FETCH, EL0, FREE, 0), WATCH_FAULT_REFUSE);
	assert_false(prevent_may_mend(&guarded.prevent, GUEST_KERNEL + FREE));
	guest_store(ROOT, 0);
	expect_data();
	assert_true(prevent_may_mend(&guarded.prevent, GUEST_KERNEL + FREE));
	expect_refused();
}

/* The next program gets the same page at the same address: the kernel writes it first. */
TEST(test_a_page_is_compiled_anew)
{
	let("let jit");
	expect_executed();
	flip_entry(FREE, WRITABLE);
	expect_data();
	expect_refused();
	flip_entry(FREE, WRITABLE);
	expect_executed();
}

/* The area is elsewhere, or the page has another address now. */
TEST(test_another_page_is_there)
{
	let("let jit");
	map(FREE, FREE + PAGE);
	expect_refused();
	map(FREE, FREE);
	expect_executed();
	map(FREE, FREE + PAGE);
	expect_data();
}

TEST(test_code_that_the_kernel_did_not_make)
{
	static const uint32_t askers[] = {COMPILER - 4, COMPILER + 0x24, SLOT + 0x100, 0x20000};

	let("let jit probes");
	for (uint32_t i = 0; i < 4; i++) {
		put_asker(askers[i]);
		expect_refused();
	}
	put_asker(COMPILER);
	flip_entry(FREE, NO_CODE);
	expect_refused();
	flip_entry(FREE, NO_CODE);
	for (uint32_t bit = 1; bit <= 2; bit++) { /* the entry isn't valid, or is no page */
		flip_entry(FREE, bit);
		expect_refused();
		flip_entry(FREE, bit);
	}
	guest_store(AREA + 8, guest_va(FREE) + 8); /* its end */
	expect_refused();
	guest_store(AREA + 8, guest_va(FREE) + 9);
}

/* With facts that don't tell, no probe is set either. */
TEST(test_facts_that_do_not_tell)
{
	struct watchfacts *facts = &guarded.file.facts;

	let("let jit probes");
	take_baseline();
	assert_int_equal(guarded_judge(STORE, EL1, 0x21230, BREAK), WATCH_FAULT_STORE);
	facts->maker[WATCHFACTS_SLOTS] = facts->maker_end[WATCHFACTS_SLOTS] = 0;
	assert_int_equal(guarded_judge(STORE, EL1, 0x21230, BREAK), WATCH_FAULT_SKIP);
	expect_executed();
	guest_store(ROOT, 0);
	expect_data();
	put_code(COMPILER);
	facts->areas = 0;
	assert_int_equal(guarded_judge(FETCH, EL1, FREE, 0), WATCH_FAULT_REFUSE);
}

TEST(test_only_allowed_code_is_executed)
{
	let("let jit");
	put_asker(SLOT + 4);
	assert_int_equal(guarded_judge(FETCH, EL1, FREE, 0), WATCH_FAULT_REFUSE);
	guarded.prevent.lets[WATCHFACTS_JIT] = false;
	let("let probes");
	put_asker(COMPILER);
	assert_int_equal(guarded_judge(FETCH, EL1, FREE, 0), WATCH_FAULT_REFUSE);
	put_asker(SLOT + 4);
	expect_executed();
}

/*
 * Trees with rings, and pointers to nowhere. The guest's memory has its exact size, so that a read
 * outside is seen.
 */
TEST(test_hostile_trees)
{
	static const uint64_t wild[] = {
	    7,         8, UINT64_MAX, UINT64_MAX - 15, GUEST_BASE - 8, GUEST_BASE + (2u << 20) - 8,
	    1ULL << 63};

	let("let jit");
	for (uint32_t i = 0; i < sizeof(wild) / sizeof(wild[0]); i++) {
		guest_store(ROOT, wild[i]);
		expect_refused();
		guest_store(ROOT, node(AREA + STEP));
		guest_store(AREA + STEP + 24, wild[i]);
		expect_refused();
		guest_store(AREA + STEP + 24, node(AREA));
		guest_store(AREA + 56, wild[i]);
		expect_refused();
		guest_store(AREA + 56, guest_va(MEMORY));
		guest_store(MEMORY + 32, wild[i]);
		expect_refused();
		put_code(COMPILER);
	}
	guest_store(AREA + STEP + 24, node(AREA + STEP));
	expect_refused();
	guest_store(AREA + STEP + 24, node(AREA + 2 * STEP));
	guest_store(AREA + 2 * STEP + 32, node(AREA + STEP));
	expect_refused();
	put_code(COMPILER);
	expect_executed();
}

/* The tree says that the compiler made such a page. */
TEST(test_pages_with_other_rights)
{
	let("let jit");
	assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0), WATCH_FAULT_AGAIN);
	guarded.fault = (struct watch_fault){.syndrome = FETCH, .pstate = EL1};
	for (uint32_t i = 0; i < 3; i++) {
		const uint64_t pages[] = {GUEST_KERNEL + TEXT, GUEST_KERNEL + 0x31000,
		                          GUEST_IPA + GUEST_SIZE};

		map(FREE, (uint32_t)(pages[i] - GUEST_KERNEL));
		guarded.allows = guarded.tells = 0;
		guarded.fault.changes = 1000 + 2 * i;
		guarded.fault.address = pages[i];
		guarded.fault.at = guest_va(FREE);
		assert_true(prevent_look(&guarded.prevent, 1, 1));
		assert_int_equal(guarded.answered & 0xff, WATCH_FAULT_REFUSE);
		assert_int_equal(guarded.allows, 0);
		assert_int_equal(guarded.told.event, PREVENT_FETCH);
	}
}

/* A page of compiled code doesn't count as a page that a module's loader wrote. */
TEST(test_a_module_does_not_begin_there)
{
	let("let jit");
	expect_executed();
	prevent_pages_make(&guarded.prevent.pages, GUEST_KERNEL + TEXT + PAGE, guest_va(FREE));
	assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0), WATCH_FAULT_REFUSE);
	assert_int_equal(guarded.allows, 0);
	prevent_pages_note(&guarded.prevent.pages, GUEST_KERNEL + TEXT + PAGE, NULL);
	assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0), WATCH_FAULT_AGAIN);
}

/* A table of a program's addresses has its entry at the same place. */
TEST(test_an_address_of_programs)
{
	const uint64_t upper = 0xffff000000000000ULL;

	let("let jit");
	put_area(AREA, guest_va(FREE) - upper, guest_va(FREE + PAGE) - upper, guest_va(MEMORY));
	guest_store(ROOT, node(AREA));
	guarded.allows = 0;
	guarded.fault = (struct watch_fault){.changes = 1000,
	                                     .syndrome = FETCH,
	                                     .address = GUEST_KERNEL + FREE,
	                                     .at = guest_va(FREE) - upper,
	                                     .pstate = EL1};
	for (uint32_t i = 0; i < LOOKS; i++)
		(void)prevent_look(&guarded.prevent, 1, 1);
	assert_int_equal(guarded.answered, 1000 << 8 | WATCH_FAULT_REFUSE);
	assert_int_equal(guarded.allows, 0);
}

/* Only the looks at one fault count together. */
TEST(test_each_fault_is_looked_at_anew)
{
	let("let jit");
	guest_store(ROOT, 0);
	for (uint32_t i = 0; i < 2 * LOOKS; i++)
		assert_int_equal(guarded_judge(FETCH, EL1, FREE, 0), 0);
	guest_store(ROOT, node(AREA));
	assert_true(prevent_look(&guarded.prevent, 1, 1));
	assert_int_equal(guarded.answered & 0xff, WATCH_FAULT_AGAIN);
}

/* The rights change late. The page isn't code before that. */
TEST(test_rights_come_late)
{
	let("let jit");
	guarded.changes_rights = false;
	assert_int_equal(guarded_judge(FETCH, EL1, FREE, 0), 0);
	assert_int_equal(prevent_pages_state(&guarded.prevent.pages, GUEST_KERNEL + FREE),
	                 PREVENT_PAGE_CHANGES);
	guarded.changes_rights = true;
	expect_executed();
}

/*
 * The kernel writes one instruction after the other into the slots, also after the first was
 * executed.
 */
TEST(test_slots_are_written)
{
	put_asker(SLOT + 4);
	let("let probes");
	expect_executed();
	assert_int_equal(guarded_judge(STORE, EL1, FREE + 4, BREAK), WATCH_FAULT_STORE);
	assert_int_equal(guarded_judge(STORE64, EL1, FREE + 8, 0), WATCH_FAULT_REFUSE);
	assert_int_equal(guarded_judge(STORE, EL0, FREE + 4, 0), WATCH_FAULT_REFUSE);
	guarded.prevent.lets[WATCHFACTS_SLOTS] = false; /* a watcher without this word */
	assert_int_equal(guarded_judge(STORE, EL1, FREE + 4, BREAK), WATCH_FAULT_REFUSE);
	guest_store(ROOT, 0);
	expect_data();
}

static uint32_t instruction(uint32_t place)
{
	return (uint32_t)(guest_load(place & ~7u) >> place % 8 * 8);
}

static void put_instruction(uint32_t place, uint32_t word)
{
	const uint64_t all = guest_load(place & ~7u);
	const uint32_t shift = place % 8 * 8;

	guest_store(place & ~7u, (all & ~(0xffffffffULL << shift)) | (uint64_t)word << shift);
}

/* Without these words all code is refused, and no further look is needed. */
TEST(test_nothing_is_let)
{
	take_baseline();
	assert_int_equal(guarded_judge(STORE, EL1, 0x21230, BREAK), WATCH_FAULT_SKIP);
	assert_int_equal(guarded.told.event, PREVENT_PROBE);
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(guarded_judge(FETCH, EL1, FREE, 0), WATCH_FAULT_REFUSE);
		assert_int_equal(guarded.allows, 0);
		put_asker(SLOT);
	}
	guest_store(ROOT, 0);
	assert_int_equal(guarded_judge(FETCH, EL1, FREE, 0), WATCH_FAULT_REFUSE);
}

/* Probes are set and taken out again, only in text and by the kernel. */
TEST(test_probes_are_set)
{
	let("let probes");
	take_baseline();
	for (uint32_t place = 0x21230; place < 0x21238; place += 4) {
		const uint32_t right = instruction(place);

		assert_int_equal(guarded_judge(STORE, EL1, place, BREAK), WATCH_FAULT_STORE);
		assert_int_equal(guarded.tells, 0);
		put_instruction(place, BREAK);
		assert_int_equal(guarded_judge(STORE, EL1, place, right ^ 1), WATCH_FAULT_REFUSE);
		assert_int_equal(guarded_judge(STORE, EL0, place, right), WATCH_FAULT_REFUSE);
		assert_int_equal(guarded_judge(STORE64, EL1, place, right), WATCH_FAULT_REFUSE);
		assert_int_equal(guarded_judge(STORE, EL1, place, right), WATCH_FAULT_STORE);
		put_instruction(place, right);
		assert_int_equal(guarded_judge(STORE, EL1, place, right), WATCH_FAULT_SKIP);
		put_instruction(place, right ^ 4); /* a foreign word of unknown origin */
		assert_int_equal(guarded_judge(STORE, EL1, place, BREAK), WATCH_FAULT_SKIP);
		assert_int_equal(guarded_judge(STORE, EL1, place, right), WATCH_FAULT_REFUSE);
		put_instruction(place, right);
	}
	assert_int_equal(guarded_judge(STORE, EL1, 0x31234, BREAK), WATCH_FAULT_REFUSE);
}

/* A probe between instructions would change two of them. */
TEST(test_no_probe_between_instructions)
{
	const uint32_t place = 0x21230, right = instruction(place);

	let("let probes");
	take_baseline();
	put_instruction(place, BREAK);
	put_instruction(place + 4, BREAK);
	for (uint32_t at = place + 1; at < place + 4; at++) {
		assert_int_equal(guarded_judge(STORE, EL1, at, BREAK), WATCH_FAULT_SKIP);
		assert_int_equal(guarded_judge(STORE, EL1, at, right), WATCH_FAULT_REFUSE);
	}
}

/* Without a baseline of this life no probe is set. A probe that is there waits. */
TEST(test_probes_wait_for_the_baseline)
{
	const uint32_t place = 0x21230, right = instruction(place);

	let("let probes");
	take_baseline();
	for (uint32_t i = 0; i < 3; i++) {
		watching = i != 0;
		guarded.life = i == 1 ? 0 : 1;
		baseline.head->kernel = i == 2 ? 0 : GUEST_KERNEL;
		assert_int_equal(guarded_judge(STORE, EL1, place, BREAK), WATCH_FAULT_SKIP);
		assert_int_equal(guarded.told.event, PREVENT_PROBE);
		put_instruction(place, BREAK);
		assert_int_equal(guarded_judge(STORE, EL1, place, right), 0);
		put_instruction(place, right);
	}
}
