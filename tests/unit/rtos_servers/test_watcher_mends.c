/*
 * The watcher's mends, over a Linux in memory (watched_guest.h): its changes, the words that it
 * leaves alone, and the findings that it gives up. Shows: watch.mends.
 */
#include <string.h>
#include <unit.h>
#include <unit/rtos_servers/watcher_world.h>

#define PLACE 0x25678u /* in text */
#define PAGE  0x25000u
#define FREE  0x48000u /* of the image */
#define BREAK 0xd4200080d4200080u
#define SITE  0x20000u                     /* its upper half is a jump label */
#define LOCK  (guest_facts.tasks_lock - 4) /* the lock's word */

static uint64_t reads; /* counts walks of page tables: each read of a list has one */

static void set_up(void)
{
	watcher_set_up();
	watch.guest.cache = NULL;
	watcher_climbs("all: mend");
	begin();
}

const struct unit_fixture unit_each = {set_up, watcher_tear_down};

static void expect(uint32_t found, uint32_t over, uint32_t asks)
{
	assert_int_equal(told, found);
	assert_int_equal(gone, over);
	assert_int_equal(asked, asks);
}

/* ---- text ---- */

TEST(test_text_is_put_back)
{
	const uint64_t word = guest_load(PLACE);

	guest_store(PLACE, ~word);
	look(FINDINGS_LOOKS - 1);
	expect(0, 0, 0);
	look(1);
	expect(1, 0, 1);
	assert_int_equal(most, 1); /* no other word is asked for */
	assert_int_equal(guest_load(PLACE), word);
	look(10);
	expect(1, 1, 1);
	assert_true(last.mend.done);
	assert_int_equal(given_up, 0);
}

TEST(test_a_whole_page_takes_several)
{
	for (uint32_t at = PAGE; at < PAGE + BASELINE_PAGE; at += 8)
		guest_store(at, 0);
	look(FINDINGS_LOOKS);
	expect(1, 0, BASELINE_PAGE / 8 / WATCH_CHANGES);
	assert_int_equal(most, WATCH_CHANGES);
	look(1);
	expect(1, 1, BASELINE_PAGE / 8 / WATCH_CHANGES);
}

bool __real_guestwalk_translate(const struct guestwalk *walk, uint64_t va, uint64_t *at);
bool __wrap_guestwalk_translate(const struct guestwalk *walk, uint64_t va, uint64_t *at);

bool __wrap_guestwalk_translate(const struct guestwalk *walk, uint64_t va, uint64_t *at)
{
	reads++;
	return __real_guestwalk_translate(walk, va, at);
}

/* Pages have a breakpoint, and the table of breakpoints leads in a circle. */
TEST(test_reads_for_mends_are_bounded)
{
	const uint64_t circle = guest_va(FREE + guest_facts.probe_link);

	for (uint32_t i = 0; i < 64; i++)
		guest_store(guest_facts.probes + 8 * i, circle);
	guest_store(FREE + guest_facts.probe_link, circle);
	for (uint32_t i = 0; i < FINDINGS_MAX; i++)
		guest_store(PAGE - i * BASELINE_PAGE + 8, BREAK);
	look(FINDINGS_LOOKS - 1);
	expect(0, 0, 0);
	reads = 0;
	look(1);
	expect(FINDINGS_MAX, 0, FINDINGS_MAX);
	assert_in_range(reads, SITES_STEPS,
	                5 * SITES_STEPS); /* two reads a step, of the look and the mends */
}

static void spoil(void)
{
	guest_store(PLACE, guest_load(PLACE) + 2);
}

/* The guest changes the word between each look and the mend. */
TEST(test_a_finding_that_changes_is_given_up)
{
	meanwhile = spoil;
	spoil();
	look(20);
	expect(1, 0, MEND_FAILS);
	assert_int_equal(given_up, 1);
	assert_int_equal(why, MEND_CHANGED);
}

/* The frame says that all changes are made, and they aren't. */
TEST(test_a_finding_that_comes_back_is_given_up)
{
	refusal = WATCH_MEND_DONE;
	spoil();
	look(20);
	expect(1, 0, MEND_FAILS);
	assert_int_equal(given_up, 1);
	assert_int_equal(why, MEND_BACK);
}

TEST(test_a_refusal_is_given_up)
{
	static const enum watch_mended answers[] = {WATCH_MEND_WRONG, WATCH_MEND_FAILED,
	                                            WATCH_MEND_NOTHING};

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		watcher_tear_down();
		set_up();
		refusal = answers[i];
		if (refusal == 0)
			refusal = 0x100; /* no refusal in the valid bits */
		spoil();
		look(20);
		expect(1, 0, MEND_FAILS);
		assert_int_equal(why, MEND_REFUSED);
	}
}

/* The refusal of guarded text is final. */
TEST(test_guarded_text_is_given_up_at_once)
{
	refusal = MEND_ASK_SEALED;
	spoil();
	look(20);
	expect(1, 0, 1);
	assert_int_equal(given_up, 1);
	assert_int_equal(why, MEND_SEALED);
}

/* The watcher only waits for a partition that is suspended, or under a debugger. */
TEST(test_a_busy_frame_is_waited_for)
{
	static const enum watch_mended answers[] = {WATCH_MEND_ASKED, WATCH_MEND_LATE,
	                                            WATCH_MEND_REFUSED};

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		watcher_tear_down();
		set_up();
		refusal = answers[i];
		spoil();
		look(FINDINGS_LOOKS + MEND_WAITS - 2);
		assert_int_equal(given_up, 0);
		refusal = 0;
		look(2);
		expect(1, 1, MEND_WAITS);
	}
}

static void flip(void)
{
	guest_store(SITE,
	            (guest_load(SITE) & UINT32_MAX) | (uint64_t)guest_file.jump[1].branch << 32);
}

/* The kernel changes the other half of the word between the look and the mend. */
TEST(test_a_site_beside_it_may_change)
{
	const uint64_t word = guest_load(SITE);

	assert_int_equal(word >> 32, 0xd503201f);
	meanwhile = flip;
	guest_store(SITE, word ^ 1);
	look(FINDINGS_LOOKS + 1);
	expect(1, 1, 1);
	assert_int_equal((uint32_t)guest_load(SITE), (uint32_t)word);
	assert_int_equal(guest_load(SITE) >> 32, guest_file.jump[1].branch);
}

/* ---- a kernel that another kernel started (kexec) ---- */

/*
 * The older kernel's baseline mends nothing of the new kernel. Later damage of the new one is
 * mended.
 */
static void expect_new_kernel(uint64_t constant)
{
	look(WATCH_MOVED - 1);
	assert_true(watch.watching);
	look(1);
	assert_false(watch.watching);
	assert_int_equal(events[WATCH_ANEW], 1);
	guest_store(guest_facts.system_state, guest_facts.running);
	look(1 + SETTLE);
	assert_true(watch.watching);
	look(20);
	assert_int_equal(events[WATCH_ANEW], 1);
	expect(0, 0, 0);
	assert_int_equal(guest_load(guest_facts.text_end), constant);
	guest_store(guest_facts.text_end, 0);
	look(FINDINGS_LOOKS + 1);
	expect(1, 1, 1);
	assert_int_equal(guest_load(guest_facts.text_end), constant);
	told = gone = asked = events[WATCH_ANEW] = 0;
}

TEST(test_kexec_with_other_addresses)
{
	guest_shift();
	guest_store(guest_facts.text_end, 4711);
	expect_new_kernel(4711);
}

/* A kexec back makes the first image in memory an older one. */
TEST(test_kexec_to_another_place)
{
	static const uint64_t places[] = {GUEST_IPA, GUEST_KERNEL};

	for (uint32_t i = 0; i < 2; i++) {
		spoil();
		guest_move(places[i]);
		registers.ttbr1 = places[i] + (guest_registers.ttbr1 - GUEST_KERNEL);
		guest_store(guest_facts.text_end, 4711 + i);
		expect_new_kernel(4711 + i);
	}
}

/* Without KASLR all addresses stay, but the kernel boots. */
TEST(test_kexec_to_the_same_place)
{
	guest_store(guest_facts.system_state, 0);
	guest_store(guest_facts.text_end, 4711);
	expect_new_kernel(4711);
}

/*
 * A kernel that ends isn't mended any more. A kernel that only seems to be another for two looks
 * is.
 */
TEST(test_no_mend_of_a_kernel_that_is_not_up)
{
	guest_store(guest_facts.system_state, guest_facts.running + 1);
	spoil();
	look(20);
	expect(1, 0, 0);
	guest_store(guest_facts.system_state, 0);
	look(WATCH_MOVED - 1);
	expect(1, 0, 0);
	guest_store(guest_facts.system_state, guest_facts.running);
	look(2);
	expect(1, 1, 1);
	assert_int_equal(events[WATCH_ANEW], 0);
}

/* ---- registers. Shows: watch.mended-registers. ---- */

#define VECTORS    0x10800u
#define HARDENED   0x12800u
#define TRAMPOLINE 0x2f800u
#define FOREIGN    0x60000u
#define UMA        (1ULL << 9)
#define KEYS       (1ULL << 31) /* this bit depends on the task */

/* Programs have run with the trampoline's table since. */
TEST(test_vbar_is_the_last_of_the_kernel)
{
	registers.vbar = guest_va(HARDENED);
	look(1);
	registers.vbar = guest_va(TRAMPOLINE);
	look(1);
	registers.vbar = guest_va(FOREIGN);
	look(FINDINGS_LOOKS);
	expect(1, 0, 1);
	assert_int_equal(registers.vbar, guest_va(HARDENED));
	look(1);
	expect(1, 1, 1);
	assert_true(last.mend.done);
}

/* The case of a restarted watcher. */
TEST(test_vbar_that_was_never_seen_well)
{
	memset(watch.good, 0, sizeof(watch.good));
	registers.vbar = guest_va(FOREIGN);
	look(FINDINGS_LOOKS + 1);
	expect(1, 1, 1);
	assert_int_equal(registers.vbar, guest_va(VECTORS));
}

static void run_program(void)
{
	registers.vbar = guest_va(TRAMPOLINE);
}

/* The kernel itself has set VBAR since the look. */
TEST(test_only_the_foreign_vbar_is_replaced)
{
	meanwhile = run_program;
	registers.vbar = guest_va(FOREIGN);
	look(FINDINGS_LOOKS + 1);
	expect(1, 1, 1);
	assert_int_equal(registers.vbar, guest_va(TRAMPOLINE));
}

/* With a program's page tables the kernel's table can't be read. */
TEST(test_vbar_of_a_program_is_left_alone)
{
	watch.good[0].vbar = guest_va(FREE); /* an address that these tables don't map */
	registers.vbar = guest_va(FOREIGN);
	look(20);
	expect(1, 0, 0);
	assert_int_equal(registers.vbar, guest_va(FOREIGN));
}

static void switch_task(void)
{
	registers.sctlr ^= KEYS;
}

TEST(test_sctlr_is_as_at_the_baseline)
{
	meanwhile = switch_task;
	registers.sctlr |= UMA;
	look(FINDINGS_LOOKS);
	expect(1, 0, 1);
	assert_int_equal(registers.sctlr, guest_registers.sctlr | KEYS);
	look(1);
	expect(1, 1, 1);
	assert_true(last.mend.done);
}

/* A vCPU whose MMU is switched on would go on at an unknown place. */
TEST(test_no_mmu_is_switched_on)
{
	struct watch_seen now = seen();

	now.vcpus = 2;
	now.record[1] = guest_registers;
	now.record[1].sctlr &= ~1ULL;
	for (uint32_t i = 0; i < 10; i++) {
		now.record[0].changes = now.record[1].changes = 0x200000 + 2 * i;
		watch_look(&watch, &now);
	}
	expect(1, 0, 0);
	assert_int_equal(last.kind, FINDING_CONTROL);
}

/* ---- tasks ---- */

static void expect_listed(uint32_t after, uint32_t number)
{
	const uint32_t tasks = guest_facts.task_tasks;

	assert_int_equal(guest_load(guest_task(after) + tasks),
	                 guest_va(guest_task(number) + tasks));
	assert_int_equal(guest_load(guest_task(number) + tasks), guest_va(guest_task(0) + tasks));
	assert_int_equal(guest_load(guest_task(number) + tasks + 8),
	                 guest_va(guest_task(after) + tasks));
	assert_int_equal(guest_load(guest_task(0) + tasks + 8),
	                 guest_va(guest_task(number) + tasks));
}

TEST(test_task_is_linked_in)
{
	guest_unlink(17);
	look(FINDINGS_LOOKS);
	expect(1, 0, 1);
	expect_listed(GUEST_TASKS - 1, 17);
	look(10);
	expect(1, 1, 1);
	assert_int_equal(last.value, 17);
	assert_true(last.mend.done);
}

TEST(test_two_tasks_are_linked_in)
{
	guest_unlink(17);
	guest_unlink(23);
	look(FINDINGS_LOOKS + 1);
	expect(2, 2, 2);
	expect_listed(17, 23);
}

TEST(test_the_last_task_is_linked_in)
{
	guest_unlink(GUEST_TASKS - 1);
	look(FINDINGS_LOOKS + 1);
	expect(1, 1, 1);
	expect_listed(GUEST_TASKS - 2, GUEST_TASKS - 1);
}

/* While the kernel holds the list's lock, the list may be in the middle of a change. */
TEST(test_a_lock_is_waited_for)
{
	guest_unlink(17);
	guest_store(LOCK, 0xff00000000 | 0x77);
	look(FINDINGS_LOOKS + 5);
	expect(1, 0, 6);
	assert_int_equal(given_up, 0);
	guest_store(LOCK, 0x77); /* the other half belongs to another variable */
	look(2);
	expect(1, 1, 7);
	assert_int_equal(guest_load(LOCK), 0x77);
}

TEST(test_a_lock_for_ever_is_given_up)
{
	guest_unlink(17);
	guest_store(LOCK, 1ULL << 32);
	look(100);
	expect(1, 0, MEND_WAITS);
	assert_int_equal(given_up, 1);
	assert_int_equal(why, MEND_LOCKED);
}

static void forget_number(void)
{
	guest_store(guest_pid(17) + guest_facts.pid_tasks, 0);
}

/* The task ends between the look and the mend: it isn't linked in any more. */
TEST(test_a_task_that_ends_is_left_alone)
{
	const uint32_t head = guest_task(0) + guest_facts.task_tasks;
	uint64_t before;

	guest_unlink(17);
	before = guest_load(head + 8);
	meanwhile = forget_number;
	look(10);
	expect(1, 1, 1);
	assert_int_equal(guest_load(head + 8), before);
}

/* The frame isn't asked for words that aren't there. */
TEST(test_links_that_lead_nowhere)
{
	static const uint64_t nowhere[] = {0, 4, ~0ULL, 1ULL << 63, GUEST_BASE - 8};

	for (size_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
		watcher_tear_down();
		set_up();
		guest_unlink(17);
		guest_store(guest_task(17) + guest_facts.task_link + 8, nowhere[i]);
		look(10);
		expect(1, 0, 0);
		assert_int_equal(given_up, 1);
		assert_int_equal(why, MEND_CHANGED);
	}
}

/* ---- lists that don't lead back ---- */

TEST(test_list_leads_back_again)
{
	const uint32_t tasks = guest_facts.task_tasks;

	guest_store(guest_task(17) + tasks + 8, guest_va(guest_task(17) + tasks));
	look(FINDINGS_LOOKS + 1);
	expect(1, 1, 1);
	assert_int_equal(guest_load(guest_task(17) + tasks + 8), guest_va(guest_task(16) + tasks));
}

/*
 * After the mend, a list that led in a circle, or nowhere, leads on to the task that leads back.
 * Then the task that was hidden behind it gets its place.
 */
TEST(test_broken_list_leads_on_again)
{
	const uint32_t tasks = guest_facts.task_tasks;
	const uint64_t wrong[] = {guest_va(guest_task(5) + tasks), guest_va(guest_task(20) + tasks),
	                          guest_va(guest_task(0) + tasks), 0, GUEST_BASE - 8};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		watcher_tear_down();
		set_up();
		guest_unlink(30);
		guest_store(guest_task(20) + tasks, wrong[i]);
		look(FINDINGS_LOOKS + 3);
		expect(2, 2, 2);
		assert_int_equal(guest_load(guest_task(20) + tasks),
		                 guest_va(guest_task(21) + tasks));
		expect_listed(GUEST_TASKS - 1, 30);
	}
}

/* Mends a rule's finding whose object isn't in its list, or isn't led back to. */
static void mend_finding(struct findings *findings, const struct finding *found)
{
	memset(findings, 0, sizeof(*findings));
	findings->tell = tell_finding;
	findings->sure = 1;
	findings_begin(findings);
	findings_note(findings, found);
	findings_end(findings);
	findings->entry[0].mend.act = LADDER_MEND;
	mend_ruled(&watch.mender, &watch.guest, findings);
}

static void mend_lack_of(struct findings *findings, struct rules_lack lack)
{
	mend_finding(findings,
	             &(struct finding){.kind = FINDING_RULE, .where = lack.link, .lack = lack});
}

TEST(test_lack_of_a_rule_is_mended)
{
	const uint32_t tasks = guest_facts.task_tasks;
	const uint64_t link = guest_va(guest_task(17) + tasks);
	static struct findings findings;

	guest_unlink(17);
	mend_lack_of(&findings, (struct rules_lack){.kind = RULES_LACK_LINK,
	                                            .link = link,
	                                            .head = guest_va(guest_task(0) + tasks)});
	assert_int_equal(asked, 1);
	assert_true(findings.entry[0].mend.done);
	expect_listed(GUEST_TASKS - 1, 17);
	mend_ruled(&watch.mender, &watch.guest, &findings); /* not before the next look */
	assert_int_equal(asked, 1);
	guest_store(guest_task(17) + tasks + 8, 0);
	mend_lack_of(&findings, (struct rules_lack){.kind = RULES_LACK_BACK, .link = link});
	expect_listed(GUEST_TASKS - 1, 17);
}

/* Three objects in a row: an object's pointer is at its offset 16, and the one back at 24. */
TEST(test_objects_that_lead_back_by_members)
{
	static struct findings findings;
	const uint64_t at[] = {guest_va(FREE), guest_va(FREE + 64), guest_va(FREE + 128)};
	const struct rules_lack lack = {
	    .kind = RULES_LACK_NEXT, .link = at[0], .head = 16 | 24 << 16};

	guest_store(FREE + 16, at[2]); /* the middle object is left out */
	guest_store(FREE + 64 + 16, at[2]);
	guest_store(FREE + 64 + 24, at[0]);
	guest_store(FREE + 128 + 24, at[1]);
	mend_lack_of(&findings, lack);
	assert_int_equal(asked, 1);
	assert_int_equal(guest_load(FREE + 16), at[1]);
	guest_store(FREE + 64 + 24, 16); /* the next object leads back to nothing */
	mend_lack_of(&findings, lack);
	assert_int_equal(asked, 2);
	assert_int_equal(guest_load(FREE + 64 + 24), at[0]);
	mend_lack_of(&findings, lack); /* all is well */
	guest_store(FREE + 16, 0);     /* now it is the last object */
	mend_lack_of(&findings, lack);
	assert_int_equal(asked, 2);
}

/* A word that has changed since the look stays as it is. */
TEST(test_a_wrong_value_is_mended)
{
	static struct findings findings;
	const struct rules_lack lack = {
	    .kind = RULES_LACK_VALUE, .head = guest_va(FREE), .link = 0x2222, .was = 0x1111};

	guest_store(FREE, 0x3333);
	mend_lack_of(&findings, lack);
	assert_int_equal(asked, 0);
	assert_int_equal(guest_load(FREE), 0x3333);
	guest_store(FREE, 0x1111);
	mend_lack_of(&findings, lack);
	assert_int_equal(asked, 1);
	assert_int_equal(guest_load(FREE), 0x2222);
}

/* A number of 32 bits stands beside another one, which may change meanwhile. */
TEST(test_a_wrong_number_is_mended)
{
	static struct findings findings;

	guest_store(FREE, 0x5555555511111111);
	mend_lack_of(&findings, (struct rules_lack){.kind = RULES_LACK_VALUE,
	                                            .head = guest_va(FREE) + 4,
	                                            .link = 17,
	                                            .was = 0x55555555,
	                                            .size = 4});
	assert_int_equal(asked, 1);
	assert_int_equal(guest_load(FREE), 0x1111111111);
}

/*
 * The first object of a chain, one in the middle and the last one are taken out of the chain. The
 * object's pointer is in its second word.
 */
TEST(test_an_object_without_a_place_in_a_chain)
{
	static struct findings findings;

	for (uint32_t i = 0; i < 3; i++) {
		const uint32_t head = i == 0 ? FREE : FREE + 0x20 * i + 8;
		const uint64_t object = guest_va(FREE + 0x20 * (i + 1));
		const uint64_t next = i == 2 ? 0 : object + 0x20;
		struct finding found = {
		    .kind = FINDING_RULE,
		    .where = object,
		    .lack = {.kind = RULES_LACK_PLACE, .link = object + 8, .head = guest_va(head)}};

		guest_store(FREE, guest_va(FREE + 0x20));
		guest_store(FREE + 0x28, guest_va(FREE + 0x40));
		guest_store(FREE + 0x48, guest_va(FREE + 0x60));
		guest_store(FREE + 0x68, 0);
		mend_finding(&findings, &found);
		assert_true(findings.entry[0].mend.done);
		assert_int_equal(guest_load(head), next);
		assert_int_equal(guest_load(FREE + 0x20 * (i + 1) + 8), next);
		mend_finding(&findings, &found); /* the object isn't there any more */
		assert_int_equal(findings.entry[0].mend.fails, 1);
		assert_int_equal(guest_load(head), next);
	}
}

/* Objects that stand in a row are all taken out in one look. */
TEST(test_a_row_without_a_place_in_a_chain)
{
	static struct findings findings;

	memset(&findings, 0, sizeof(findings));
	findings.tell = tell_finding;
	findings.sure = 1;
	findings_begin(&findings);
	guest_store(FREE, guest_va(FREE + 0x20));
	for (uint32_t i = 0; i < FINDINGS_MAX; i++) {
		const uint32_t object = FREE + 0x20 * (i + 1);

		guest_store(object + 8, i + 1 < FINDINGS_MAX ? guest_va(object + 0x20) : 0);
		findings_note(
		    &findings,
		    &(struct finding){.kind = FINDING_RULE,
		                      .where = guest_va(object),
		                      .lack = {.kind = RULES_LACK_PLACE,
		                               .link = guest_va(object + 8),
		                               .head = guest_va(i == 0 ? FREE : object - 0x18)}});
	}
	findings_end(&findings);
	for (uint32_t i = 0; i < FINDINGS_MAX; i++)
		findings.entry[i].mend.act = LADDER_MEND;
	mend_ruled(&watch.mender, &watch.guest, &findings);
	assert_int_equal(guest_load(FREE), 0);
	for (uint32_t i = 0; i < FINDINGS_MAX; i++)
		assert_true(findings.entry[i].mend.done);
}

/* A list that leads nowhere, or into a ring without the entry. */
TEST(test_list_that_does_not_come_back)
{
	const uint32_t tasks = guest_facts.task_tasks;
	const uint64_t next[] = {0, guest_va(guest_task(20) + tasks)};
	static struct findings findings;

	for (uint32_t i = 0; i < 2; i++) {
		guest_store(guest_task(20) + tasks, next[i]);
		mend_lack_of(&findings,
		             (struct rules_lack){.kind = RULES_LACK_BACK,
		                                 .link = guest_va(guest_task(17) + tasks)});
		assert_int_equal(asked, 0);
		assert_int_equal(findings.entry[0].mend.fails, 1);
	}
	mend_lack_of(&findings, (struct rules_lack){.kind = RULES_LACK_NONE});
	assert_int_equal(findings.entry[0].mend.fails, 0);
}

/*
 * Lists of two objects, the second of which lies in the kernel's data. The mend would be a store
 * behind the place.
 */
TEST(test_no_list_is_in_text_or_constants)
{
	const uint32_t places[] = {guest_facts.text - 8,  guest_facts.text,
	                           guest_facts.text_end,  guest_facts.constants_end - 16,
	                           guest_facts.text - 16, guest_facts.constants_end - 8};
	static struct findings findings;

	for (uint32_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		guest_store(places[i], guest_va(FREE));
		guest_store(FREE, guest_va(places[i]));
		guest_store(FREE + 8, guest_va(places[i]));
		guest_store(places[i] + 8, 0);
		mend_lack_of(&findings, (struct rules_lack){.kind = RULES_LACK_BACK,
		                                            .link = guest_va(places[i])});
		assert_int_equal(findings.entry[0].mend.done, i >= 4);
		assert_int_equal(guest_load(places[i] + 8), i >= 4 ? guest_va(FREE) : 0);
	}
}

/* ---- damage that isn't mended ---- */

TEST(test_a_lock_that_is_not_known)
{
	static struct watchfacts facts;

	facts = guest_facts;
	facts.tasks_lock = 0;
	watch.guest.facts = &facts;
	guest_unlink(17);
	look(10);
	expect(1, 0, 0);
	assert_int_equal(why, MEND_UNKNOWN);
}

TEST(test_a_watcher_that_only_looks)
{
	watch.ladder.lines = 0;
	guest_unlink(17);
	spoil();
	look(20);
	expect(2, 0, 0);
	assert_int_equal(given_up, 0);
}

/* A look that can't tell mends nothing. */
TEST(test_no_tables_no_mend)
{
	struct watch_seen now = seen();

	guest_unlink(17);
	look(FINDINGS_LOOKS - 1);
	now.record[0].changes = WATCH_TORN;
	for (uint32_t i = 0; i < 5; i++)
		watch_look(&watch, &now);
	expect(0, 0, 0);
	look(2);
	expect(1, 1, 1);
	spoil(); /* the damage is seen without tables, too */
	for (uint32_t i = 0; i < 5; i++)
		watch_look(&watch, &now);
	expect(2, 1, 1);
	look(2);
	expect(2, 2, 2);
}
