/*
 * Prevention, over a Linux in memory (watched_guest.h): which pages get which rights, and what is
 * judged how. Shows: prevent.judged.
 */
#include <servers/watcher/prevent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unit/rtos_servers/listed_module.h>
#include <unit/rtos_servers/watched_guest.h>

#include <cmocka.h>

#define PAGE    4096u
#define FETCH   (0x20ULL << 26)
#define STORE   (0x24ULL << 26 | 1ULL << 24 | 2ULL << 22 | 1ULL << 6) /* 32 bits */
#define STORE64 (0x24ULL << 26 | 1ULL << 24 | 3ULL << 22 | 1ULL << 6)
#define EL0     0u
#define EL1     5u
#define NOP     0xd503201fu
#define CALL    0x94000000u
#define BRANCH  0x14000000u
#define HEAD    0x48000u /* the list of modules */
#define MODULE  0x49000u
#define NAME    32u
#define TEXT    LISTED_MODULE_TEXT
#define INIT    LISTED_MODULE_INIT
#define SIZE    LISTED_MODULE_SIZE
#define JUMP    LISTED_MODULE_JUMP
#define TRACED  LISTED_MODULE_TRACED
#define FREE    0x70000u /* nobody's */
#define ENTRY   0x34000u
#define LOG     32u

static struct guest_file file;

static struct guest guest;
static struct guestcache cache;
static struct prevent prevent;
static struct prevent_sealed kept;
static uint64_t kept_pages[2 + GUEST_SIZE / PAGE];
static struct prevent_told told;
static bool used, changes_rights;
static uint32_t life; /* that the last look saw */
static struct watch_fault fault;
static uint64_t answered;
static uint64_t allowed[LOG][2];
static uint32_t allows, tells, allowance, vcpus_off, faulty, refusals;
static uint32_t storing, retracted; /* bits of vCPUs */

static bool read_fault(uint32_t vcpu, struct watch_fault *to)
{
	*to = fault;
	return (faulty >> vcpu & 1) != 0 && fault.changes != 0 && answered >> 8 != fault.changes;
}

static void take_answer(uint32_t vcpu, uint64_t answer)
{
	assert_true((faulty >> vcpu & 1) != 0);
	answered = answer;
}

/* A vCPU that carries out a store has done so when it is asked again. */
static bool retract(uint32_t vcpu)
{
	const bool stores = (storing >> vcpu & 1) != 0;

	retracted |= 1u << vcpu;
	storing &= ~(1u << vcpu);
	if (stores)
		guest_store(TEXT + 0x40, guest_load(TEXT + 0x40) ^ 1);
	return !stores;
}

static uint64_t allow(uint32_t vcpu, enum watch_rights rights, uint64_t page, uint64_t pages)
{
	if (vcpu < vcpus_off) {
		refusals++;
		return pages;
	}
	assert_int_equal(vcpu, vcpus_off);
	assert_true(allows < LOG && pages != 0);
	if (!changes_rights || allows == allowance)
		return pages > 1 ? pages / 2 : pages;
	allowed[allows][0] = page * PAGE | (uint64_t)rights;
	allowed[allows++][1] = pages;
	return 0;
}

static void tell(const struct prevent_told *what)
{
	told = *what;
	tells++;
}

static void keep(const struct prevent_sealed *sealed)
{
	kept = *sealed;
}

static void put_state(uint32_t state)
{
	guest_store(file.facts.system_state & ~7u,
	            (uint64_t)state << file.facts.system_state % 8 * 8);
}

static int set_up(void **state)
{
	(void)state;
	guest_build();
	file = guest_file;
	file.facts.entry = ENTRY;
	file.facts.entry_end = ENTRY + PAGE;
	file.facts.modules = HEAD;
	file.facts.module_list = 8;
	file.facts.module_name = NAME;
	file.facts.module_base = 96;
	file.facts.module_text_size = 104;
	file.facts.module_init_base = 112;
	file.facts.module_init_size = 120;
	guest = guest_ready();
	guest.facts = &file.facts;
	guest.cache = &cache;
	guest_store(HEAD, guest_va(MODULE + file.facts.module_list));
	guest_store(MODULE + file.facts.module_list, guest_va(HEAD));
	guest_store(MODULE + NAME, 0x656e6f); /* "one" */
	guest_store(MODULE + file.facts.module_base, guest_va(TEXT));
	guest_store(MODULE + file.facts.module_text_size, SIZE);
	guest_store(MODULE + file.facts.module_init_base, guest_va(INIT));
	guest_store(MODULE + file.facts.module_init_size, PAGE);
	memset(&kept, 0, sizeof(kept));
	used = changes_rights = true;
	life = 1;
	prevent = (struct prevent){.guest = &guest,
	                           .used = &used,
	                           .life = &life,
	                           .image = guest,
	                           .fault = read_fault,
	                           .answer = take_answer,
	                           .retract = retract,
	                           .allow = allow,
	                           .keep = keep,
	                           .tell = tell};
	memset(kept_pages, 0, sizeof(kept_pages));
	assert_true(prevent_pages_open(&prevent.pages, kept_pages, sizeof(kept_pages),
	                               &prevent.image.walk));
	prevent.approve.guest = &guest;
	listed_module_make(&prevent.approve, &file.facts);
	fault = (struct watch_fault){.changes = 0};
	allows = tells = 0;
	allowance = LOG;
	vcpus_off = refusals = 0;
	faulty = 1;
	storing = retracted = 0;
	put_state(file.facts.running);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	guest_free();
	return 0;
}

/* The verdict; 0: there is none. */
static uint32_t judge(uint64_t syndrome, uint32_t el, uint32_t place, uint32_t value)
{
	allows = tells = 0;
	answered = 0;
	fault = (struct watch_fault){.changes = fault.changes + 2,
	                             .syndrome = syndrome,
	                             .address = GUEST_KERNEL + place,
	                             .at = guest_va(place),
	                             .pstate = el,
	                             .value = value};
	(void)prevent_look(&prevent, 1, 1);
	assert_true(answered == 0 || answered >> 8 == fault.changes);
	return answered & 0xff;
}

static void seal(void)
{
	assert_int_equal(judge(FETCH, EL0, FREE, 0), WATCH_FAULT_AGAIN);
	assert_int_equal(told.event, PREVENT_SEALED);
}

static const uint64_t sealed[][3] = {
    {GUEST_KERNEL + 0x10000, GUEST_KERNEL + 0x30000, WATCH_RIGHT_CODE},
    {GUEST_KERNEL + ENTRY, GUEST_KERNEL + ENTRY + PAGE, WATCH_RIGHT_CODE},
    {GUEST_KERNEL + 0x30000, GUEST_KERNEL + ENTRY, WATCH_RIGHT_CONSTANT},
    {GUEST_KERNEL + ENTRY + PAGE, GUEST_KERNEL + 0x38000, WATCH_RIGHT_CONSTANT},
    {GUEST_IPA, GUEST_KERNEL + 0x10000, WATCH_RIGHT_DATA},
    {GUEST_KERNEL + 0x38000, GUEST_IPA + GUEST_SIZE, WATCH_RIGHT_DATA},
};

/* All of memory, each page once. */
static void test_seal_gives_each_page_its_rights(void **state)
{
	(void)state;
	seal();
	assert_int_equal(allows, 6);
	for (uint32_t i = 0; i < 6; i++) {
		assert_int_equal(allowed[i][0], sealed[i][0] | sealed[i][2]);
		assert_int_equal(allowed[i][1], (sealed[i][1] - sealed[i][0]) / PAGE);
	}
	assert_int_equal(kept.starts, 1);
	assert_false(prevent_look(&prevent, 1, 1)); /* answered once */
}

static void test_early_programs_run_page_by_page(void **state)
{
	(void)state;
	put_state(file.facts.running - 1);
	assert_int_equal(judge(FETCH, EL0, FREE + 8, 0), WATCH_FAULT_AGAIN);
	assert_int_equal(allows, 1);
	assert_int_equal(allowed[0][0], (GUEST_KERNEL + FREE) | WATCH_RIGHT_DATA);
	assert_int_equal(tells, 0);
	put_state(file.facts.running); /* sealed without another fault */
	(void)prevent_look(&prevent, 1, 1);
	assert_int_equal(told.event, PREVENT_SEALED);
}

/* The first vCPUs are off. */
static void test_another_vcpu_seals(void **state)
{
	(void)state;
	put_state(file.facts.running - 1);
	assert_int_equal(judge(FETCH, EL0, FREE + 8, 0), WATCH_FAULT_AGAIN);
	put_state(file.facts.running);
	vcpus_off = 2;
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(tells, 0);
		(void)prevent_look(&prevent, 3, 1);
	}
	assert_int_equal(told.event, PREVENT_SEALED);
}

/* A vCPU does one range and half of the next one, and then no more in time. */
static void test_a_seal_goes_on_where_it_was_cut_off(void **state)
{
	(void)state;
	allowance = 1;
	for (uint32_t i = 0; i < 6; i++) {
		const uint64_t pages = (sealed[i][1] - sealed[i][0]) / PAGE;

		assert_int_equal(judge(FETCH, EL0, FREE, 0), i == 5 ? WATCH_FAULT_AGAIN : 0);
		assert_int_equal(allows, 1);
		assert_int_equal(allowed[0][0], sealed[i][0] | sealed[i][2]);
		assert_int_equal(allowed[0][1], i == 0 || pages == 1 ? pages : pages / 2);
		assert_int_equal(tells, i == 5);
	}
}

/* In another life nothing is done yet. */
static void test_a_life_is_sealed_as_a_whole(void **state)
{
	(void)state;
	allowance = 3;
	assert_int_equal(judge(FETCH, EL0, FREE, 0), 0);
	allowance = LOG;
	fault.changes += 2;
	allows = 0;
	assert_true(prevent_look(&prevent, 1, 2));
	assert_int_equal(allows, 6);
	assert_int_equal(kept.starts, 2);
}

static void test_another_life_begins_open(void **state)
{
	(void)state;
	seal();
	allows = 0;
	fault = (struct watch_fault){
	    .changes = 90, .syndrome = FETCH, .address = GUEST_KERNEL, .pstate = EL1};
	assert_true(prevent_look(&prevent, 1, 2));
	assert_int_equal(answered, 90 << 8 | WATCH_FAULT_AGAIN);
	assert_int_equal(allows, 1);
	assert_int_equal(allowed[0][0], GUEST_IPA | WATCH_RIGHT_START);
	assert_int_equal(allowed[0][1], GUEST_SIZE / PAGE);
}

static void test_an_unknown_kernel_is_open(void **state)
{
	(void)state;
	guest_store(file.facts.banner_at, 0);
	assert_int_equal(judge(FETCH, EL0, FREE, 0), WATCH_FAULT_AGAIN);
	assert_int_equal(told.event, PREVENT_UNKNOWN);
	assert_int_equal(allowed[0][0], GUEST_IPA | WATCH_RIGHT_ALL);
}

static void test_sites_alone_are_stored(void **state)
{
	(void)state;
	seal();
	assert_int_equal(judge(STORE, EL1, 0x14000, NOP), WATCH_FAULT_STORE);
	assert_int_equal(judge(STORE, EL1, 0x14000, 0x14000040), WATCH_FAULT_STORE);
	assert_int_equal(judge(STORE, EL1, 0x14000, 0x14000041), WATCH_FAULT_REFUSE);
	assert_int_equal(told.event, PREVENT_WRITE);
	assert_int_equal(told.at, guest_va(0x14000));
	assert_int_equal(judge(STORE, EL1, 0x11004, CALL | (0x18000 - 0x11004) / 4),
	                 WATCH_FAULT_STORE);
	assert_int_equal(judge(STORE, EL1, 0x11008, NOP), WATCH_FAULT_REFUSE);
	assert_int_equal(judge(STORE64, EL1, 0x14000, NOP), WATCH_FAULT_REFUSE);
	assert_int_equal(judge(STORE, EL0, 0x14000, NOP), WATCH_FAULT_REFUSE);
	assert_int_equal(told.event, PREVENT_PROGRAM);
	assert_int_equal(judge(STORE, EL1, 0x30000, 0), WATCH_FAULT_REFUSE);
	assert_int_equal(judge(STORE, EL1, ENTRY, NOP), WATCH_FAULT_REFUSE);
	assert_int_equal(judge(FETCH, EL1, 0x31000, 0), WATCH_FAULT_REFUSE);
	assert_int_equal(told.event, PREVENT_FETCH);
	assert_int_equal(judge(FETCH, EL0, 0x20000, 0), WATCH_FAULT_REFUSE);
	assert_int_equal(judge(FETCH, EL1, 0x20000, 0), WATCH_FAULT_AGAIN); /* being sealed */
	assert_int_equal(judge(FETCH, EL1, ENTRY, 0), WATCH_FAULT_AGAIN);
	assert_int_equal(allows, 0);
}

static bool is_code(uint64_t address)
{
	return prevent_pages_state(&prevent.pages, address) == PREVENT_PAGE_CODE;
}

static void expect_allowed(uint32_t index, uint32_t place, uint32_t pages, uint64_t rights)
{
	assert_in_range(index, 0, allows - 1);
	assert_int_equal(allowed[index][0], (GUEST_KERNEL + place) | rights);
	assert_int_equal(allowed[index][1], pages);
}

/* All pages of its text are compared when nobody can write them, and are code before the first one
 * is executed. */
static void test_modules_by_their_contents(void **state)
{
	(void)state;
	seal();
	assert_int_equal(judge(FETCH, EL1, INIT, 0), WATCH_FAULT_AGAIN);
	assert_int_equal(told.event, PREVENT_MODULE);
	assert_string_equal(told.name, "one");
	assert_int_equal(allows, 4);
	expect_allowed(0, TEXT, 2, WATCH_RIGHT_CONSTANT);
	expect_allowed(1, INIT, 1, WATCH_RIGHT_CONSTANT);
	expect_allowed(2, TEXT, 2, WATCH_RIGHT_CODE);
	expect_allowed(3, INIT, 1, WATCH_RIGHT_CODE);
	assert_true(is_code(GUEST_KERNEL + INIT + PAGE - 8));
	assert_false(is_code(GUEST_KERNEL + INIT + PAGE));
	assert_false(is_code(GUEST_IPA - 8));
	assert_false(is_code(GUEST_IPA + GUEST_SIZE));
	assert_int_equal(judge(FETCH, EL1, TEXT + SIZE - 4, 0), WATCH_FAULT_AGAIN); /* too late */
	assert_int_equal(allows + tells, 0);
	assert_int_equal(judge(FETCH, EL1, TEXT + SIZE, 0), WATCH_FAULT_REFUSE);
	assert_string_equal(told.name, "");
	guest_store(MODULE + NAME, 0x656e6e);
	assert_int_equal(judge(FETCH, EL1, TEXT, 0), WATCH_FAULT_REFUSE);
	assert_string_equal(told.name, "nne");
	assert_int_equal(allows, 0);
}

/* The name of an approved module, and another instruction in one of its parts. Nothing becomes
 * code. */
static void test_other_contents_are_refused(void **state)
{
	const uint32_t places[] = {TEXT + 0x40, TEXT + SIZE - 8, INIT + 0x80};

	(void)state;
	seal();
	for (uint32_t i = 0; i < 3; i++) {
		const uint64_t was = guest_load(places[i]);

		guest_store(places[i], was ^ 1);
		assert_int_equal(judge(FETCH, EL1, INIT, 0), WATCH_FAULT_REFUSE);
		assert_int_equal(tells, 2);
		assert_int_equal(told.event, PREVENT_FETCH);
		assert_int_equal(allows, 2);
		expect_allowed(1, INIT, 1, WATCH_RIGHT_CONSTANT);
		assert_false(is_code(GUEST_KERNEL + INIT));
		guest_store(places[i], was);
	}
	guest_store(MODULE + file.facts.module_text_size, PAGE); /* not all of it */
	assert_int_equal(judge(FETCH, EL1, INIT, 0), WATCH_FAULT_REFUSE);
	assert_int_equal(allows, 0);
	guest_store(MODULE + file.facts.module_text_size, SIZE);
	guest_store(MODULE + file.facts.module_base, guest_va(TEXT + 8)); /* no page's address */
	assert_int_equal(judge(FETCH, EL1, INIT, 0), WATCH_FAULT_REFUSE);
	assert_int_equal(allows, 0);
	guest_store(MODULE + file.facts.module_base, guest_va(TEXT));
	assert_int_equal(judge(FETCH, EL1, INIT, 0), WATCH_FAULT_AGAIN);
}

static void test_without_a_list(void **state)
{
	(void)state;
	seal();
	prevent.approve.file = NULL;
	assert_int_equal(judge(FETCH, EL1, INIT, 0), WATCH_FAULT_REFUSE);
	assert_int_equal(allows, 0);
	assert_int_equal(judge(STORE, EL1, TEXT + JUMP, NOP), WATCH_FAULT_REFUSE);
}

/* What the module's own address leads to now, in a page that the loader didn't write. */
static uint32_t judge_foreign(uint32_t place, uint32_t page)
{
	allows = tells = 0;
	fault = (struct watch_fault){.changes = fault.changes + 2,
	                             .syndrome = FETCH,
	                             .address = GUEST_KERNEL + page,
	                             .at = guest_va(place),
	                             .pstate = EL1};
	(void)prevent_look(&prevent, 1, 1);
	return answered & 0xff;
}

static void map(uint32_t place, uint32_t page)
{
	guest_map_pages(place, page);
	guest.walk.ttbr1 = guest_paged_ttbr1();
}

static void test_pages_of_a_module_stay_its_pages(void **state)
{
	(void)state;
	seal();
	/* of a page that the kernel's own tables don't have there */
	assert_int_equal(judge_foreign(TEXT, FREE + PAGE), WATCH_FAULT_REFUSE);
	guest_store(HEAD, guest_va(HEAD));
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(judge(STORE64, EL1, (uint32_t[]){TEXT, TEXT + PAGE, INIT}[i], 0),
		                 WATCH_FAULT_AGAIN);
	guest_store(HEAD, guest_va(MODULE + file.facts.module_list));
	map(TEXT + PAGE, FREE);
	assert_int_equal(judge(FETCH, EL1, INIT, 0), WATCH_FAULT_REFUSE); /* what is there */
	map(TEXT, TEXT);
	assert_int_equal(judge(FETCH, EL1, INIT, 0), WATCH_FAULT_AGAIN);
	assert_int_equal(allows, 4);
	map(TEXT + PAGE, FREE);
	assert_int_equal(judge_foreign(TEXT + PAGE, FREE), WATCH_FAULT_REFUSE);
	assert_int_equal(told.event, PREVENT_FETCH);
	assert_string_equal(told.name, "one");
	assert_int_equal(allows, 0);
}

/* Loaded anew at the same place: the loader has written each page meanwhile. */
static void test_a_module_comes_again(void **state)
{
	(void)state;
	seal();
	assert_int_equal(judge(FETCH, EL1, INIT, 0), WATCH_FAULT_AGAIN);
	guest_store(HEAD, guest_va(HEAD));
	for (uint32_t page = 0; page < 3; page++)
		assert_int_equal(judge(STORE64, EL1, page < 2 ? TEXT + page * PAGE : INIT, 0),
		                 WATCH_FAULT_AGAIN);
	guest_store(HEAD, guest_va(MODULE + file.facts.module_list));
	assert_int_equal(judge(FETCH, EL1, INIT, 0), WATCH_FAULT_AGAIN);
	assert_int_equal(told.event, PREVENT_MODULE);
	assert_int_equal(allows, 4);
}

/* The last vCPU was allowed to store there when another module had the place. */
static void test_no_store_follows_a_comparison(void **state)
{
	(void)state;
	seal();
	storing = 4;
	fault = (struct watch_fault){.changes = 90,
	                             .syndrome = FETCH,
	                             .address = GUEST_KERNEL + INIT,
	                             .at = guest_va(INIT),
	                             .pstate = EL1};
	allows = tells = 0;
	prevent.next = 0;
	assert_false(prevent_look(&prevent, 3, 1));
	assert_int_equal(retracted, 7);
	assert_int_equal(allows, 2); /* nobody can write it, but it is no code */
	assert_int_equal(tells, 0);
	prevent.next = 0;
	assert_true(prevent_look(&prevent, 3, 1));
	assert_int_equal(answered, 90 << 8 | WATCH_FAULT_REFUSE);
	assert_int_equal(told.event, PREVENT_FETCH);
	assert_false(is_code(GUEST_KERNEL + TEXT));
}

/* A page of a module that is gone didn't become data in time, or too late for its watcher to see:
 * nothing is stored as into code, and the module comes again. */
static void test_a_request_is_taken_back(void **state)
{
	(void)state;
	seal();
	assert_int_equal(judge(FETCH, EL1, INIT, 0), WATCH_FAULT_AGAIN);
	guest_store(HEAD, guest_va(HEAD));
	for (uint32_t page = 0; page < 3; page++) {
		changes_rights = page != 0;
		(void)judge(STORE64, EL1, page < 2 ? TEXT + page * PAGE : INIT, 0);
	}
	assert_int_equal(prevent_pages_state(&prevent.pages, GUEST_KERNEL + TEXT),
	                 PREVENT_PAGE_CHANGES);
	changes_rights = true;
	guest_store(HEAD, guest_va(MODULE + file.facts.module_list));
	assert_int_equal(judge(STORE, EL1, TEXT + JUMP, NOP), WATCH_FAULT_AGAIN);
	assert_int_equal(told.event, PREVENT_MODULE);
	assert_true(is_code(GUEST_KERNEL + TEXT));
}

/* Not all pages changed in time: later it begins with all. */
static void test_a_module_begins_whole(void **state)
{
	(void)state;
	seal();
	for (uint32_t i = 0; i < 4; i++) {
		allowance = i;
		assert_int_equal(judge(FETCH, EL1, INIT, 0), 0);
		assert_int_equal(tells, 0);
		assert_false(is_code(GUEST_KERNEL + TEXT));
	}
	allowance = LOG;
	assert_true(prevent_look(&prevent, 1, 1));
	assert_int_equal(answered & 0xff, WATCH_FAULT_AGAIN);
	assert_int_equal(told.event, PREVENT_MODULE);
	assert_int_equal(allows, 3 + 4);
}

/* A vCPU that has gone off under its question: a look waits for one of them at most. */
static void test_a_look_waits_for_one(void **state)
{
	(void)state;
	seal();
	guest_store(HEAD, guest_va(HEAD));
	faulty = 0xff;
	vcpus_off = 8;
	fault = (struct watch_fault){
	    .changes = 90, .syndrome = STORE64, .address = GUEST_KERNEL + TEXT, .pstate = EL1};
	for (uint32_t i = 1; i <= 3; i++) {
		assert_false(prevent_look(&prevent, 8, 1));
		assert_int_equal(refusals, i);
	}
	allows = 0;
	allowance = 1;
	vcpus_off = prevent.next % 8; /* the vCPU behind the third one changes them */
	assert_true(prevent_look(&prevent, 8, 1));
	assert_int_equal(refusals, 3);
	assert_int_equal(allows, 1);
	assert_int_equal(answered, 90 << 8 | WATCH_FAULT_AGAIN);
}

/* Its list says that the kernel's own constants are its text. */
static void test_the_image_is_no_module(void **state)
{
	(void)state;
	seal();
	guest_store(MODULE + file.facts.module_base, guest_va(0x37000));
	assert_int_equal(judge(FETCH, EL1, 0x38000, 0), WATCH_FAULT_REFUSE);
	assert_int_equal(allows, 0);
}

/* Modules' text without an end: a store isn't taken for one into nobody's page. */
static void test_judgements_are_bounded(void **state)
{
	(void)state;
	seal();
	guest_store(MODULE + file.facts.module_base, guest_va(0x1000000));
	guest_store(MODULE + file.facts.module_text_size, PREVENT_PAGES * PAGE);
	assert_int_equal(judge(STORE, EL1, TEXT, NOP), WATCH_FAULT_REFUSE);
	assert_int_equal(allows, 0);
	guest_store(MODULE + file.facts.module_text_size, (PREVENT_PAGES - 2) * PAGE);
	assert_int_equal(judge(STORE, EL1, TEXT, NOP), WATCH_FAULT_AGAIN);
}

static void test_stores_into_modules(void **state)
{
	(void)state;
	seal();
	assert_int_equal(judge(FETCH, EL1, INIT, 0), WATCH_FAULT_AGAIN);
	assert_int_equal(judge(STORE, EL1, TEXT + JUMP, NOP), WATCH_FAULT_STORE);
	assert_int_equal(judge(STORE, EL1, TEXT + JUMP, BRANCH | 2), WATCH_FAULT_STORE);
	assert_int_equal(judge(STORE, EL1, TEXT + JUMP, BRANCH | 3), WATCH_FAULT_REFUSE);
	assert_int_equal(judge(STORE, EL1, TEXT + JUMP + 4, NOP), WATCH_FAULT_REFUSE);
	assert_int_equal(judge(STORE, EL1, TEXT + TRACED + 4,
	                       CALL | ((0x18100 - TEXT - TRACED - 4) / 4 & 0x3ffffff)),
	                 WATCH_FAULT_STORE);
	assert_int_equal(judge(STORE, EL1, TEXT + TRACED, NOP), WATCH_FAULT_REFUSE);
	assert_int_equal(judge(STORE, EL1, TEXT + JUMP, 0xd4200080), WATCH_FAULT_REFUSE);
	assert_int_equal(judge(STORE64, EL1, TEXT + JUMP, NOP), WATCH_FAULT_REFUSE);
	guest_store(HEAD, guest_va(HEAD)); /* the module is gone */
	assert_int_equal(judge(STORE64, EL1, TEXT + 8, 0), WATCH_FAULT_AGAIN);
	assert_int_equal(allowed[0][0], (GUEST_KERNEL + TEXT) | WATCH_RIGHT_DATA);
	assert_int_equal(judge(FETCH, EL1, TEXT + 8, 0), WATCH_FAULT_REFUSE);
}

/* What another place of a module may have is stored nowhere else, wherever the kernel's page tables
 * say that this place is now. */
static void test_stores_go_to_their_own_page(void **state)
{
	(void)state;
	seal();
	assert_int_equal(judge(FETCH, EL1, INIT, 0), WATCH_FAULT_AGAIN);
	map(TEXT, TEXT + PAGE);
	assert_int_equal(judge(STORE, EL1, TEXT + PAGE + JUMP, NOP), WATCH_FAULT_REFUSE);
	assert_int_equal(judge(STORE, EL1, TEXT + PAGE + TRACED + 4, NOP), WATCH_FAULT_REFUSE);
	assert_string_equal(told.name, "one");
	map(TEXT, INIT);
	assert_int_equal(judge(STORE, EL1, INIT + JUMP, NOP), WATCH_FAULT_REFUSE);
	assert_int_equal(judge(STORE, EL1, TEXT + JUMP, NOP), WATCH_FAULT_STORE);
	assert_int_equal(allows, 0);
}

/* It goes on with what the other one knew. */
static void restart(size_t size)
{
	prevent.starts = 0;
	prevent.image.kernel = 0;
	memset(&prevent.pages, 0, sizeof(prevent.pages));
	assert_true(prevent_pages_open(&prevent.pages, kept_pages, size, &prevent.image.walk));
}

static void test_a_restarted_watcher_knows_pages(void **state)
{
	const size_t size = sizeof(kept_pages);

	(void)state;
	seal();
	assert_int_equal(judge(FETCH, EL1, INIT, 0), WATCH_FAULT_AGAIN);
	restart(size);
	assert_int_equal(judge(STORE, EL1, TEXT + JUMP, BRANCH | 2), WATCH_FAULT_STORE);
	assert_int_equal(judge(STORE, EL1, TEXT + PAGE + JUMP, NOP), WATCH_FAULT_REFUSE);
	assert_false(prevent_pages_open(&prevent.pages, kept_pages, size - 8, &prevent.image.walk));
	restart(size);
	fault.changes += 2;
	(void)prevent_look(&prevent, 1, 2); /* another life */
	assert_false(is_code(GUEST_KERNEL + TEXT));
}

/* The kept memory is lost: what runs is compared before it is believed. */
static void test_stores_into_modules_by_their_contents(void **state)
{
	(void)state;
	seal();
	guest_store(MODULE + file.facts.module_init_base, 0);
	guest_store(MODULE + file.facts.module_init_size, 0);
	assert_int_equal(judge(STORE, EL1, TEXT + JUMP, BRANCH | 2), WATCH_FAULT_AGAIN);
	assert_int_equal(told.event, PREVENT_MODULE);
	expect_allowed(0, TEXT, 2, WATCH_RIGHT_CONSTANT);
	expect_allowed(1, TEXT, 2, WATCH_RIGHT_CODE);
	assert_int_equal(judge(STORE, EL1, TEXT + JUMP, BRANCH | 2), WATCH_FAULT_STORE);
	assert_int_equal(judge(STORE, EL1, TEXT + JUMP, BRANCH | 3), WATCH_FAULT_REFUSE);
	assert_int_equal(tells, 1);
	memset(kept_pages, 0, sizeof(kept_pages));
	guest_store(TEXT + 0x40, 0); /* by a way that the test alone has */
	assert_int_equal(judge(STORE, EL1, TEXT + JUMP, NOP), WATCH_FAULT_REFUSE);
	guest_store(MODULE + NAME, 0x6f7774); /* "two" */
	assert_int_equal(judge(STORE, EL1, TEXT + JUMP, NOP), WATCH_FAULT_REFUSE);
}

/* The list of modules leads back to itself, or nowhere. */
static void test_lists_are_bounded(void **state)
{
	(void)state;
	seal();
	guest_store(MODULE + file.facts.module_list, guest_va(MODULE + file.facts.module_list));
	assert_int_equal(judge(FETCH, EL1, FREE, 0), WATCH_FAULT_REFUSE);
	guest_store(MODULE + file.facts.module_text_size, UINT32_MAX);
	assert_int_equal(judge(STORE, EL1, FREE, 0), WATCH_FAULT_REFUSE);
	guest_store(HEAD, 7);
	assert_int_equal(judge(FETCH, EL1, FREE, 0), WATCH_FAULT_REFUSE);
}

static void test_what_cannot_be_judged_waits(void **state)
{
	(void)state;
	seal();
	used = false;
	assert_int_equal(judge(FETCH, EL1, TEXT, 0), 0);
	used = true;
	life = 0; /* these were another life's tables */
	assert_false(prevent_look(&prevent, 1, 1));
	life = 1;
	changes_rights = false;
	assert_false(prevent_look(&prevent, 1, 1));
	changes_rights = true;
	assert_true(prevent_look(&prevent, 1, 1));
	assert_int_equal(answered & 0xff, WATCH_FAULT_AGAIN);
}

#define PREVENTS_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    PREVENTS_TEST(test_seal_gives_each_page_its_rights),
	    PREVENTS_TEST(test_early_programs_run_page_by_page),
	    PREVENTS_TEST(test_another_vcpu_seals),
	    PREVENTS_TEST(test_a_seal_goes_on_where_it_was_cut_off),
	    PREVENTS_TEST(test_a_life_is_sealed_as_a_whole),
	    PREVENTS_TEST(test_another_life_begins_open),
	    PREVENTS_TEST(test_an_unknown_kernel_is_open),
	    PREVENTS_TEST(test_sites_alone_are_stored),
	    PREVENTS_TEST(test_modules_by_their_contents),
	    PREVENTS_TEST(test_other_contents_are_refused),
	    PREVENTS_TEST(test_without_a_list),
	    PREVENTS_TEST(test_pages_of_a_module_stay_its_pages),
	    PREVENTS_TEST(test_a_module_comes_again),
	    PREVENTS_TEST(test_no_store_follows_a_comparison),
	    PREVENTS_TEST(test_a_request_is_taken_back),
	    PREVENTS_TEST(test_a_module_begins_whole),
	    PREVENTS_TEST(test_a_look_waits_for_one),
	    PREVENTS_TEST(test_the_image_is_no_module),
	    PREVENTS_TEST(test_judgements_are_bounded),
	    PREVENTS_TEST(test_stores_into_modules),
	    PREVENTS_TEST(test_stores_go_to_their_own_page),
	    PREVENTS_TEST(test_a_restarted_watcher_knows_pages),
	    PREVENTS_TEST(test_stores_into_modules_by_their_contents),
	    PREVENTS_TEST(test_lists_are_bounded),
	    PREVENTS_TEST(test_what_cannot_be_judged_waits),
	};

	return cmocka_run_group_tests_name("the watcher prevents", tests, NULL, NULL);
}
