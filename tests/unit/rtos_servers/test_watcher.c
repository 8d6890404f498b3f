/*
 * The watcher from look to look, over a Linux in memory (watched_guest.h): the choice of the
 * kernel, the baseline's moment and how it is kept, changes between looks, and the guest's lives.
 */
#include <string.h>
#include <unit.h>
#include <unit/rtos_servers/watcher_world.h>

/* ---- the kernel ---- */

const struct unit_fixture unit_each = {watcher_set_up, watcher_tear_down};

TEST(test_kernel_is_found)
{
	struct guest guest = guest_ready();
	uint64_t value;

	assert_int_equal(guest.kernel, GUEST_KERNEL);
	assert_int_equal(guest.base, GUEST_BASE);
	assert_true(guest_word(&guest, guest_va(guest_facts.text), &value));
	assert_int_equal(value, guest_load(guest_facts.text));
	assert_false(guest_word(&guest, guest_va(guest_facts.text) + 4, &value));
	assert_false(guest_word(&guest, GUEST_BASE - 8, &value));
	assert_false(guest_word(&guest, 0, &value));
}

/* While user space runs, other tables are used, two pages before the kernel's. */
TEST(test_tables_of_user_space)
{
	struct guest guest = guest_ready();
	struct watch_record record = guest_registers;

	record.ttbr1 -= 0x2000;
	assert_true(guest_use(&guest, &record));
	record.ttbr1 = GUEST_IPA; /* tables outside of the kernel's image */
	assert_false(guest_use(&guest, &record));
	guest_store(guest_facts.base_at, guest_va(guest_facts.base_of) + GUEST_SHIFT);
	assert_false(guest_use(&guest, &guest_registers));
	guest_store(guest_facts.base_at, 0);
	assert_false(guest_use(&guest, &guest_registers));
	assert_int_equal(guest.base, GUEST_BASE); /* the base of the tables that are still in use */
}

TEST(test_other_kernel_is_told_once)
{
	guest_store(guest_facts.banner_at, 0);
	look(2 * WATCH_STRANGER);
	assert_int_equal(events[WATCH_UNKNOWN], 1);
	assert_int_equal(events[WATCH_FOUND], 0);
	assert_false(watch.watching);
}

/* ---- sound guests ---- */

TEST(test_sound_guest_is_no_alarm)
{
	begin();
	look(200);
	assert_int_equal(told + gone, 0);
	assert_int_equal(events[WATCH_CANT], 0);
}

TEST(test_no_baseline_before_the_kernel_is_up)
{
	guest_store(guest_facts.system_state, guest_facts.running - 1);
	look(10 * SETTLE);
	assert_false(watch.watching);
}

/* ---- the baseline's moment ---- */

static void be_up(bool up)
{
	guest_store(guest_facts.system_state, guest_facts.running - !up);
}

/* Changes before a late baseline are never told, so the late baseline is told. */
TEST(test_late_baseline_is_told)
{
	begin();
	assert_int_equal(events[WATCH_LATE], 1);
	watch.starts = 0; /* the watcher begins anew, and the baseline is kept */
	watch.watching = watch.early = false;
	look(2);
	assert_int_equal(events[WATCH_BEGINS], 2);
	assert_int_equal(events[WATCH_LATE], 1);
	watch.starts = 0; /* the watcher begins anew, and the baseline is lost */
	watch.watching = false;
	memset(kept, 0, sizeof(kept));
	look(1 + SETTLE);
	assert_int_equal(events[WATCH_BEGINS], 3);
	assert_int_equal(events[WATCH_LATE], 2);
}

TEST(test_baseline_in_time_is_not_late)
{
	struct watch_seen now = seen();

	be_up(false);
	look(5);
	be_up(true);
	begin();
	now.starts = LIFE + 1; /* a life that began during the watch */
	for (uint32_t i = 0; i <= SETTLE; i++) {
		now.record[0].changes = 100 + 2 * i;
		watch_look(&watch, &now);
	}
	assert_int_equal(events[WATCH_BEGINS], 2);
	assert_int_equal(events[WATCH_LATE], 0);
}

static void expect_waits(struct watch_seen now, enum watch_event event)
{
	for (uint32_t i = 0; i < 3 * WATCH_WAIT; i++) {
		now.record[0].changes += watch.starts != 0 ? 2 : 0;
		watch_look(&watch, &now);
		assert_int_equal(events[event], i + 1 >= WATCH_WAIT);
	}
	for (uint32_t i = WATCH_NOT_RUNNING; i <= WATCH_NO_TEXT; i++)
		assert_int_equal(events[i], i == event);
	assert_false(watch.watching);
}

TEST(test_stopped_guest_is_told)
{
	struct watch_seen now = seen();

	now.runs = false;
	expect_waits(now, WATCH_NOT_RUNNING);
}

TEST(test_missing_tables_are_told)
{
	struct watch_seen now = seen();

	now.record[0].ttbr1 = GUEST_IPA;
	expect_waits(now, WATCH_NO_TABLES);
}

TEST(test_kernel_that_is_never_up_is_told)
{
	be_up(false);
	expect_waits(seen(), WATCH_NOT_UP);
}

/* A page of text lies in a hole between two pieces of memory. */
TEST(test_missing_text_is_told)
{
	struct loader_range piece[2] = {watch.guest.walk.range[0], watch.guest.walk.range[0]};
	const uint64_t hole = GUEST_KERNEL - GUEST_IPA + 0x20000;

	piece[0].size = hole;
	piece[1].base += hole + 0x1000;
	piece[1].ipa += hole + 0x1000;
	piece[1].size -= hole + 0x1000;
	watch.guest.walk.range = piece;
	watch.guest.walk.ranges = 2;
	look(SETTLE); /* until then the text may still be copied */
	watch.without = 0;
	expect_waits(seen(), WATCH_NO_TEXT);
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

/* A glance sees a finding, which is sure without another whole look. */
TEST(test_open_is_sure_soon)
{
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
TEST(test_glances_see_all_of_a_region)
{
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

/* Stores of a guest that is restarted, or starts another kernel, are no findings meanwhile. */
TEST(test_nothing_is_seen_of_another_life)
{
	struct watch_seen now = seen();

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
TEST(test_tables_are_walked_anew)
{
	begin();
	guest_map_pages(0, 0);
	watch.guest.walk.ttbr1 = guest_paged_ttbr1();
	glance(2);
	assert_false(watch_is_open(&watch));
	guest_map_pages(0x12000, 0x60000);
	glance(2);
	assert_true(watch_is_open(&watch));
}

/* ---- the baseline is kept ---- */

static bool is_there(const struct guest *guest, uint32_t starts)
{
	return baseline_is_there(&watch.baseline, guest, starts, seen().now);
}

TEST(test_baseline_is_kept)
{
	struct guest other;

	begin();
	other = watch.guest;
	other.base += GUEST_SHIFT;
	assert_false(is_there(&other, LIFE));
	other = watch.guest;
	other.kernel += GUEST_SHIFT;
	assert_false(is_there(&other, LIFE));
	guest_store(0x25678, 0);
	watch.starts = 0; /* the watcher begins anew */
	watch.watching = false;
	look(2);
	assert_int_equal(events[WATCH_BEGINS], 2);
	look(FINDINGS_LOOKS);
	assert_int_equal(told, 1);
	assert_true(is_there(&watch.guest, LIFE));
	assert_false(is_there(&watch.guest, LIFE + 1));
	assert_false(baseline_is_there(&watch.baseline, &watch.guest, LIFE,
	                               watch.baseline.head->taken - 1)); /* taken before a reset */
	for (uint32_t at = 0; at < offsetof(struct baseline_head, check) + 4; at++) {
		kept[at] ^= 1;
		assert_false(is_there(&watch.guest, LIFE));
		kept[at] ^= 1;
	}
	assert_true(is_there(&watch.guest, LIFE));
}

/*
 * A damaged baseline is used until its sum is known to be wrong, but nothing is compared with it.
 */
TEST(test_damaged_baseline_is_taken_anew)
{
	begin();
	kept[BASELINE_PAGE + 100] ^= 1;
	watch.starts = 0; /* the watcher begins anew */
	watch.watching = false;
	look(1 + SETTLE);
	assert_int_equal(events[WATCH_BEGINS], 2);
	assert_int_equal(told, 0);
	assert_false(watch.watching);
	look(1);
	assert_int_equal(events[WATCH_BEGINS], 3);
	guest_store(0x25678, 0);
	look(FINDINGS_LOOKS);
	assert_int_equal(told, 1);
}

TEST(test_baseline_needs_room)
{
	struct watchfacts facts = guest_facts;

	assert_false(baseline_open(&watch.baseline, kept, BASELINE_PAGE, &facts));
	assert_false(baseline_open(&watch.baseline, kept, KEPT - BASELINE_PAGE, &facts));
	facts.text_end += 8;
	assert_false(baseline_open(&watch.baseline, kept, KEPT, &facts));
	facts = guest_facts;
	facts.constants_end = facts.text_end - BASELINE_PAGE;
	assert_false(baseline_open(&watch.baseline, kept, KEPT, &facts));
}

/* ---- lives ---- */

TEST(test_new_life_begins_anew)
{
	struct watch_seen now = seen();

	begin();
	now.starts = LIFE + 1;
	now.record[0].changes = 100;
	for (uint32_t i = 0; i < 3 * SETTLE; i++)
		watch_look(&watch, &now); /* a record of the former life says nothing */
	assert_int_equal(events[WATCH_ANEW], 1);
	assert_false(watch.watching);
	now.record[0].changes = 102;
	for (uint32_t i = 0; i < 3 * SETTLE; i++)
		watch_look(&watch, &now);
	assert_int_equal(events[WATCH_BEGINS], 2);
	now.runs = false;
	guest_unlink(5);
	for (uint32_t i = 0; i < 50; i++)
		watch_look(&watch, &now);
	assert_int_equal(told, 0);
}

TEST(test_nothing_is_tried_while_the_guest_stands)
{
	static struct rulebook book;
	struct watch_seen now = seen();

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
