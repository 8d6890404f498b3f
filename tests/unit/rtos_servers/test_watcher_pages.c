/*
 * Pages of modules of a guarded Linux in memory: pages that become code, stores into these, mends,
 * and pages that are code no more. Shows: prevent.judged, prevent.place, prevent.mends,
 * watch.disarms.
 */
#include <servers/watcher/sites.h>
#include <string.h>
#include <unit.h>
#include <unit/rtos_servers/guarded_names.h>

#define NAME   GUARDED_NAME
#define NOP    0xd503201fu
#define CALL   0x94000000u
#define BRANCH 0x14000000u
#define INIT   LISTED_MODULE_INIT
#define SIZE   LISTED_MODULE_SIZE
#define JUMP   LISTED_MODULE_JUMP
#define TRACED LISTED_MODULE_TRACED

const struct unit_fixture unit_each = {guarded_set_up, guarded_tear_down};

/*
 * All pages of a module's text and constants are compared when they can't be written. Those of text
 * become code before the first one is executed.
 */
TEST(test_modules_by_their_contents)
{
	guarded_seal();
	assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0), WATCH_FAULT_AGAIN);
	assert_int_equal(guarded.told.event, PREVENT_MODULE);
	assert_string_equal(guarded.told.name, "one");
	assert_int_equal(guarded.allows, 4);
	guarded_expect(0, TEXT, 3, WATCH_RIGHT_CONSTANT);
	guarded_expect(1, INIT, 2, WATCH_RIGHT_CONSTANT);
	guarded_expect(2, TEXT, 2, WATCH_RIGHT_CODE);
	guarded_expect(3, INIT, 1, WATCH_RIGHT_CODE);
	assert_true(guarded_is_code(GUEST_KERNEL + INIT + PAGE - 8));
	assert_false(guarded_is_code(GUEST_KERNEL + INIT + PAGE));
	assert_false(guarded_is_code(GUEST_IPA - 8));
	assert_false(guarded_is_code(GUEST_IPA + GUEST_SIZE));
	assert_int_equal(guarded_judge(FETCH, EL1, TEXT + SIZE - 4, 0),
	                 WATCH_FAULT_AGAIN); /* too late */
	assert_int_equal(guarded.allows + guarded.tells, 0);
	assert_int_equal(guarded_judge(FETCH, EL1, TEXT + SIZE, 0), WATCH_FAULT_REFUSE);
	assert_string_equal(guarded.told.name, "");
	guest_store(MODULE + NAME, 0x656e6e);
	assert_int_equal(guarded_judge(FETCH, EL1, TEXT, 0), WATCH_FAULT_REFUSE);
	assert_string_equal(guarded.told.name, "nne");
	assert_int_equal(guarded.allows, 0);
}

/*
 * A module has the name of an approved one, and another instruction or constant in one of its
 * parts. Nothing becomes code.
 */
TEST(test_other_contents_are_refused)
{
	const uint32_t places[] = {TEXT + 0x40,
	                           TEXT + SIZE - 8,
	                           INIT + 0x80,
	                           TEXT + SIZE,
	                           TEXT + SIZE + LISTED_MODULE_POINTER,
	                           TEXT + SIZE + LISTED_MODULE_CONSTANTS,
	                           INIT + PAGE + 0x10};

	guarded_seal();
	for (uint32_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const uint64_t was = guest_load(places[i]);

		guest_store(places[i], was ^ 1);
		assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0), WATCH_FAULT_REFUSE);
		assert_int_equal(guarded.tells, 2);
		assert_int_equal(guarded.told.event, PREVENT_FETCH);
		assert_int_equal(guarded.allows, 2);
		guarded_expect(1, INIT, 2, WATCH_RIGHT_CONSTANT);
		assert_false(guarded_is_code(GUEST_KERNEL + INIT));
		guest_store(places[i], was);
	}
	guest_store(MODULE + guarded.file.facts.module_text_size, PAGE); /* a part of the text */
	assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0), WATCH_FAULT_REFUSE);
	assert_int_equal(guarded.allows, 0);
	guest_store(MODULE + guarded.file.facts.module_text_size, SIZE);
	guest_store(MODULE + guarded.file.facts.module_base,
	            guest_va(TEXT + 8)); /* not the address of a page */
	assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0), WATCH_FAULT_REFUSE);
	assert_int_equal(guarded.allows, 0);
	guest_store(MODULE + guarded.file.facts.module_base, guest_va(TEXT));
	assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0), WATCH_FAULT_AGAIN);
}

TEST(test_without_a_list)
{
	guarded_seal();
	guarded.prevent.approve.file = NULL;
	assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0), WATCH_FAULT_REFUSE);
	assert_int_equal(guarded.allows, 0);
	assert_int_equal(guarded_judge(STORE, EL1, TEXT + JUMP, NOP), WATCH_FAULT_REFUSE);
}

/* Judges the page that the module's own address leads to now, which the loader didn't write. */
static uint32_t judge_foreign(uint32_t place, uint32_t page)
{
	guarded.allows = guarded.tells = 0;
	guarded.fault = (struct watch_fault){.changes = guarded.fault.changes + 2,
	                                     .syndrome = FETCH,
	                                     .address = GUEST_KERNEL + page,
	                                     .at = guest_va(place),
	                                     .pstate = EL1};
	(void)prevent_look(&guarded.prevent, 1, 1);
	return guarded.answered & 0xff;
}

static void map(uint32_t place, uint32_t page)
{
	guest_map_pages(place, page);
	guarded.guest.walk.ttbr1 = guest_paged_ttbr1();
}

TEST(test_pages_of_a_module_stay_its_pages)
{
	guarded_seal();
	/* a page that the kernel's own tables don't have there */
	assert_int_equal(judge_foreign(TEXT, FREE + PAGE), WATCH_FAULT_REFUSE);
	guest_store(HEAD, guest_va(HEAD));
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(
		    guarded_judge(STORE64, EL1, (uint32_t[]){TEXT, TEXT + PAGE, INIT}[i], 0),
		    WATCH_FAULT_AGAIN);
	guest_store(HEAD, guest_va(MODULE + guarded.file.facts.module_list));
	map(TEXT + PAGE, FREE);
	assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0),
	                 WATCH_FAULT_REFUSE); /* the page that is there */
	map(TEXT, TEXT);
	assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0), WATCH_FAULT_AGAIN);
	assert_int_equal(guarded.allows, 4);
	map(TEXT + PAGE, FREE);
	assert_int_equal(judge_foreign(TEXT + PAGE, FREE), WATCH_FAULT_REFUSE);
	assert_int_equal(guarded.told.event, PREVENT_FETCH);
	assert_string_equal(guarded.told.name, "one");
	assert_int_equal(guarded.allows, 0);
}

/* The module is loaded anew at the same place. The loader has written each page meanwhile. */
TEST(test_a_module_comes_again)
{
	guarded_seal();
	assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0), WATCH_FAULT_AGAIN);
	guest_store(HEAD, guest_va(HEAD));
	for (uint32_t page = 0; page < 3; page++)
		assert_int_equal(
		    guarded_judge(STORE64, EL1, page < 2 ? TEXT + page * PAGE : INIT, 0),
		    WATCH_FAULT_AGAIN);
	guest_store(HEAD, guest_va(MODULE + guarded.file.facts.module_list));
	assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0), WATCH_FAULT_AGAIN);
	assert_int_equal(guarded.told.event, PREVENT_MODULE);
	assert_int_equal(guarded.allows, 4);
}

/* The last vCPU may still store there, as it was allowed to when another module had the place. */
TEST(test_no_store_follows_a_comparison)
{
	guarded_seal();
	guarded.storing = 4;
	guarded.fault = (struct watch_fault){.changes = 90,
	                                     .syndrome = FETCH,
	                                     .address = GUEST_KERNEL + INIT,
	                                     .at = guest_va(INIT),
	                                     .pstate = EL1};
	guarded.allows = guarded.tells = 0;
	guarded.prevent.next = 0;
	assert_false(prevent_look(&guarded.prevent, 3, 1));
	assert_int_equal(guarded.retracted, 7);
	assert_int_equal(guarded.allows, 2); /* the pages can't be written, but are no code */
	assert_int_equal(guarded.tells, 0);
	guarded.prevent.next = 0;
	assert_true(prevent_look(&guarded.prevent, 3, 1));
	assert_int_equal(guarded.answered, 90 << 8 | WATCH_FAULT_REFUSE);
	assert_int_equal(guarded.told.event, PREVENT_FETCH);
	assert_false(guarded_is_code(GUEST_KERNEL + TEXT));
}

/*
 * A page of a module that is gone becomes data late, or so late that its watcher doesn't see it. No
 * store into it counts as one into code, and the module may come again.
 */
TEST(test_a_request_is_taken_back)
{
	guarded_seal();
	assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0), WATCH_FAULT_AGAIN);
	guest_store(HEAD, guest_va(HEAD));
	guarded.allowance = 2; /* the module's other pages */
	assert_int_equal(guarded_judge(STORE64, EL1, TEXT, 0), 0);
	assert_int_equal(prevent_pages_state(&guarded.prevent.pages, GUEST_KERNEL + TEXT),
	                 PREVENT_PAGE_CHANGES);
	guarded.allowance = LOG;
	assert_int_equal(guarded_judge(STORE64, EL1, INIT, 0), WATCH_FAULT_AGAIN);
	guest_store(HEAD, guest_va(MODULE + guarded.file.facts.module_list));
	assert_int_equal(guarded_judge(STORE, EL1, TEXT + JUMP, NOP), WATCH_FAULT_AGAIN);
	assert_int_equal(guarded.told.event, PREVENT_MODULE);
	assert_true(guarded_is_code(GUEST_KERNEL + TEXT));
}

/* Some pages change late. Later the module begins with all. */
TEST(test_a_module_begins_whole)
{
	guarded_seal();
	for (uint32_t i = 0; i < 4; i++) {
		guarded.allowance = i;
		assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0), 0);
		assert_int_equal(guarded.tells, 0);
		assert_false(guarded_is_code(GUEST_KERNEL + TEXT));
	}
	guarded.allowance = LOG;
	assert_true(prevent_look(&guarded.prevent, 1, 1));
	assert_int_equal(guarded.answered & 0xff, WATCH_FAULT_AGAIN);
	assert_int_equal(guarded.told.event, PREVENT_MODULE);
	assert_int_equal(guarded.allows, 3 + 4);
}

/* The module's list says that the kernel's own constants are its text. */
TEST(test_the_image_is_no_module)
{
	guarded_seal();
	guest_store(MODULE + guarded.file.facts.module_base, guest_va(0x37000));
	assert_int_equal(guarded_judge(FETCH, EL1, 0x38000, 0), WATCH_FAULT_REFUSE);
	assert_int_equal(guarded.allows, 0);
}

static bool may_mend(uint32_t place)
{
	return prevent_may_mend(&guarded.prevent, GUEST_KERNEL + place);
}

/* Constants stay while the module is there, by its list and by the page tables. */
TEST(test_constants_stay)
{
	const uint32_t places[] = {TEXT + SIZE, TEXT + SIZE + PAGE - 4, INIT + PAGE};

	guarded_seal();
	assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0), WATCH_FAULT_AGAIN);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(guarded_judge(STORE, EL1, places[i], NOP), WATCH_FAULT_REFUSE);
		assert_int_equal(guarded.told.event, PREVENT_WRITE);
		assert_string_equal(guarded.told.name, "one");
		assert_int_equal(guarded_judge(STORE64, EL1, places[i], 0), WATCH_FAULT_REFUSE);
		assert_int_equal(guarded_judge(STORE, EL1, places[i], SITES_BREAK),
		                 WATCH_FAULT_REFUSE);
		assert_int_equal(guarded_judge(STORE, EL0, places[i], 0), WATCH_FAULT_REFUSE);
		assert_int_equal(guarded_judge(FETCH, EL1, places[i], 0), WATCH_FAULT_REFUSE);
		assert_int_equal(guarded.allows, 0);
	}
	map(TEXT + SIZE, FREE); /* the constants are elsewhere */
	assert_int_equal(guarded_judge(STORE64, EL1, TEXT + SIZE, 0), WATCH_FAULT_AGAIN);
	guarded_expect(0, TEXT + SIZE, 1, WATCH_RIGHT_DATA);
	guest_store(MODULE + guarded.file.facts.module_init_base, 0); /* the start is over */
	assert_int_equal(guarded_judge(STORE64, EL1, INIT + PAGE, 0), WATCH_FAULT_AGAIN);
	guarded_expect(guarded.allows - 1, INIT + PAGE, 1, WATCH_RIGHT_DATA);
	assert_int_equal(prevent_pages_state(&guarded.prevent.pages, GUEST_KERNEL + INIT + PAGE),
	                 PREVENT_PAGE_OTHER);
	assert_true(guarded_is_code(GUEST_KERNEL + TEXT));
}

/* Constants stay, also those of a module that didn't become code as a whole. */
TEST(test_constants_stay_from_the_comparison_on)
{
	guarded_seal();
	guarded.allowance = 3;
	assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0), 0);
	guarded.allowance = LOG;
	assert_false(may_mend(TEXT + SIZE));
	assert_int_equal(guarded_judge(STORE64, EL1, TEXT + SIZE, 0), WATCH_FAULT_REFUSE);
	assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0), WATCH_FAULT_AGAIN);
}

/*
 * Its pages become data, the written one last. A module that is taken out of the kernel's list so
 * that its constants can be written isn't executed any more.
 */
TEST(test_a_module_that_is_gone_has_no_code)
{
	const uint32_t core[] = {TEXT, TEXT + PAGE, TEXT + SIZE}, init[] = {INIT + PAGE, INIT};

	guarded_seal();
	assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0), WATCH_FAULT_AGAIN);
	guest_store(HEAD, guest_va(HEAD));
	guarded.allowance = 1; /* some pages are late */
	assert_int_equal(guarded_judge(STORE64, EL1, TEXT + SIZE + 8, 0), 0);
	guarded_expect(0, core[0], 1, WATCH_RIGHT_DATA);
	assert_true(guarded_is_code(GUEST_KERNEL + TEXT + PAGE));
	assert_false(may_mend(TEXT + SIZE));
	guarded.allowance = LOG;
	assert_int_equal(guarded_judge(STORE64, EL1, TEXT + SIZE + 8, 0), WATCH_FAULT_AGAIN);
	assert_int_equal(guarded.allows, 2);
	guarded_expect(0, core[1], 1, WATCH_RIGHT_DATA);
	guarded_expect(1, core[2], 1, WATCH_RIGHT_DATA);
	assert_int_equal(guarded_judge(STORE64, EL1, INIT + 8, 0), WATCH_FAULT_AGAIN);
	assert_int_equal(guarded.allows, 2);
	guarded_expect(0, init[0], 1, WATCH_RIGHT_DATA);
	guarded_expect(1, init[1], 1, WATCH_RIGHT_DATA);
	for (uint32_t i = 0; i < 3; i++)
		assert_true(may_mend(core[i]));
	guest_store(HEAD, guest_va(MODULE + guarded.file.facts.module_list));
	guest_store(TEXT + SIZE, 0);
	assert_int_equal(guarded_judge(FETCH, EL1, TEXT, 0), WATCH_FAULT_REFUSE);
}

/*
 * Only the written page counts as one of the module's former pages. Its present pages look the
 * same.
 */
TEST(test_a_module_that_came_again_stays)
{
	guarded_seal();
	prevent_pages_note(&guarded.prevent.pages, GUEST_KERNEL + FREE,
	                   &(struct prevent_code){.state = PREVENT_PAGE_CONSTANT,
	                                          .module = 1,
	                                          .address = guest_va(TEXT) + SIZE,
	                                          .offset = SIZE});
	assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0), WATCH_FAULT_AGAIN);
	assert_int_equal(guarded_judge(STORE64, EL1, FREE, 0), WATCH_FAULT_AGAIN);
	assert_int_equal(guarded.allows, 1);
	guarded_expect(0, FREE, 1, WATCH_RIGHT_DATA);
	assert_true(guarded_is_code(GUEST_KERNEL + TEXT));
	assert_int_equal(guarded_judge(STORE64, EL1, TEXT + SIZE, 0), WATCH_FAULT_REFUSE);
}

TEST(test_stores_into_modules)
{
	guarded_seal();
	assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0), WATCH_FAULT_AGAIN);
	assert_int_equal(guarded_judge(STORE, EL1, TEXT + JUMP, NOP), WATCH_FAULT_STORE);
	assert_int_equal(guarded_judge(STORE, EL1, TEXT + JUMP, BRANCH | 2), WATCH_FAULT_STORE);
	assert_int_equal(guarded_judge(STORE, EL1, TEXT + JUMP, BRANCH | 3), WATCH_FAULT_REFUSE);
	assert_int_equal(guarded_judge(STORE, EL1, TEXT + JUMP + 4, NOP), WATCH_FAULT_REFUSE);
	assert_int_equal(guarded_judge(STORE, EL1, TEXT + TRACED + 4,
	                               CALL | ((0x18100 - TEXT - TRACED - 4) / 4 & 0x3ffffff)),
	                 WATCH_FAULT_STORE);
	assert_int_equal(guarded_judge(STORE, EL1, TEXT + TRACED, BRANCH), WATCH_FAULT_REFUSE);
	assert_int_equal(guarded_judge(STORE, EL1, TEXT + TRACED, NOP),
	                 WATCH_FAULT_SKIP); /* the word is there already */
	assert_int_equal(guarded.tells, 0);
	assert_int_equal(guarded_judge(STORE, EL1, TEXT + JUMP, SITES_BREAK), WATCH_FAULT_SKIP);
	assert_int_equal(guarded.told.event, PREVENT_PROBE);
	assert_int_equal(guarded_judge(STORE64, EL1, TEXT + JUMP, NOP), WATCH_FAULT_REFUSE);
	guest_store(HEAD, guest_va(HEAD)); /* the module is gone */
	assert_int_equal(guarded_judge(STORE64, EL1, TEXT + 8, 0), WATCH_FAULT_AGAIN);
	guarded_expect(2, TEXT, 1, WATCH_RIGHT_DATA);
	assert_int_equal(guarded_judge(FETCH, EL1, TEXT + 8, 0), WATCH_FAULT_REFUSE);
}

/*
 * A word that may stand at another place of a module is stored at no other place, for any page that
 * the kernel's tables have there.
 */
TEST(test_stores_go_to_their_own_page)
{
	guarded_seal();
	assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0), WATCH_FAULT_AGAIN);
	map(TEXT, TEXT + PAGE);
	assert_int_equal(guarded_judge(STORE, EL1, TEXT + PAGE + JUMP, NOP), WATCH_FAULT_REFUSE);
	assert_int_equal(guarded_judge(STORE, EL1, TEXT + PAGE + TRACED + 4, NOP),
	                 WATCH_FAULT_REFUSE);
	assert_string_equal(guarded.told.name, "one");
	map(TEXT, INIT);
	assert_int_equal(guarded_judge(STORE, EL1, INIT + JUMP, NOP), WATCH_FAULT_REFUSE);
	assert_int_equal(guarded_judge(STORE, EL1, TEXT + JUMP, NOP), WATCH_FAULT_STORE);
	assert_int_equal(guarded.allows, 0);
}

/* Restarts the watcher, which goes on with the former one's knowledge. */
static void restart(size_t size)
{
	guarded.prevent.starts = 0;
	guarded.prevent.image.kernel = 0;
	memset(&guarded.prevent.pages, 0, sizeof(guarded.prevent.pages));
	assert_true(prevent_pages_open(&guarded.prevent.pages, guarded.kept_pages, size,
	                               &guarded.prevent.image.walk));
}

TEST(test_a_restarted_watcher_knows_pages)
{
	const size_t size = sizeof(guarded.kept_pages);

	guarded_seal();
	assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0), WATCH_FAULT_AGAIN);
	restart(size);
	assert_int_equal(guarded_judge(STORE, EL1, TEXT + JUMP, BRANCH | 2), WATCH_FAULT_STORE);
	assert_int_equal(guarded_judge(STORE, EL1, TEXT + PAGE + JUMP, NOP), WATCH_FAULT_REFUSE);
	assert_false(prevent_pages_open(&guarded.prevent.pages, guarded.kept_pages, size - 8,
	                                &guarded.prevent.image.walk));
	restart(size);
	guarded.fault.changes += 2;
	(void)prevent_look(&guarded.prevent, 1, 2); /* another life */
	assert_false(guarded_is_code(GUEST_KERNEL + TEXT));
}

static void expect_mends_of_data_alone(void)
{
	const uint32_t code[] = {0x10000,         0x2fff8, 0x30000,     0x37ff8,    TEXT,
	                         TEXT + SIZE - 8, INIT,    TEXT + SIZE, INIT + PAGE};

	for (uint32_t i = 0; i < sizeof(code) / sizeof(code[0]); i++)
		assert_false(may_mend(code[i]));
	assert_true(may_mend(0xfff8));
	assert_true(may_mend(0x38000));
	assert_true(may_mend(TEXT + SIZE + PAGE));
}

/*
 * A restarted watcher mends only data, too, from its first look on. If it has lost its knowledge,
 * it mends nothing in that life.
 */
TEST(test_mends_are_of_data_alone)
{
	const size_t size = sizeof(guarded.kept_pages);

	assert_false(may_mend(TEXT)); /* before the first look */
	guarded_seal();
	assert_true(may_mend(TEXT));
	guarded.allowance = 3; /* the page may be code */
	assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0), 0);
	expect_mends_of_data_alone();
	guarded.allowance = LOG;
	assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0), WATCH_FAULT_AGAIN);
	expect_mends_of_data_alone();
	restart(size);
	assert_false(may_mend(FREE));
	(void)prevent_look(&guarded.prevent, 1, 1);
	expect_mends_of_data_alone();
	memset(guarded.kept_pages, 0, size);
	for (uint32_t i = 0; i < 2; i++) {
		restart(size);
		(void)prevent_look(&guarded.prevent, 1, 1);
		assert_false(may_mend(FREE));
	}
	(void)prevent_look(&guarded.prevent, 1, 2);
	assert_true(may_mend(TEXT));
}

/* A mend may still write a page that was no code when the mend was asked for. */
TEST(test_code_waits_for_a_mend)
{
	guarded.mending = true;
	assert_int_equal(guarded_judge(FETCH, EL0, FREE, 0), 0);
	assert_int_equal(guarded.allows, 0);
	guarded.mending = false;
	guarded_seal();
	guarded.mending = true;
	assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0), 0);
	assert_int_equal(guarded.allows + guarded.tells, 0);
	guarded.mending = false;
	assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0), WATCH_FAULT_AGAIN);
}

/* ---- a module that is disarmed ---- */

static enum prevent_disarmed disarm(uint32_t place, const char **name)
{
	guarded.allows = guarded.tells = 0;
	*name = NULL;
	return prevent_disarm(&guarded.prevent, guest_va(place), name);
}

static void expect_disarmed(void)
{
	const uint32_t places[] = {TEXT, TEXT + SIZE - 4, INIT};

	for (uint32_t i = 0; i < 3; i++) {
		assert_false(guarded_is_code(GUEST_KERNEL + places[i]));
		assert_int_equal(guarded_judge(FETCH, EL1, places[i], 0), WATCH_FAULT_REFUSE);
		assert_int_equal(guarded.told.event, PREVENT_FETCH);
		assert_string_equal(guarded.told.name, "one");
		assert_int_equal(guarded.allows, 0);
	}
	assert_int_equal(guarded_judge(STORE, EL1, TEXT + JUMP, NOP), WATCH_FAULT_REFUSE);
}

/*
 * A module is disarmed by an address of its data. A restarted watcher knows that. The next life has
 * the module anew.
 */
TEST(test_a_module_is_disarmed)
{
	const char *name;

	guarded_seal();
	assert_int_equal(disarm(TEXT, &name), PREVENT_NO_MODULE); /* the module hasn't begun */
	assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0), WATCH_FAULT_AGAIN);
	assert_int_equal(disarm(TEXT - 8, &name), PREVENT_NO_MODULE);
	assert_int_equal(disarm(TEXT + GUARDED_MEMORY, &name), PREVENT_NO_MODULE);
	assert_true(guarded_is_code(GUEST_KERNEL + TEXT));
	assert_int_equal(disarm(TEXT + GUARDED_MEMORY - 8, &name), PREVENT_DISARMED);
	assert_string_equal(name, "one");
	assert_int_equal(guarded.allows, 2);
	guarded_expect(0, TEXT, 2, WATCH_RIGHT_CONSTANT);
	guarded_expect(1, INIT, 1, WATCH_RIGHT_CONSTANT);
	expect_disarmed();
	assert_int_equal(disarm(TEXT, &name), PREVENT_DISARMED);
	assert_null(name);
	assert_int_equal(guarded.allows, 0);
	restart(sizeof(guarded.kept_pages));
	expect_disarmed();
	guarded_judge(FETCH, EL1, INIT, 0);
	guarded.life = 2;
	guarded.fault.changes += 2;
	(void)prevent_look(&guarded.prevent, 1, 2);
	assert_int_equal(disarm(TEXT, &name), PREVENT_NO_MODULE);
}

/* The loader has written the module's pages meanwhile. */
TEST(test_a_disarmed_module_does_not_come_again)
{
	const char *name;

	guarded_seal();
	assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0), WATCH_FAULT_AGAIN);
	assert_int_equal(disarm(TEXT, &name), PREVENT_DISARMED);
	guest_store(HEAD, guest_va(HEAD));
	for (uint32_t page = 0; page < 3; page++)
		assert_int_equal(
		    guarded_judge(STORE64, EL1, page < 2 ? TEXT + page * PAGE : INIT, 0),
		    WATCH_FAULT_AGAIN);
	guest_store(HEAD, guest_va(MODULE + guarded.file.facts.module_list));
	expect_disarmed();
}

/*
 * Modules that overlap the last one are gone. A module behind it isn't, nor is the memory that was
 * taken from one of them.
 */
TEST(test_memory_belongs_to_the_last_module)
{
	struct prevent_area *area = guarded.prevent.pages.head->area;

	guarded_seal();
	area[7] = (struct prevent_area){.base = guest_va(TEXT) - PAGE, .size = PAGE + 1};
	area[8] = (struct prevent_area){guest_va(TEXT) + GUARDED_MEMORY - 1, PAGE, .disarmed = 1};
	area[9] = (struct prevent_area){guest_va(TEXT) + GUARDED_MEMORY, PAGE, .disarmed = 0};
	area[10] = (struct prevent_area){guest_va(TEXT) - PAGE, PAGE, .disarmed = 0};
	assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0), WATCH_FAULT_AGAIN);
	assert_int_equal(area[7].size, 0);
	assert_int_equal(area[8].size, 0);
	assert_int_equal(area[8].disarmed, 1);
	assert_int_equal(area[9].size, PAGE);
	assert_int_equal(area[10].size, PAGE);
}

/* Other modules are there, and the guest told a wrong size, of this module or of one below it. */
TEST(test_memory_that_two_modules_have)
{
	struct prevent_area *area = guarded.prevent.pages.head->area;
	const uint64_t page = GUEST_IPA; /* some page of each of them */
	uint32_t its = 0;

	guarded_seal();
	area[7] = (struct prevent_area){.base = guest_va(TEXT) - PAGE, .size = PAGE + 1};
	area[8] = (struct prevent_area){.base = guest_va(TEXT) + PAGE, .size = PAGE};
	for (uint32_t i = 7; i <= 8; i++)
		prevent_pages_note(&guarded.prevent.pages, page + i * PAGE,
		                   &(struct prevent_code){.module = i});
	assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0), WATCH_FAULT_AGAIN);
	assert_int_equal(area[7].size, PAGE);
	assert_int_equal(area[8].size, PAGE);
	while (its < WATCHMODULES_MOST && area[its].base != guest_va(TEXT))
		its++;
	assert_in_range(its, 0, 6);
	assert_int_equal(area[its].size, PAGE);
}

/* The first vCPU is off, and the next one does a part first. A new watcher may go on. */
TEST(test_a_module_is_disarmed_in_parts)
{
	const char *name;

	guarded_seal();
	assert_int_equal(guarded_judge(FETCH, EL1, INIT, 0), WATCH_FAULT_AGAIN);
	guarded.prevent.vcpus = 2;
	guarded.vcpus_off = 1;
	assert_int_equal(disarm(TEXT, &name), PREVENT_LATER);
	assert_int_equal(guarded.refusals, 1);
	guarded.allowance = 1;
	assert_int_equal(disarm(TEXT, &name), PREVENT_LATER);
	assert_null(name);
	guarded.vcpus_off = 0;
	guarded.allowance = LOG;
	restart(sizeof(guarded.kept_pages));
	assert_int_equal(guarded_judge(FETCH, EL1, TEXT, 0), WATCH_FAULT_REFUSE);
	guarded.prevent.sealer = 0;
	assert_int_equal(disarm(TEXT, &name), PREVENT_DISARMED);
	assert_string_equal(name, "one");
	expect_disarmed();
}

/* The kept memory is lost: a running module is compared before it is believed. */
TEST(test_stores_into_modules_by_their_contents)
{
	guarded_seal();
	guest_store(MODULE + guarded.file.facts.module_init_base, 0);
	guest_store(MODULE + guarded.file.facts.module_init_size, 0);
	assert_int_equal(guarded_judge(STORE, EL1, TEXT + JUMP, BRANCH | 2), WATCH_FAULT_AGAIN);
	assert_int_equal(guarded.told.event, PREVENT_MODULE);
	guarded_expect(0, TEXT, 3, WATCH_RIGHT_CONSTANT);
	guarded_expect(1, TEXT, 2, WATCH_RIGHT_CODE);
	assert_int_equal(guarded_judge(STORE, EL1, TEXT + JUMP, BRANCH | 2), WATCH_FAULT_STORE);
	assert_int_equal(guarded_judge(STORE, EL1, TEXT + JUMP, BRANCH | 3), WATCH_FAULT_REFUSE);
	assert_int_equal(guarded.tells, 1);
	memset(guarded.kept_pages, 0, sizeof(guarded.kept_pages));
	guest_store(TEXT + 0x40, 0); /* by a way that only the test has */
	assert_int_equal(guarded_judge(STORE, EL1, TEXT + JUMP, NOP), WATCH_FAULT_REFUSE);
	guest_store(MODULE + NAME, 0x6f7774); /* "two" */
	assert_int_equal(guarded_judge(STORE, EL1, TEXT + JUMP, NOP), WATCH_FAULT_REFUSE);
}
