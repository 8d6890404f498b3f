/*
 * Modules that may run, by their contents: a module's text and constants in memory are compared
 * with those of its file, with each kind of site that its loader and the kernel change.
 *
 * Shows: prevent.contents.
 */
#include <lib/crc32c.h>
#include <servers/watcher/approve.h>
#include <string.h>
#include <unit.h>
#include <unit/rtos_servers/watched_guest.h>

#define TEXT       0x50000u /* where the module's core is in the kernel's image */
#define INIT       0x58000u
#define OTHER      0x68000u
#define CPUS       0x7000000u
#define OTHER_CPUS 0x7000200u
#define CODE       0x100u
#define PAGE       4096u
#define CONSTANTS  PAGE
#define SIZE       (CONSTANTS + 0x40u)
#define NOP        0xd503201fu
#define MOV        0xaa1e03e9u
#define CALL       0x94000000u
#define BRANCH     0x14000000u
#define ADRP       0x90000003u
#define ADRP_16    0x90000010u
#define ADD_16     0x91000210u
#define BR_16      0xd61f0200u
#define ADD        0x91000063u
#define LOAD       0xf9400063u /* LDR X3, [X3] */
#define PLAIN      0x11000000u
#define PLT        0x80u
#define ENTRIES    4u
#define TRACERS    0xb0u
#define KERNEL     0x12344u /* a function of the kernel's */
#define ENTRY      WATCHMODULES_ENTRY

static const struct watchmodules_site sites[] = {
    {.place = 0x04, .kind = WATCHMODULES_BRANCH, .base = WATCHMODULES_OF_KERNEL, .value = KERNEL},
    {.place = 0x08, .kind = WATCHMODULES_PAGE, .base = WATCHMODULES_OF_CORE, .value = 0x3238},
    {.place = 0x0c,
     .kind = WATCHMODULES_LOW,
     .base = WATCHMODULES_OF_CORE,
     .shift = 3,
     .value = 0x3238},
    {.place = 0x10, .kind = WATCHMODULES_JUMP, .value = 0x40},
    {.place = 0x14, .kind = WATCHMODULES_TRACED},
    {.place = 0x1c, .kind = WATCHMODULES_ALTERNATIVE, .value = 2ULL << 32 | 0x60},
    {.place = 0x20, .kind = WATCHMODULES_BRANCH, .base = WATCHMODULES_OF_INIT, .value = 0x10},
    {.place = 0x24, .kind = WATCHMODULES_ALTERNATIVE, .value = 1ULL << 32 | WATCHMODULES_NOPS},
    {.place = 0x28,
     .kind = WATCHMODULES_BRANCH,
     .base = WATCHMODULES_OF_OTHER,
     .other = 1,
     .value = 0x10},
    {.place = 0x2c, .kind = WATCHMODULES_LOW, .base = WATCHMODULES_OF_CPUS, .value = 0x123},
    {.place = 0x30,
     .kind = WATCHMODULES_LOW,
     .base = WATCHMODULES_OF_OTHER_CPUS,
     .other = 1,
     .value = 0x124},
    {.place = PLT, .kind = WATCHMODULES_PLT, .value = ENTRIES},
    {.place = TRACERS, .kind = WATCHMODULES_TRACERS, .value = 2},
    {.place = CONSTANTS + 0x04,
     .kind = WATCHMODULES_POINTER,
     .base = WATCHMODULES_OF_KERNEL,
     .value = KERNEL},
    {.place = CONSTANTS + 0x0c,
     .kind = WATCHMODULES_DISTANCE,
     .base = WATCHMODULES_OF_INIT,
     .value = 0x10},
    {.place = CONSTANTS + 0x38,
     .kind = WATCHMODULES_POINTER,
     .base = WATCHMODULES_OF_OTHER,
     .other = 1,
     .value = 0x10},
};
#define SITES (sizeof(sites) / sizeof(sites[0]))

static struct {
	struct watchmodules head;
	struct watchmodules_module module[2];
	uint32_t text[SIZE / 4];
	struct watchmodules_site site[SITES];
} list;

static struct guest_file file;
static struct guest guest;
static struct approve approve;
static uint64_t page[2];
static struct approve_part part;

/* ---- instructions ---- */

static uint32_t branch(uint32_t kind, uint32_t from, uint64_t to)
{
	return kind | ((uint32_t)((to - guest_va(TEXT + from)) / 4) & 0x3ffffff);
}

static uint32_t adrp(uint32_t kind, uint32_t from, uint64_t to)
{
	const uint64_t pages = to / PAGE - guest_va(TEXT + from) / PAGE;

	return kind | (uint32_t)(pages & 3) << 29 | (uint32_t)(pages >> 2 & 0x7ffff) << 5;
}

static uint32_t low(uint32_t kind, uint64_t to, uint32_t shift)
{
	return kind | (uint32_t)(to % PAGE >> shift) << 10;
}

static uint32_t word_at(uint32_t place)
{
	return (uint32_t)(guest_load(TEXT + (place & ~7u)) >> place % 8 * 8);
}

static void put(uint32_t place, uint32_t word)
{
	const uint32_t at = place & ~7u, shift = place % 8 * 8;

	guest_store(TEXT + at,
	            (guest_load(TEXT + at) & ~(0xffffffffULL << shift)) | (uint64_t)word << shift);
}

static void put_pointer(uint32_t place, uint64_t to)
{
	put(place, (uint32_t)to);
	put(place + 4, (uint32_t)(to >> 32));
}

static void put_entry(uint32_t place, uint64_t to)
{
	put(place, adrp(ADRP_16, place, to));
	put(place + 4, low(ADD_16, to, 0));
	put(place + 8, BR_16);
}

/* ---- the module ---- */

static void make_list(void)
{
	memset(&list, 0, sizeof(list));
	for (uint32_t i = 0; i < SIZE / 4; i++)
		list.text[i] = i * 4 < PLT || i * 4 >= CONSTANTS ? PLAIN + i : 0;
	list.text[0x04 / 4] = CALL;
	list.text[0x08 / 4] = ADRP;
	list.text[0x0c / 4] = LOAD;
	list.text[0x10 / 4] = NOP;
	list.text[0x14 / 4] = list.text[0x18 / 4] = NOP;
	list.text[0x20 / 4] = BRANCH;
	list.text[0x28 / 4] = BRANCH;
	list.text[0x2c / 4] = list.text[0x30 / 4] = ADD;
	list.text[0x64 / 4] = BRANCH | ((0x40 - 0x64) / 4 & 0x3ffffff);
	memcpy(list.site, sites, sizeof(sites));
	list.head = (struct watchmodules){
	    .magic = WATCHMODULES_MAGIC,
	    .revision = WATCHMODULES_REVISION,
	    .size = sizeof(list),
	    .kernel = crc32c(0, file.facts.banner, WATCHFACTS_BANNER),
	    .count = 2,
	};
	memcpy(list.module[0].name, "one", 4);
	memcpy(list.module[1].name, "two", 4);
	list.module[0].part[WATCHMODULES_CORE] =
	    (struct watchmodules_text){.text = (uint32_t)((uint8_t *)list.text - (uint8_t *)&list),
	                               .size = SIZE,
	                               .code = CODE,
	                               .sites = (uint32_t)((uint8_t *)list.site - (uint8_t *)&list),
	                               .count = SITES};
}

/* Lays the module out as the loader does. */
static void load(void)
{
	for (uint32_t i = 0; i < SIZE / 4; i++)
		put(i * 4, list.text[i]);
	put(0x04, branch(CALL, 0x04, guest_va(KERNEL)));
	put(0x08, adrp(ADRP, 0x08, guest_va(TEXT + 0x3238)));
	put(0x0c, low(LOAD, guest_va(TEXT + 0x3238), 3));
	put(0x14, MOV);
	put(0x20, branch(BRANCH, 0x20, guest_va(INIT + 0x10)));
	put(0x28, branch(BRANCH, 0x28, guest_va(OTHER + 0x10)));
	put(0x2c, low(ADD, CPUS + 0x123, 0));
	put(0x30, low(ADD, OTHER_CPUS + 0x124, 0));
	put_entry(TRACERS, guest_va(0x18000));
	put_entry(TRACERS + ENTRY, guest_va(0x18100));
	put_pointer(CONSTANTS + 0x04, guest_va(KERNEL));
	put(CONSTANTS + 0x0c, INIT + 0x10 - (TEXT + CONSTANTS + 0x0c));
	put_pointer(CONSTANTS + 0x38, guest_va(OTHER + 0x10));
}

static void set_up(void)
{
	guest_build();
	file = guest_file;
	guest = guest_ready();
	guest.facts = &file.facts;
	make_list();
	memset(&approve, 0, sizeof(approve));
	assert_true(approve_open(&approve, &list.head, sizeof(list), &file.facts));
	approve.guest = &guest;
	approve.base[WATCHMODULES_OF_CORE] = guest_va(TEXT);
	approve.base[WATCHMODULES_OF_INIT] = guest_va(INIT);
	approve.base[WATCHMODULES_OF_CPUS] = CPUS;
	approve.base[WATCHMODULES_OF_KERNEL] = guest.base;
	approve.other[1] = guest_va(OTHER);
	approve.other_cpus[1] = OTHER_CPUS;
	page[0] = GUEST_KERNEL + TEXT;
	page[1] = GUEST_KERNEL + TEXT + CONSTANTS;
	part = (struct approve_part){&list.module[0].part[WATCHMODULES_CORE], guest_va(TEXT), page};
	load();
}

static void tear_down(void)
{
	guest_free();
}

const struct unit_fixture unit_each = {set_up, tear_down};

static bool compare(void)
{
	return approve_compare(&approve, &part);
}

/* ---- tests ---- */

TEST(test_loaded_module_is_right)
{
	assert_true(compare());
	assert_ptr_equal(approve_find(&approve, "two"), &list.module[1]);
	assert_null(approve_find(&approve, "on"));
	assert_int_equal(approve_code(part.text), PAGE);
	assert_int_equal(approve_size(part.text), 2 * PAGE);
}

/*
 * Each bit of text and constants counts, and each bit behind them in their pages. Only the bits of
 * the PLT's unused entries, which test_plt tests, and two bits of a NOP don't: the kernel may
 * change these.
 */
TEST(test_each_bit_counts)
{
	for (uint32_t place = 0; place < 2 * PAGE; place += 4)
		for (uint32_t bit = 0; bit < 32 && (place % PAGE < CODE || place % 252 == 0);
		     bit++) {
			const uint32_t was = word_at(place);

			put(place, was ^ 1u << bit);
			if (compare())
				fail_msg("bit %u at 0x%x", bit, place);
			assert_true(approve.differs <= place);
			put(place, was);
		}
	assert_true(compare());
}

struct change {
	uint32_t place, word[2];
};

static void expect(const struct change *change, uint32_t words, bool good)
{
	for (uint32_t i = 0; i < words; i++)
		put(change->place + 4 * i, change->word[i]);
	if (compare() != good)
		fail_msg("0x%x at 0x%x", change->word[0], change->place);
	load();
}

/* Instructions that lead to another place, as from a relocation with another symbol. */
TEST(test_targets)
{
	const struct change wrong[] = {
	    {0x04, {branch(CALL, 0x04, guest_va(KERNEL + 4))}},
	    {0x04, {branch(BRANCH, 0x04, guest_va(KERNEL))}},
	    {0x04, {branch(CALL, 0x04, guest_va(TEXT + PLT))}}, /* an unused entry */
	    {0x08, {adrp(ADRP, 0x08, guest_va(TEXT + 0x4238))}},
	    {0x08, {adrp(ADRP + 1, 0x08, guest_va(TEXT + 0x3238))}},
	    {0x0c, {low(LOAD, guest_va(TEXT + 0x3240), 3)}},
	    {0x20, {branch(BRANCH, 0x20, guest_va(INIT + 0x14))}},
	    {0x28, {branch(BRANCH, 0x28, guest_va(OTHER + 0x14))}},
	    {0x2c, {low(ADD, CPUS + 0x124, 0)}},
	    {0x30, {low(ADD, CPUS + 0x124, 0)}},
	    {CONSTANTS + 0x04, {(uint32_t)guest_va(KERNEL + 4)}},
	    {CONSTANTS + 0x08, {(uint32_t)(guest_va(KERNEL) >> 32) - 1}},
	    {CONSTANTS + 0x0c, {INIT + 0x14 - (TEXT + CONSTANTS + 0x0c)}},
	    {CONSTANTS + 0x38, {(uint32_t)guest_va(TEXT)}},
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		expect(&wrong[i], 1, false);
	approve.other[1] = 0; /* the other module isn't there */
	assert_false(compare());
	approve.other[1] = guest_va(OTHER);
	part.base += PAGE; /* loaded for another address */
	assert_false(compare());
}

TEST(test_words_that_the_kernel_changes)
{
	const struct change right[] = {
	    {0x10, {branch(BRANCH, 0x10, guest_va(TEXT + 0x40))}},
	    {0x14, {NOP, NOP}},
	    {0x14, {MOV, branch(CALL, 0x18, guest_va(0x18000))}},
	    {0x14, {MOV, branch(CALL, 0x18, guest_va(0x18100))}},
	    {0x14, {MOV, branch(CALL, 0x18, guest_va(TEXT + TRACERS + ENTRY))}},
	    {0x1c, {PLAIN + 0x18, branch(BRANCH, 0x20, guest_va(TEXT + 0x40))}},
	    {0x24, {NOP, branch(BRANCH, 0x28, guest_va(OTHER + 0x10))}},
	};
	const struct change wrong[] = {
	    {0x10, {branch(BRANCH, 0x10, guest_va(TEXT + 0x44)), NOP}},
	    {0x10, {branch(CALL, 0x10, guest_va(TEXT + 0x40)), NOP}},
	    {0x14, {MOV, branch(CALL, 0x18, guest_va(0x18004))}},
	    {0x14, {MOV, branch(BRANCH, 0x18, guest_va(0x18000))}},
	    {0x14, {MOV, branch(CALL, 0x18, guest_va(TEXT + TRACERS + 4))}},
	    {0x14, {MOV, branch(CALL, 0x18, guest_va(TEXT + 0x40))}},
	    {0x14, {NOP, branch(CALL, 0x18, guest_va(0x18000))}}, /* X9 could have any value */
	    {0x14, {branch(CALL, 0x14, guest_va(0x18000)), NOP}},
	    /* half of an alternative; its unchanged branch; an alternative among others */
	    {0x1c, {PLAIN + 0x18, branch(BRANCH, 0x20, guest_va(INIT + 0x10))}},
	    {0x1c, {PLAIN + 0x07, branch(BRANCH, 0x20, guest_va(TEXT + 0x40))}},
	    {0x1c, {PLAIN + 0x18, BRANCH | ((0x40 - 0x64) / 4 & 0x3ffffff)}},
	    {0x1c, {NOP, NOP}},
	};

	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		expect(&right[i], i == 0 ? 1 : 2, true);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		expect(&wrong[i], i < 2 ? 1 : 2, false);
}

/* Branches by entries, and other words among the entries. */
TEST(test_plt)
{
	put(0x04, branch(CALL, 0x04, guest_va(TEXT + PLT)));
	put_entry(PLT, guest_va(KERNEL));
	assert_true(compare());
	put(0x28, branch(BRANCH, 0x28, guest_va(TEXT + PLT + ENTRY)));
	assert_false(compare());
	put_entry(PLT + ENTRY, guest_va(OTHER + 0x10));
	assert_true(compare());
	put_entry(PLT + 2 * ENTRY, guest_va(OTHER + 0x10)); /* the loader tried this entry */
	assert_true(compare());
	put_entry(PLT + 2 * ENTRY, guest_va(OTHER + 0x14));
	assert_false(compare());
	put_entry(PLT + 2 * ENTRY, guest_va(OTHER + 0x10));
	put(PLT + 2 * ENTRY + 8, NOP);
	assert_false(compare());
	put_entry(PLT + 2 * ENTRY, guest_va(OTHER + 0x10));
	put(PLT, adrp(ADRP_16 + 1, PLT, guest_va(KERNEL)));
	assert_false(compare());
	put_entry(PLT, guest_va(KERNEL));
	put(0x04, branch(CALL, 0x04, guest_va(TEXT + PLT + ENTRY))); /* another function's */
	assert_false(compare());
	put(0x04, branch(CALL, 0x04, guest_va(TEXT + PLT + 4)));
	assert_false(compare());
	put(0x04, branch(CALL, 0x04, guest_va(TEXT + PLT + ENTRIES * ENTRY)));
	assert_false(compare());
}

TEST(test_ways_to_tracers)
{
	for (uint32_t i = 0; i < 6; i++)
		put(TRACERS + 4 * i, 0);
	assert_true(compare());
	put_entry(TRACERS, guest_va(0x18100)); /* the other one's */
	assert_false(compare());
	put_entry(TRACERS, guest_va(0x18000));
	assert_true(compare());
}

static bool may(uint32_t place, uint32_t word)
{
	return approve_may(&approve, &part, place, word);
}

TEST(test_stores)
{
	assert_true(may(0x10, NOP));
	assert_true(may(0x10, branch(BRANCH, 0x10, guest_va(TEXT + 0x40))));
	assert_false(may(0x10, branch(BRANCH, 0x10, guest_va(TEXT + 0x44))));
	assert_true(may(0x18, NOP));
	assert_true(may(0x18, branch(CALL, 0x18, guest_va(0x18000))));
	assert_true(may(0x18, branch(CALL, 0x18, guest_va(TEXT + TRACERS))));
	assert_false(may(0x18, branch(CALL, 0x18, guest_va(KERNEL))));
	assert_false(may(0x14, NOP)); /* the loader changed this site for good */
	assert_false(may(0x04, NOP));
	assert_false(may(0x1c, NOP));
	assert_false(may(0x24, NOP));
	assert_false(may(SIZE, NOP));
	assert_false(may(0, NOP));
	assert_false(may(0x18, branch(CALL, 0x18, guest_va(TEXT + PLT))));
	assert_false(may(0x18, branch(CALL, 0x18, guest_va(TEXT - 8))));
	assert_false(may(0x18, branch(CALL, 0x18, guest_va(TEXT + SIZE))));
}

/* A store's judgement reads no other site, of which there may be a million. */
TEST(test_a_store_is_judged_by_its_own_site)
{
	assert_int_equal(list.site[SITES - 5].kind, WATCHMODULES_PLT);
	list.site[SITES - 5].value = UINT64_MAX; /* all sites are looked at when text is compared */
	assert_false(compare());
	assert_true(may(0x10, NOP));
	assert_true(may(0x18, branch(CALL, 0x18, guest_va(TEXT + TRACERS))));
}

/* A list that isn't whole is refused. A list with wild sites lets no module be right. */
TEST(test_damaged_lists)
{
	struct watchmodules_text *text = &list.module[0].part[WATCHMODULES_CORE];
	const struct watchmodules_text good = *text;

	assert_false(approve_open(&approve, &list.head, sizeof(list) - 1, &file.facts));
	assert_false(approve_open(&approve, &list.head, sizeof(list.head) - 1, &file.facts));
	text->size = sizeof(list) - text->text + 4;
	assert_false(approve_open(&approve, &list.head, sizeof(list), &file.facts));
	*text = good;
	text->code = SIZE + 4;
	assert_false(approve_open(&approve, &list.head, sizeof(list), &file.facts));
	*text = good;
	text->count = SITES + 1;
	assert_false(approve_open(&approve, &list.head, sizeof(list), &file.facts));
	*text = good;
	text->sites += 4;
	assert_false(approve_open(&approve, &list.head, sizeof(list), &file.facts));
	*text = good;
	list.module[1].name[WATCHMODULES_NAME - 1] = 'x';
	assert_false(approve_open(&approve, &list.head, sizeof(list), &file.facts));
	list.module[1].name[WATCHMODULES_NAME - 1] = 0;
	list.head.count = 100;
	assert_false(approve_open(&approve, &list.head, sizeof(list), &file.facts));
	list.head.count = 2;
	list.head.kernel++;
	assert_false(approve_open(&approve, &list.head, sizeof(list), &file.facts));
	list.head.kernel--;
	assert_true(approve_open(&approve, &list.head, sizeof(list), &file.facts));
	for (uint32_t i = 0; i < SITES; i++) {
		const struct watchmodules_site was = list.site[i];

		list.site[i].place = SIZE;
		assert_false(compare());
		list.site[i].place = UINT32_MAX - 3;
		assert_false(compare());
		list.site[i] = was;
		list.site[i].value = UINT64_MAX - 7;
		if (was.kind != WATCHMODULES_TRACED && was.kind != WATCHMODULES_JUMP)
			assert_false(compare());
		list.site[i] = was;
	}
	assert_true(compare());
}
