/*
 * What the watcher decides, over a Linux in memory (watched_guest.h): each rule finds what it is
 * for, and nothing in a sound guest; and whatever the memory holds, a look ends, reads nothing
 * outside, and says that it can't tell.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unit/rtos_servers/watched_guest.h>

#include <cmocka.h>

#define LIFE    7u
#define KEPT    (BASELINE_PAGE + 0x28000u)
#define DAMAGES 20000u

static struct watch watch;
static struct guestcache cache;
static _Alignas(4096) uint8_t kept[KEPT];
static uint32_t told, gone, events[WATCH_EVENTS];
static struct finding last;

static void tell_finding(const struct finding *finding, bool is_gone)
{
	told += !is_gone;
	gone += is_gone;
	last = *finding;
}

static void tell_event(enum watch_event event, enum watch_rule rule)
{
	(void)rule;
	events[event]++;
}

static int set_up(void **state)
{
	(void)state;
	guest_build();
	memset(&watch, 0, sizeof(watch));
	memset(kept, 0, sizeof(kept));
	memset(events, 0, sizeof(events));
	told = gone = 0;
	watch.guest = guest_ready();
	watch.guest.kernel = 0;
	watch.guest.cache = &cache;
	watch.tell = tell_event;
	for (uint32_t i = 0; i < WATCH_RULES; i++) {
		watch.findings[i].tell = tell_finding;
		watch.findings[i].sure = FINDINGS_LOOKS;
	}
	assert_true(baseline_open(&watch.baseline, kept, sizeof(kept), &guest_facts));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	guest_free();
	return 0;
}

static struct watch_seen seen(void)
{
	struct watch_seen now = {.runs = true, .starts = LIFE, .vcpus = 1};

	now.record[0] = guest_registers;
	return now;
}

/* In a later life records count when they have changed: the first look is one of them. */
static void look(uint32_t times)
{
	for (uint32_t i = 0; i < times; i++) {
		struct watch_seen now = seen();

		now.record[0].changes += watch.starts != 0 ? 2 : 0;
		watch_look(&watch, &now);
	}
}

static void begin(void)
{
	look(1 + WATCH_SETTLE);
	assert_true(watch.watching);
	assert_int_equal(events[WATCH_BEGINS], 1);
}

/* ---- the kernel ---- */

static void test_kernel_is_found(void **state)
{
	struct guest guest = guest_ready();
	uint64_t value;

	(void)state;
	assert_int_equal(guest.kernel, GUEST_KERNEL);
	assert_int_equal(guest.base, GUEST_BASE);
	assert_true(guest_word(&guest, guest_va(guest_facts.text), &value));
	assert_int_equal(value, guest_load(guest_facts.text));
	assert_false(guest_word(&guest, guest_va(guest_facts.text) + 4, &value));
	assert_false(guest_word(&guest, GUEST_BASE - 8, &value));
	assert_false(guest_word(&guest, 0, &value));
}

/* While user space runs, other tables are used, two pages before the kernel's. */
static void test_tables_of_user_space(void **state)
{
	struct guest guest = guest_ready();
	struct watch_record record = guest_registers;

	(void)state;
	record.ttbr1 -= 0x2000;
	assert_true(guest_use(&guest, &record));
	record.ttbr1 = GUEST_IPA; /* tables outside of the kernel's image */
	assert_false(guest_use(&guest, &record));
	guest_store(guest_facts.base_at, guest_va(guest_facts.base_of) + GUEST_SHIFT);
	assert_false(guest_use(&guest, &guest_registers));
	guest_store(guest_facts.base_at, 0);
	assert_false(guest_use(&guest, &guest_registers));
	assert_int_equal(guest.base, GUEST_BASE); /* that of the tables that are in use still */
}

static void test_other_kernel_is_told_once(void **state)
{
	(void)state;
	guest_store(guest_facts.banner_at, 0);
	look(2 * WATCH_STRANGER);
	assert_int_equal(events[WATCH_UNKNOWN], 1);
	assert_int_equal(events[WATCH_FOUND], 0);
	assert_false(watch.watching);
}

/* ---- sound guests ---- */

static void test_sound_guest_is_no_alarm(void **state)
{
	(void)state;
	begin();
	look(200);
	assert_int_equal(told + gone, 0);
	assert_int_equal(events[WATCH_CANT], 0);
}

static void test_no_baseline_before_it_is_up(void **state)
{
	(void)state;
	guest_store(guest_facts.system_state, guest_facts.running - 1);
	look(10 * WATCH_SETTLE);
	assert_false(watch.watching);
}

/* ---- the baseline's moment ---- */

static void be_up(bool up)
{
	guest_store(guest_facts.system_state, guest_facts.running - !up);
}

/* What changed before such a baseline is never told, so that is told itself. */
static void test_late_baseline_is_told(void **state)
{
	(void)state;
	begin();
	assert_int_equal(events[WATCH_LATE], 1);
	watch.starts = 0; /* started anew, and the baseline is kept */
	watch.watching = watch.early = false;
	look(2);
	assert_int_equal(events[WATCH_BEGINS], 2);
	assert_int_equal(events[WATCH_LATE], 1);
	watch.starts = 0; /* started anew, and the baseline is lost */
	watch.watching = false;
	memset(kept, 0, sizeof(kept));
	look(1 + WATCH_SETTLE);
	assert_int_equal(events[WATCH_BEGINS], 3);
	assert_int_equal(events[WATCH_LATE], 2);
}

static void test_baseline_in_time_is_not_late(void **state)
{
	struct watch_seen now = seen();

	(void)state;
	be_up(false);
	look(5);
	be_up(true);
	begin();
	now.starts = LIFE + 1; /* a life that began under its eyes */
	for (uint32_t i = 0; i <= WATCH_SETTLE; i++) {
		now.record[0].changes = 100 + 2 * i;
		watch_look(&watch, &now);
	}
	assert_int_equal(events[WATCH_BEGINS], 2);
	assert_int_equal(events[WATCH_LATE], 0);
}

static void expect_waits(struct watch_seen now, enum watch_event why)
{
	for (uint32_t i = 0; i < 3 * WATCH_WAIT; i++) {
		now.record[0].changes += watch.starts != 0 ? 2 : 0;
		watch_look(&watch, &now);
		assert_int_equal(events[why], i + 1 >= WATCH_WAIT);
	}
	for (uint32_t i = WATCH_NOT_RUNNING; i <= WATCH_NO_TEXT; i++)
		assert_int_equal(events[i], i == why);
	assert_false(watch.watching);
}

static void test_stopped_guest_is_told(void **state)
{
	struct watch_seen now = seen();

	(void)state;
	now.runs = false;
	expect_waits(now, WATCH_NOT_RUNNING);
}

static void test_missing_tables_are_told(void **state)
{
	struct watch_seen now = seen();

	(void)state;
	now.record[0].ttbr1 = GUEST_IPA;
	expect_waits(now, WATCH_NO_TABLES);
}

static void test_kernel_that_is_never_up_is_told(void **state)
{
	(void)state;
	be_up(false);
	expect_waits(seen(), WATCH_NOT_UP);
}

/* A page of text lies in a hole between two pieces of memory. */
static void test_missing_text_is_told(void **state)
{
	struct loader_range piece[2] = {watch.guest.walk.range[0], watch.guest.walk.range[0]};
	const uint64_t hole = GUEST_KERNEL - GUEST_IPA + 0x20000;

	(void)state;
	piece[0].size = hole;
	piece[1].base += hole + 0x1000;
	piece[1].ipa += hole + 0x1000;
	piece[1].size -= hole + 0x1000;
	watch.guest.walk.range = piece;
	watch.guest.walk.ranges = 2;
	look(WATCH_SETTLE); /* until then it may yet be copied */
	watch.without = 0;
	expect_waits(seen(), WATCH_NO_TEXT);
}

/* ---- tasks ---- */

static void test_task_out_of_the_list(void **state)
{
	(void)state;
	begin();
	guest_unlink(17);
	look(FINDINGS_LOOKS - 1);
	assert_int_equal(told, 0);
	look(10);
	assert_int_equal(told, 1);
	assert_int_equal(last.kind, FINDING_NOT_LISTED);
	assert_int_equal(last.value, 17);
	assert_string_equal(last.name, "sleep");
	guest_free();
	guest_build();
	watch.guest.walk.range = guest_ready().walk.range;
	look(1);
	assert_int_equal(gone, 1);
}

static void test_task_out_of_the_tree(void **state)
{
	(void)state;
	begin();
	guest_store(guest_node() + guest_facts.node_slots + 8 * 17, 0);
	look(10);
	assert_int_equal(told, 1);
	assert_int_equal(last.kind, FINDING_NOT_IN_TREE);
	assert_int_equal(last.value, 17);
}

static void test_list_that_leads_not_back(void **state)
{
	(void)state;
	begin();
	guest_store(guest_task(9) + guest_facts.task_tasks + 8,
	            guest_va(guest_task(3) + guest_facts.task_tasks));
	look(10);
	assert_int_equal(told, 1);
	assert_int_equal(last.kind, FINDING_LIST);
	assert_int_equal(last.value, 9);
}

/* ---- between looks ---- */

static void glance(uint32_t times)
{
	const struct watch_seen now = seen();

	for (uint32_t i = 0; i < times; i++)
		watch_glance(&watch, &now);
}

static void again(uint32_t times)
{
	const struct watch_seen now = seen();

	for (uint32_t i = 0; i < times; i++)
		watch_again(&watch, &now);
}

/* A glance sees it, and it is sure without another whole look. */
static void test_open_is_sure_soon(void **state)
{
	(void)state;
	begin();
	again(10);
	assert_false(watch_is_open(&watch));
	guest_unlink(17);
	guest_store(0x12678, 0);
	again(10);
	assert_int_equal(told, 0);
	glance(1);
	assert_true(watch_is_open(&watch));
	again(FINDINGS_LOOKS - 2);
	assert_int_equal(told, 0);
	again(1);
	assert_int_equal(told, 2);
	assert_false(watch_is_open(&watch));
	guest_store(0x12670, 1); /* the same page */
	glance(10);
	assert_int_equal(told, 2);
}

/* Text is compared in parts, each page within WATCH_SWEEP glances. */
static void test_glances_see_all_of_a_region(void **state)
{
	(void)state;
	begin();
	for (uint32_t place = guest_facts.text; place < guest_facts.constants_end;
	     place += BASELINE_PAGE) {
		const uint64_t word = guest_load(place);

		told = 0;
		guest_store(place, ~word);
		glance(WATCH_SWEEP + FINDINGS_LOOKS);
		assert_int_equal(told, 1);
		guest_store(place, word);
		glance(1);
	}
}

/* What a guest that is restarted, or starts another kernel, writes meanwhile is no finding. */
static void test_nothing_is_seen_of_another_life(void **state)
{
	struct watch_seen now = seen();

	(void)state;
	begin();
	glance(1);
	guest_unlink(17);
	now.starts = LIFE + 1;
	watch_glance(&watch, &now);
	now.starts = LIFE;
	now.runs = false;
	watch_glance(&watch, &now);
	be_up(false);
	glance(10);
	assert_false(watch_is_open(&watch));
	be_up(true);
	glance(1);
	assert_true(watch_is_open(&watch));
}

/* Tables that change are walked anew. */
static void test_tables_are_walked_anew(void **state)
{
	(void)state;
	begin();
	guest_map_pages(0, 0);
	watch.guest.walk.ttbr1 = guest_paged_ttbr1();
	glance(2);
	assert_false(watch_is_open(&watch));
	guest_map_pages(0x12000, 0x60000);
	glance(2);
	assert_true(watch_is_open(&watch));
}

/* A change that is over at the next look is the guest's own work. */
static void test_short_change_is_nothing(void **state)
{
	const uint32_t slot = guest_node() + guest_facts.node_slots + 8 * 17;
	const uint64_t pid = guest_load(slot);

	(void)state;
	begin();
	for (uint32_t i = 0; i < 50; i++) {
		guest_store(slot, i % 3 == 0 ? pid : 0);
		look(1);
	}
	assert_int_equal(told + gone, 0);
}

/* ---- text ---- */

static void test_changed_text(void **state)
{
	const uint32_t place = 0x25678;
	const uint64_t word = guest_load(place);

	(void)state;
	begin();
	guest_store(place, ~word);
	look(10);
	assert_int_equal(told, 1);
	assert_int_equal(last.kind, FINDING_TEXT);
	assert_int_equal(last.where + last.value, place);
	guest_store(place, word);
	look(1);
	assert_int_equal(gone, 1);
}

/* Each page of them, the last one, too; and no findings of text hide them. */
static void test_changed_constants(void **state)
{
	(void)state;
	begin();
	for (uint32_t i = 0; i < FINDINGS_MAX; i++)
		guest_store(guest_facts.text + i * BASELINE_PAGE, 0);
	look(10);
	assert_int_equal(told, FINDINGS_MAX);
	guest_store(guest_facts.text_end, 1);
	guest_store(guest_facts.constants_end - 8, 1);
	guest_store(guest_facts.constants_end, 1); /* no constant */
	look(10);
	assert_int_equal(told, FINDINGS_MAX + 2);
	assert_int_equal(last.kind, FINDING_TEXT);
	assert_int_equal(last.where + last.value, guest_facts.constants_end - 8);
}

/* A vCPU with the tables of guest_map_pages(). */
static void look_paged(uint32_t times)
{
	static uint64_t changes = 1000;

	for (uint32_t i = 0; i < times; i++) {
		struct watch_seen now = seen();

		now.vcpus = 2;
		now.record[0].ttbr1 = guest_paged_ttbr1();
		now.record[0].changes = changes += 2;
		now.record[1] = now.record[0];
		watch_look(&watch, &now);
	}
}

/* The page itself stays as it was; the kernel executes a changed copy of it. */
static void test_text_that_leads_elsewhere(void **state)
{
	struct watch_seen now = seen();

	(void)state;
	begin();
	guest_map_pages(0, 0);
	look_paged(10);
	assert_int_equal(told, 0);
	guest_map_pages(0x25000, 0x60000);
	look_paged(10);
	assert_int_equal(told, 1);
	assert_int_equal(last.kind, FINDING_TEXT);
	assert_int_equal(last.where, 0x25000);
	assert_true(last.elsewhere);
	now.record[0].ttbr1 = GUEST_IPA; /* no tables: nobody can say that it is gone */
	now.record[0].changes = 100;
	watch_look(&watch, &now);
	assert_int_equal(gone, 0);
	guest_map_pages(0, 0);
	look_paged(1);
	assert_int_equal(gone, 1);
}

static void test_baseline_is_kept(void **state)
{
	struct guest other;

	(void)state;
	begin();
	other = watch.guest;
	other.base += GUEST_SHIFT;
	assert_false(baseline_is_there(&watch.baseline, &other, LIFE));
	other = watch.guest;
	other.kernel += GUEST_SHIFT;
	assert_false(baseline_is_there(&watch.baseline, &other, LIFE));
	guest_store(0x25678, 0);
	watch.starts = 0; /* the watcher was started anew */
	watch.watching = false;
	look(2);
	assert_int_equal(events[WATCH_BEGINS], 2);
	look(FINDINGS_LOOKS);
	assert_int_equal(told, 1);
	assert_true(baseline_is_there(&watch.baseline, &watch.guest, LIFE));
	assert_false(baseline_is_there(&watch.baseline, &watch.guest, LIFE + 1));
	for (uint32_t at = 0; at < offsetof(struct baseline_head, check) + 4; at++) {
		kept[at] ^= 1;
		assert_false(baseline_is_there(&watch.baseline, &watch.guest, LIFE));
		kept[at] ^= 1;
	}
	assert_true(baseline_is_there(&watch.baseline, &watch.guest, LIFE));
}

/* It is used until its sum is known to be wrong, but nothing is compared with it. */
static void test_damaged_baseline_is_taken_anew(void **state)
{
	(void)state;
	begin();
	kept[BASELINE_PAGE + 100] ^= 1;
	watch.starts = 0; /* the watcher was started anew */
	watch.watching = false;
	look(1 + WATCH_SETTLE);
	assert_int_equal(events[WATCH_BEGINS], 2);
	assert_int_equal(told, 0);
	assert_false(watch.watching);
	look(1);
	assert_int_equal(events[WATCH_BEGINS], 3);
	guest_store(0x25678, 0);
	look(FINDINGS_LOOKS);
	assert_int_equal(told, 1);
}

static void test_baseline_needs_room(void **state)
{
	struct watchfacts facts = guest_facts;

	(void)state;
	assert_false(baseline_open(&watch.baseline, kept, BASELINE_PAGE, &facts));
	assert_false(baseline_open(&watch.baseline, kept, KEPT - BASELINE_PAGE, &facts));
	facts.text_end += 8;
	assert_false(baseline_open(&watch.baseline, kept, KEPT, &facts));
	facts = guest_facts;
	facts.constants_end = facts.text_end - BASELINE_PAGE;
	assert_false(baseline_open(&watch.baseline, kept, KEPT, &facts));
}

/* ---- vectors ---- */

static void expect_vectors(uint64_t vbar, bool good)
{
	struct guest guest = guest_ready();
	struct watch_record record = guest_registers;
	struct findings *findings = &watch.findings[WATCH_VECTORS];

	record.vbar = vbar;
	findings_forget(findings);
	told = 0;
	for (uint32_t i = 0; i < FINDINGS_LOOKS; i++) {
		findings_begin(findings);
		vectors_look(&guest, 0, &record, record.sctlr, findings);
		findings_end(findings);
	}
	assert_int_equal(told, !good);
}

static void test_vectors(void **state)
{
	(void)state;
	expect_vectors(guest_va(0x10800), true);
	expect_vectors(guest_va(0x12800), true);
	expect_vectors(guest_va(0x14000), true);
	expect_vectors(guest_va(0x14800), false);
	expect_vectors(guest_va(0x10000), false);
	expect_vectors(guest_va(0x2f800), true);
	expect_vectors(guest_va(0x12c00), false);
	expect_vectors(GUEST_BASE - 0x800, false);
	expect_vectors(0, false);
	expect_vectors(~0ULL, false);
}

/* Both vCPUs have run between any two looks. */
static void look_ten_times(struct watch_seen *now, uint64_t changes)
{
	for (uint32_t i = 0; i < 10; i++) {
		now->record[0].changes = now->record[1].changes = changes + 2 * i;
		watch_look(&watch, now);
	}
}

static void expect_control(void)
{
	assert_int_equal(told, 1);
	assert_int_equal(last.kind, FINDING_CONTROL);
	assert_int_equal(last.where, 1);
}

/* UMA and SA are never changed by a Linux; EnIA is, for each task. */
static void test_changed_control(void **state)
{
	struct watch_seen now = seen();

	(void)state;
	begin();
	now.vcpus = 2;
	now.record[1] = guest_registers;
	now.record[1].sctlr |= 1ULL << 31;
	look_ten_times(&now, 100);
	assert_int_equal(told, 0);
	now.record[1].sctlr |= 1ULL << 9;
	look_ten_times(&now, 200);
	expect_control();
}

/* A vCPU that starts has its MMU off for one look at most. */
static void test_translation_off(void **state)
{
	struct watch_seen now = seen();

	(void)state;
	begin();
	now.vcpus = 2;
	now.record[1] = guest_registers;
	for (uint32_t i = 0; i < 10; i++) {
		now.record[1].sctlr = guest_registers.sctlr & ~(i % 3 == 0 ? 1ULL : 0);
		now.record[0].changes = now.record[1].changes = 100 + 2 * i;
		watch_look(&watch, &now);
	}
	assert_int_equal(told, 0);
	now.record[1].sctlr = guest_registers.sctlr & ~1ULL;
	look_ten_times(&now, 200);
	expect_control();
}

/* It was asked as it started, and has gone off since. */
static void test_translation_was_off(void **state)
{
	struct watch_seen now = seen();

	(void)state;
	begin();
	now.vcpus = 2;
	now.record[1] = guest_registers;
	now.record[1].sctlr = guest_registers.sctlr & ~1ULL;
	now.record[1].changes = 100;
	for (uint32_t i = 0; i < 10; i++) {
		now.record[0].changes = 100 + 2 * i;
		watch_look(&watch, &now);
	}
	assert_int_equal(told, 0);
}

/* By the first vCPU's tables all is sound; the second one's trampoline goes on elsewhere. */
static void test_vectors_that_lead_elsewhere(void **state)
{
	struct watch_seen now = seen();

	(void)state;
	begin();
	now.vcpus = 2;
	now.record[1] = guest_registers;
	now.record[1].ttbr1 = guest_paged_ttbr1();
	now.record[1].vbar = guest_va(0x2f800);
	for (uint32_t i = 0; i < 20; i++) {
		guest_map_pages(i < 10 ? 0 : 0x12000, i < 10 ? 0 : 0x60000);
		now.record[0].changes = now.record[1].changes = 100 + 2 * i;
		watch_look(&watch, &now);
		assert_int_equal(told, i >= 10 + FINDINGS_LOOKS - 1);
	}
	assert_int_equal(last.kind, FINDING_VECTORS);
	assert_int_equal(last.where, 1);
	assert_true(last.elsewhere);
}

/* A record that is being written says nothing: neither an alarm, nor that one is over. */
static void test_torn_record_says_nothing(void **state)
{
	struct watch_seen now = seen();

	(void)state;
	begin();
	now.vcpus = 2;
	now.record[1] = guest_registers;
	now.record[1].vbar = 0;
	for (uint32_t i = 0; i < 10; i++) {
		now.record[0].changes = now.record[1].changes = 100 + 2 * i;
		watch_look(&watch, &now);
	}
	assert_int_equal(told, 1);
	now.record[1] = (struct watch_record){.changes = WATCH_TORN};
	watch_look(&watch, &now);
	assert_int_equal(gone, 0);
	now.record[1] = guest_registers;
	now.record[1].changes = 200;
	watch_look(&watch, &now);
	assert_int_equal(gone, 1);
}

/* ---- what the guest chooses is no part of a finding's identity ---- */

static void test_toggled_byte_counts(void **state)
{
	(void)state;
	begin();
	for (uint32_t i = 0; i < 10; i++) {
		guest_store(0x25100, guest_load(0x25100) ^ 1);
		guest_store(0x25108, ~0ULL);
		look(1);
	}
	assert_int_equal(told, 1);
	assert_int_equal(last.where, 0x25000);
}

static void test_toggled_pid_counts(void **state)
{
	(void)state;
	begin();
	guest_unlink(17);
	for (uint32_t i = 0; i < 10; i++) {
		guest_store(guest_task(17) + guest_facts.task_pid, 100 + i);
		look(1);
	}
	assert_int_equal(told, 1);
	assert_int_equal(last.value, 100 + FINDINGS_LOOKS - 1); /* as it was seen last */
	assert_int_equal(gone, 0);
}

static void test_toggled_vectors_count(void **state)
{
	struct watch_seen now = seen();

	(void)state;
	begin();
	for (uint32_t i = 0; i < 10; i++) {
		now.record[0].vbar = guest_va(0x60000 + i * 0x800);
		now.record[0].changes = 100 + 2 * i;
		watch_look(&watch, &now);
	}
	assert_int_equal(told, 1);
	assert_int_equal(last.where, 0);
	assert_int_equal(last.value, guest_va(0x60000 + (FINDINGS_LOOKS - 1) * 0x800));
}

/* ---- lives ---- */

static void test_new_life_begins_anew(void **state)
{
	struct watch_seen now = seen();

	(void)state;
	begin();
	now.starts = LIFE + 1;
	now.record[0].changes = 100;
	for (uint32_t i = 0; i < 3 * WATCH_SETTLE; i++)
		watch_look(&watch, &now); /* a record of the former life says nothing */
	assert_int_equal(events[WATCH_ANEW], 1);
	assert_false(watch.watching);
	now.record[0].changes = 102;
	for (uint32_t i = 0; i < 3 * WATCH_SETTLE; i++)
		watch_look(&watch, &now);
	assert_int_equal(events[WATCH_BEGINS], 2);
	now.runs = false;
	guest_unlink(5);
	for (uint32_t i = 0; i < 50; i++)
		watch_look(&watch, &now);
	assert_int_equal(told, 0);
}

static void test_nothing_is_tried_while_it_stands(void **state)
{
	static struct rulebook book;
	struct watch_seen now = seen();

	(void)state;
	watch.book = &book;
	begin();
	look(1);
	assert_ptr_equal(book.guest, &watch.guest);
	now.runs = false;
	watch_look(&watch, &now);
	assert_null(book.guest);
	look(1);
	assert_ptr_equal(book.guest, &watch.guest);
}

/* ---- hostile memory. Shows: watch.bounded. ---- */

/* It can't tell, and says so once. */
static void expect_cannot(void)
{
	begin();
	look(3 * WATCH_PATIENCE);
	assert_int_equal(events[WATCH_CANT], 1);
}

static void test_list_without_an_end(void **state)
{
	const uint32_t link = guest_task(5) + guest_facts.task_tasks;

	(void)state;
	guest_store(link, guest_va(link)); /* leads to itself, for ever */
	expect_cannot();
}

static void test_list_that_leads_nowhere(void **state)
{
	static const uint64_t nowhere[] = {0,
	                                   4,
	                                   ~0ULL,
	                                   ~0ULL - 7,
	                                   1ULL << 63,
	                                   GUEST_BASE - 8,
	                                   GUEST_BASE + 0x200000 - 8,
	                                   0xffff000000000000ULL};

	(void)state;
	begin();
	for (size_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
		guest_store(guest_task(5) + guest_facts.task_tasks, nowhere[i]);
		look(2 * WATCH_PATIENCE);
		assert_int_equal(watch.cant[WATCH_TASKS], WATCH_PATIENCE);
	}
}

static void test_tree_that_leads_to_itself(void **state)
{
	(void)state;
	guest_store(guest_node() + guest_facts.node_slots, guest_va(guest_node()) | 2);
	expect_cannot();
}

/* Each slot leads to one and the same node below: many ways, of which only so many are gone. */
static void test_tree_with_too_many_ways(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 64; i++) {
		guest_store(guest_node() + guest_facts.node_slots + 8 * i,
		            guest_va(guest_node() + 0x1000) | 2);
		guest_store(guest_node() + 0x1000 + guest_facts.node_slots + 8 * i,
		            guest_va(guest_node() + 0x2000) | 2);
	}
	expect_cannot();
}

static void test_page_tables_go_away(void **state)
{
	(void)state;
	begin();
	memset(guest_ram + (GUEST_KERNEL - GUEST_IPA) + 0x80000, 0xff, 0x3000);
	look(2 * WATCH_PATIENCE);
	assert_int_equal(watch.cant[WATCH_TASKS], WATCH_PATIENCE);
	assert_int_equal(watch.cant[WATCH_TEXT], WATCH_PATIENCE); /* what is executed isn't known */
	assert_int_equal(watch.cant[WATCH_CONSTANTS], WATCH_PATIENCE);
	assert_int_equal(events[WATCH_CANT], 3);
}

/* Of more findings than there is room for the rest waits, and that is told once. */
static void test_findings_without_end(void **state)
{
	(void)state;
	begin();
	for (uint32_t i = 1; i < GUEST_TASKS; i++)
		guest_store(guest_node() + guest_facts.node_slots + 8 * i, 0);
	look(20);
	assert_int_equal(told, FINDINGS_MAX);
	assert_int_equal(events[WATCH_CROWDED], 1);
	guest_store(0x25678, 0); /* the other rules have their own room */
	look(10);
	assert_int_equal(told, FINDINGS_MAX + 1);
	assert_int_equal(last.kind, FINDING_TEXT);
	assert_int_equal(events[WATCH_CROWDED], 1);
}

/* What a look noted that can't tell in the end is as if it hadn't been. */
static void test_look_that_cannot_tell_notes_nothing(void **state)
{
	const uint32_t slot = guest_node() + guest_facts.node_slots;

	(void)state;
	begin();
	for (uint32_t i = 1; i <= FINDINGS_MAX; i++)
		guest_store(guest_task(2 * i) + guest_facts.task_tasks + 8, 0);
	guest_store(slot, guest_va(guest_node()) | 2); /* the tree leads to itself */
	look(10);
	for (uint32_t i = 0; i < FINDINGS_MAX; i++)
		assert_false(watch.findings[WATCH_TASKS].entry[i].used);
	assert_int_equal(told, 0);
	guest_store(slot, 0);
	look(FINDINGS_LOOKS - 1);
	assert_int_equal(told, 0);
	look(1);
	assert_int_equal(told, FINDINGS_MAX);
}

static void damage(uint32_t seed)
{
	static const uint64_t values[] = {0, 2, ~0ULL, 1ULL << 63, GUEST_BASE, GUEST_KERNEL | 3};
	const uint32_t place = 0x40000u + (uint32_t)random() % 0xb0000u / 8 * 8;

	switch (seed % 4) {
	case 0:
		guest_store(place, values[(size_t)random() % (sizeof(values) / sizeof(values[0]))]);
		break;
	case 1:
		guest_store(place, guest_va((uint32_t)random() % 0x100000));
		break;
	case 2:
		guest_store(place, guest_load(0x80000u + (uint32_t)random() % 0x60000u / 8 * 8));
		break;
	default:
		guest_store(place, guest_load(place) ^ 1ULL << random() % 64);
	}
}

/* Whatever becomes of tables, lists and trees: each look ends, and reads nothing outside. */
static void test_damage_at_random(void **state)
{
	(void)state;
	srandom(1);
	begin();
	for (uint32_t i = 0; i < DAMAGES; i++) {
		damage(i);
		look(1);
		if (i % 200 == 199) {
			guest_free();
			guest_build();
			watch.guest.walk.range = guest_ready().walk.range;
		}
	}
	assert_true(told > 0);
}

int main(void)
{
#define WATCHER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
	    WATCHER_TEST(test_kernel_is_found),
	    WATCHER_TEST(test_tables_of_user_space),
	    WATCHER_TEST(test_other_kernel_is_told_once),
	    WATCHER_TEST(test_sound_guest_is_no_alarm),
	    WATCHER_TEST(test_no_baseline_before_it_is_up),
	    WATCHER_TEST(test_late_baseline_is_told),
	    WATCHER_TEST(test_baseline_in_time_is_not_late),
	    WATCHER_TEST(test_stopped_guest_is_told),
	    WATCHER_TEST(test_missing_tables_are_told),
	    WATCHER_TEST(test_kernel_that_is_never_up_is_told),
	    WATCHER_TEST(test_missing_text_is_told),
	    WATCHER_TEST(test_task_out_of_the_list),
	    WATCHER_TEST(test_task_out_of_the_tree),
	    WATCHER_TEST(test_list_that_leads_not_back),
	    WATCHER_TEST(test_open_is_sure_soon),
	    WATCHER_TEST(test_glances_see_all_of_a_region),
	    WATCHER_TEST(test_nothing_is_seen_of_another_life),
	    WATCHER_TEST(test_tables_are_walked_anew),
	    WATCHER_TEST(test_short_change_is_nothing),
	    WATCHER_TEST(test_changed_text),
	    WATCHER_TEST(test_text_that_leads_elsewhere),
	    WATCHER_TEST(test_vectors_that_lead_elsewhere),
	    WATCHER_TEST(test_changed_constants),
	    WATCHER_TEST(test_baseline_is_kept),
	    WATCHER_TEST(test_damaged_baseline_is_taken_anew),
	    WATCHER_TEST(test_baseline_needs_room),
	    WATCHER_TEST(test_vectors),
	    WATCHER_TEST(test_changed_control),
	    WATCHER_TEST(test_translation_off),
	    WATCHER_TEST(test_translation_was_off),
	    WATCHER_TEST(test_torn_record_says_nothing),
	    WATCHER_TEST(test_toggled_byte_counts),
	    WATCHER_TEST(test_toggled_pid_counts),
	    WATCHER_TEST(test_toggled_vectors_count),
	    WATCHER_TEST(test_new_life_begins_anew),
	    WATCHER_TEST(test_nothing_is_tried_while_it_stands),
	    WATCHER_TEST(test_list_without_an_end),
	    WATCHER_TEST(test_list_that_leads_nowhere),
	    WATCHER_TEST(test_tree_that_leads_to_itself),
	    WATCHER_TEST(test_tree_with_too_many_ways),
	    WATCHER_TEST(test_page_tables_go_away),
	    WATCHER_TEST(test_findings_without_end),
	    WATCHER_TEST(test_look_that_cannot_tell_notes_nothing),
	    WATCHER_TEST(test_damage_at_random),
	};

	return cmocka_run_group_tests_name("the watcher", tests, NULL, NULL);
}
