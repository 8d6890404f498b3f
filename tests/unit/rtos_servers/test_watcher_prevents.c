/*
 * Prevention, over a guarded Linux in memory: the rights of pages, and the verdicts.
 * Shows: prevent.judged.
 */
#include <servers/watcher/sites.h>
#include <string.h>
#include <unit.h>
#include <unit/rtos_servers/guarded_names.h>

#define ENTRY   GUARDED_ENTRY
#define NOP     0xd503201fu
#define CALL    0x94000000u
#define DEVICES WATCH_RIGHT_DEVICES

static const uint64_t sealed[][3] = {
    {GUEST_KERNEL + 0x10000, GUEST_KERNEL + 0x30000, WATCH_RIGHT_CODE | DEVICES},
    {GUEST_KERNEL + ENTRY, GUEST_KERNEL + ENTRY + PAGE, WATCH_RIGHT_CODE | DEVICES},
    {GUEST_KERNEL + 0x30000, GUEST_KERNEL + ENTRY, WATCH_RIGHT_CONSTANT | DEVICES},
    {GUEST_KERNEL + ENTRY + PAGE, GUEST_KERNEL + 0x38000, WATCH_RIGHT_CONSTANT | DEVICES},
    {GUEST_IPA, GUEST_KERNEL + 0x10000, WATCH_RIGHT_DATA},
    {GUEST_KERNEL + 0x38000, GUEST_IPA + GUEST_SIZE, WATCH_RIGHT_DATA},
};

const struct unit_fixture unit_each = {guarded_set_up, guarded_tear_down};

/* The seal has all of memory, each page once. */
TEST(test_seal_gives_each_page_its_rights)
{
	guarded_seal();
	assert_int_equal(guarded.allows, 6);
	for (uint32_t i = 0; i < 6; i++) {
		assert_int_equal(guarded.allowed[i][0], sealed[i][0] | sealed[i][2]);
		assert_int_equal(guarded.allowed[i][1], (sealed[i][1] - sealed[i][0]) / PAGE);
	}
	assert_int_equal(guarded.kept.starts, 1);
	assert_false(prevent_look(&guarded.prevent, 1, 1)); /* the request is answered once */
}

TEST(test_early_programs_run_page_by_page)
{
	guarded_put_state(guarded.file.facts.running - 1);
	assert_int_equal(guarded_judge(FETCH, EL0, FREE + 8, 0), WATCH_FAULT_AGAIN);
	assert_int_equal(guarded.allows, 1);
	assert_int_equal(guarded.allowed[0][0], (GUEST_KERNEL + FREE) | WATCH_RIGHT_DATA);
	assert_int_equal(guarded.tells, 0);
	guarded_put_state(guarded.file.facts.running); /* sealed without another fault */
	(void)prevent_look(&guarded.prevent, 1, 1);
	assert_int_equal(guarded.told.event, PREVENT_SEALED);
}

/* The first vCPUs are off. */
TEST(test_another_vcpu_seals)
{
	guarded_put_state(guarded.file.facts.running - 1);
	assert_int_equal(guarded_judge(FETCH, EL0, FREE + 8, 0), WATCH_FAULT_AGAIN);
	guarded_put_state(guarded.file.facts.running);
	guarded.vcpus_off = 2;
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(guarded.tells, 0);
		(void)prevent_look(&guarded.prevent, 3, 1);
	}
	assert_int_equal(guarded.told.event, PREVENT_SEALED);
}

/* A vCPU does one range and half of the next one, and then no more in time. */
TEST(test_a_seal_goes_on_where_it_was_cut_off)
{
	guarded.allowance = 1;
	for (uint32_t i = 0; i < 6; i++) {
		const uint64_t pages = (sealed[i][1] - sealed[i][0]) / PAGE;

		assert_int_equal(guarded_judge(FETCH, EL0, FREE, 0),
		                 i == 5 ? WATCH_FAULT_AGAIN : 0);
		assert_int_equal(guarded.allows, 1);
		assert_int_equal(guarded.allowed[0][0], sealed[i][0] | sealed[i][2]);
		assert_int_equal(guarded.allowed[0][1], i == 0 || pages == 1 ? pages : pages / 2);
		assert_int_equal(guarded.tells, i == 5);
	}
}

/* In another life the seal begins anew. */
TEST(test_a_life_is_sealed_as_a_whole)
{
	guarded.allowance = 3;
	assert_int_equal(guarded_judge(FETCH, EL0, FREE, 0), 0);
	guarded.allowance = LOG;
	guarded.fault.changes += 2;
	guarded.allows = 0;
	assert_true(prevent_look(&guarded.prevent, 1, 2));
	assert_int_equal(guarded.allows, 6);
	assert_int_equal(guarded.kept.starts, 2);
}

TEST(test_another_life_begins_open)
{
	guarded_seal();
	guarded.allows = 0;
	guarded.fault = (struct watch_fault){
	    .changes = 90, .syndrome = FETCH, .address = GUEST_KERNEL, .pstate = EL1};
	assert_true(prevent_look(&guarded.prevent, 1, 2));
	assert_int_equal(guarded.answered, 90 << 8 | WATCH_FAULT_AGAIN);
	assert_int_equal(guarded.allows, 1);
	assert_int_equal(guarded.allowed[0][0], GUEST_IPA | DEVICES | WATCH_RIGHT_START);
	assert_int_equal(guarded.allowed[0][1], GUEST_SIZE / PAGE);
}

TEST(test_an_unknown_kernel_is_open)
{
	guest_store(guarded.file.facts.banner_at, 0);
	assert_int_equal(guarded_judge(FETCH, EL0, FREE, 0), WATCH_FAULT_AGAIN);
	assert_int_equal(guarded.told.event, PREVENT_UNKNOWN);
	assert_int_equal(guarded.allowed[0][0], GUEST_IPA | DEVICES | WATCH_RIGHT_ALL);
}

/* A probe isn't set, and taking it out changes nothing, only in text and by the kernel. */
TEST(test_probes_are_passed_over)
{
	const uint32_t text = 0x21234, constant = 0x31234;

	guarded_seal();
	for (uint32_t i = 0; i < 2; i++) {
		const uint32_t place = text + i * 4;
		const uint32_t present =
		    (uint32_t)(guest_load(place & ~7u) >> place % sizeof(uint64_t) * 8);

		assert_int_equal(guarded_judge(STORE, EL1, place, SITES_BREAK), WATCH_FAULT_SKIP);
		assert_int_equal(guarded.told.event, PREVENT_PROBE);
		assert_int_equal(guarded.told.at, guest_va(place));
		assert_int_equal(guarded_judge(STORE, EL1, place, present), WATCH_FAULT_SKIP);
		assert_int_equal(guarded.tells, 0);
		assert_int_equal(guarded_judge(STORE, EL1, place, present ^ 1), WATCH_FAULT_REFUSE);
		assert_int_equal(guarded_judge(STORE64, EL1, text & ~7u, SITES_BREAK),
		                 WATCH_FAULT_REFUSE);
		assert_int_equal(guarded_judge(STORE, EL0, place, SITES_BREAK), WATCH_FAULT_REFUSE);
	}
	assert_int_equal(guarded_judge(STORE, EL1, constant, SITES_BREAK), WATCH_FAULT_REFUSE);
}

TEST(test_sites_alone_are_stored)
{
	guarded_seal();
	assert_int_equal(guarded_judge(STORE, EL1, 0x14000, NOP), WATCH_FAULT_STORE);
	assert_int_equal(guarded_judge(STORE, EL1, 0x14000, 0x14000040), WATCH_FAULT_STORE);
	assert_int_equal(guarded_judge(STORE, EL1, 0x14000, 0x14000041), WATCH_FAULT_REFUSE);
	assert_int_equal(guarded.told.event, PREVENT_WRITE);
	assert_int_equal(guarded.told.at, guest_va(0x14000));
	assert_int_equal(guarded_judge(STORE, EL1, 0x11004, CALL | (0x18000 - 0x11004) / 4),
	                 WATCH_FAULT_STORE);
	assert_int_equal(guarded_judge(STORE, EL1, 0x11008, NOP), WATCH_FAULT_REFUSE);
	assert_int_equal(guarded_judge(STORE64, EL1, 0x14000, NOP), WATCH_FAULT_REFUSE);
	assert_int_equal(guarded_judge(STORE, EL0, 0x14000, NOP), WATCH_FAULT_REFUSE);
	assert_int_equal(guarded.told.event, PREVENT_PROGRAM);
	assert_int_equal(guarded_judge(STORE, EL1, 0x30000, 0), WATCH_FAULT_REFUSE);
	assert_int_equal(guarded_judge(STORE, EL1, ENTRY, NOP), WATCH_FAULT_REFUSE);
	assert_int_equal(guarded_judge(FETCH, EL1, 0x31000, 0), WATCH_FAULT_REFUSE);
	assert_int_equal(guarded.told.event, PREVENT_FETCH);
	assert_int_equal(guarded_judge(FETCH, EL0, 0x20000, 0), WATCH_FAULT_REFUSE);
	assert_int_equal(guarded_judge(FETCH, EL1, 0x20000, 0),
	                 WATCH_FAULT_AGAIN); /* the kernel is being sealed */
	assert_int_equal(guarded_judge(FETCH, EL1, ENTRY, 0), WATCH_FAULT_AGAIN);
	assert_int_equal(guarded.allows, 0);
}

/* A vCPU has gone off while it was asked. A look waits for one such vCPU at most. */
TEST(test_a_look_waits_for_one_vcpu)
{
	guarded_seal();
	guest_store(HEAD, guest_va(HEAD));
	guarded.faulty = 0xff;
	guarded.vcpus_off = 8;
	guarded.fault = (struct watch_fault){
	    .changes = 90, .syndrome = STORE64, .address = GUEST_KERNEL + TEXT, .pstate = EL1};
	for (uint32_t i = 1; i <= 3; i++) {
		assert_false(prevent_look(&guarded.prevent, 8, 1));
		assert_int_equal(guarded.refusals, i);
	}
	guarded.allows = 0;
	guarded.allowance = 1;
	guarded.vcpus_off =
	    guarded.prevent.next % 8; /* the vCPU behind the third one changes them */
	assert_true(prevent_look(&guarded.prevent, 8, 1));
	assert_int_equal(guarded.refusals, 3);
	assert_int_equal(guarded.allows, 1);
	assert_int_equal(guarded.answered, 90 << 8 | WATCH_FAULT_AGAIN);
}

/* Modules' text has no end. A store isn't taken for one into a page of no module. */
TEST(test_judgements_are_bounded)
{
	guarded_seal();
	guest_store(MODULE + guarded.file.facts.module_base, guest_va(0x1000000));
	guest_store(MODULE + guarded.file.facts.module_text_size, PREVENT_PAGES * PAGE);
	assert_int_equal(guarded_judge(STORE, EL1, TEXT, NOP), WATCH_FAULT_REFUSE);
	assert_int_equal(guarded.allows, 0);
	guest_store(MODULE + guarded.file.facts.module_text_size, (PREVENT_PAGES - 2) * PAGE);
	assert_int_equal(guarded_judge(STORE, EL1, TEXT, NOP), WATCH_FAULT_AGAIN);
}

/* The list of modules leads back to itself, or nowhere. */
TEST(test_lists_are_bounded)
{
	guarded_seal();
	guest_store(MODULE + guarded.file.facts.module_list,
	            guest_va(MODULE + guarded.file.facts.module_list));
	assert_int_equal(guarded_judge(FETCH, EL1, FREE, 0), WATCH_FAULT_REFUSE);
	guest_store(MODULE + guarded.file.facts.module_text_size, UINT32_MAX);
	assert_int_equal(guarded_judge(STORE, EL1, FREE, 0), WATCH_FAULT_REFUSE);
	guest_store(HEAD, 7);
	assert_int_equal(guarded_judge(FETCH, EL1, FREE, 0), WATCH_FAULT_REFUSE);
}

TEST(test_a_page_that_cannot_be_judged_waits)
{
	guarded_seal();
	guarded.used = false;
	assert_int_equal(guarded_judge(FETCH, EL1, TEXT, 0), 0);
	guarded.used = true;
	guarded.life = 0; /* the tables were another life's */
	assert_false(prevent_look(&guarded.prevent, 1, 1));
	guarded.life = 1;
	guarded.changes_rights = false;
	assert_false(prevent_look(&guarded.prevent, 1, 1));
	guarded.changes_rights = true;
	assert_true(prevent_look(&guarded.prevent, 1, 1));
	assert_int_equal(guarded.answered & 0xff, WATCH_FAULT_AGAIN);
}

/*
 * The table lies behind the words for pages. The frame has it from the seal on, in each life anew.
 * Shows: prevent.sites.
 */
TEST(test_the_frame_has_the_table_of_a_sealed_life)
{
	static uint64_t kept[sizeof(guarded.kept_pages) / 8 + 0x20000 / 8];
	const struct prevent_given given = {
	    .kept = kept, .kept_size = sizeof(kept), .kept_at = 0x80000000};
	const uint64_t at = sizeof(kept) - 0x20000;
	const uint32_t *table = (const uint32_t *)(const void *)((const uint8_t *)kept + at);

	memset(kept, 0xff, sizeof(kept));
	assert_null(prevent_begin(&guarded.prevent, &given));
	assert_int_equal(guarded.tables, 1);
	assert_int_equal(guarded.sites[1] + guarded.sites[2], 0);
	for (uint32_t i = 0; i < 0x20000 / 4; i++) {
		const uint32_t place = 0x10000 + 4 * i;

		assert_int_equal(table[i] != 0, sites_may(&guarded.file.facts, place, NOP));
		assert_true(table[i] == 0 || sites_may(&guarded.file.facts, place, table[i]));
	}
	guarded_seal();
	assert_int_equal(guarded.tables, 1);
	for (uint32_t life = 1; life < 3; life++) {
		(void)prevent_look(&guarded.prevent, 1, life);
		(void)prevent_look(&guarded.prevent, 1, life);
		assert_int_equal(guarded.tables, 1 + life);
		assert_int_equal(guarded.sites[0], GUEST_KERNEL + 0x10000);
		assert_int_equal(guarded.sites[1], given.kept_at + at);
		assert_int_equal(guarded.sites[2], 0x20);
		assert_int_equal(guarded.fixed[0], GUEST_KERNEL + 0x10000);
		assert_int_equal(guarded.fixed[1], 0x28);
		guarded.life = life + 1;
		guarded.faulty = 0;
		guarded.prevent.sealed.starts = life + 1; /* another watcher sealed this life */
	}
}

/* The frame is told once in a life, as soon as there is a baseline of this life. */
TEST(test_frame_refuses_by_itself_from_the_baseline_on)
{
	for (uint32_t life = 1; life < 3; life++) {
		guarded.faulty = 0;
		guarded.watching = false;
		(void)prevent_look(&guarded.prevent, 1, life);
		assert_int_equal(guarded.refuses, life - 1);
		guarded.watching = true;
		guarded.life = life - 1; /* the baseline is of the life before */
		(void)prevent_look(&guarded.prevent, 1, life);
		assert_int_equal(guarded.refuses, life - 1);
		guarded.life = life;
		(void)prevent_look(&guarded.prevent, 1, life);
		(void)prevent_look(&guarded.prevent, 1, life);
		assert_int_equal(guarded.refuses, life);
	}
}

/* A watcher that doesn't prevent needs neither a list nor memory for that, and mends everything. */
TEST(test_needs_of_prevention)
{
	struct prevent *prevent = &guarded.prevent;
	static uint64_t kept[sizeof(guarded.kept_pages) / 8 + 0x20000 / 8]; /* 0x20000 of text */
	struct prevent_given given = {
	    .kept = kept,
	    .kept_size = sizeof(kept),
	};

	assert_int_equal(prevent_room(prevent), sizeof(kept));
	assert_null(prevent_begin(prevent, &given)); /* no module is approved */
	given.list = &guarded.file;                  /* a file that is no list */
	given.list_size = sizeof(guarded.file);
	assert_non_null(strstr(prevent_begin(prevent, &given), "list of modules"));
	given.list = NULL;
	given.kept_size -= sizeof(kept[0]);
	assert_non_null(strstr(prevent_begin(prevent, &given), "kept memory"));
	given.kept_size = 0x1fff8;
	assert_non_null(strstr(prevent_begin(prevent, &given), "kept memory"));
	prevent->works = false;
	given = (struct prevent_given){.list = &guarded.file};
	assert_null(prevent_begin(prevent, &given));
	assert_true(prevent_may_mend(prevent, GUEST_KERNEL));
}
