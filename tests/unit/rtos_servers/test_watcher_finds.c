/*
 * Findings of the watcher in a Linux in memory (watched_guest.h): each rule finds its kind of
 * damage, and a change that is over at the next look is no finding.
 */
#include <string.h>
#include <unit.h>
#include <unit/rtos_servers/watcher_world.h>

/* ---- tasks ---- */

const struct unit_fixture unit_each = {watcher_set_up, watcher_tear_down};

TEST(test_task_out_of_the_list)
{
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

TEST(test_task_out_of_the_tree)
{
	begin();
	guest_store(guest_node() + guest_facts.node_slots + 8 * 17, 0);
	look(10);
	assert_int_equal(told, 1);
	assert_int_equal(last.kind, FINDING_NOT_IN_TREE);
	assert_int_equal(last.value, 17);
}

TEST(test_list_that_does_not_lead_back)
{
	begin();
	guest_store(guest_task(9) + guest_facts.task_tasks + 8,
	            guest_va(guest_task(3) + guest_facts.task_tasks));
	look(10);
	assert_int_equal(told, 1);
	assert_int_equal(last.kind, FINDING_LIST);
	assert_int_equal(last.value, 9);
}

/* The list leads from one task to an earlier one, so that it never ends. */
static void circle(uint32_t from, uint32_t to)
{
	guest_store(guest_task(from) + guest_facts.task_tasks,
	            guest_va(guest_task(to) + guest_facts.task_tasks));
}

TEST(test_list_in_a_circle)
{
	begin();
	circle(20, 5);
	look(10);
	assert_int_equal(told, 1);
	assert_int_equal(last.kind, FINDING_LIST);
	assert_int_equal(last.value, 5);
	look(2 * WATCH_PATIENCE);
	assert_int_equal(events[WATCH_CANT], 0);
}

/* Findings that need the list are found, also behind the wrong place. */
TEST(test_task_out_of_a_broken_list)
{
	static const uint64_t wrong[] = {0, GUEST_BASE - 8};

	for (size_t i = 0; i <= sizeof(wrong) / sizeof(wrong[0]); i++) {
		watcher_tear_down();
		watcher_set_up();
		begin();
		guest_unlink(30);
		circle(20, 20);
		if (i != 0)
			guest_store(guest_task(20) + guest_facts.task_tasks, wrong[i - 1]);
		look(10);
		assert_int_equal(told, 2);
		assert_int_equal(watch.findings[WATCH_TASKS].entry[0].kind,
		                 i != 0 ? FINDING_END : FINDING_LIST);
		assert_int_equal(last.kind, FINDING_NOT_LISTED);
		assert_int_equal(last.value, 30);
	}
}

/* A rule that can't tell has a step of its own, to which the line `all` doesn't apply. */
TEST(test_blind_rule_is_a_finding)
{
	static const char *const lines[] = {"all: restart 1 in 1 min", "blind: restart 1 in 1 min"};

	for (uint32_t i = 0; i < 2; i++) {
		watcher_tear_down();
		watcher_set_up();
		watcher_climbs(lines[i]);
		begin();
		registers.ttbr1 = GUEST_IPA;
		look(WATCH_PATIENCE - 1);
		assert_int_equal(restarts, 0);
		look(3);
		assert_int_equal(restarts, i);
	}
	assert_string_equal(stepped, "text");
}

/* A change that is over at the next look is the guest's own work. */
TEST(test_short_change_is_nothing)
{
	const uint32_t slot = guest_node() + guest_facts.node_slots + 8 * 17;
	const uint64_t pid = guest_load(slot);

	begin();
	for (uint32_t i = 0; i < 50; i++) {
		guest_store(slot, i % 3 == 0 ? pid : 0);
		look(1);
	}
	assert_int_equal(told + gone, 0);
}

/* ---- text ---- */

static uint32_t beats;

static void count_beat(void)
{
	beats++;
}

/* The baseline takes long, and then the sum over it: both give signs of life. */
TEST(test_signs_of_life_amid_the_baseline)
{
	watch.guest.beat = count_beat;
	look(SETTLE);
	assert_false(watch.watching);
	beats = 0;
	look(1);
	assert_true(watch.watching);
	assert_true(beats >= 2);
}

TEST(test_changed_text)
{
	const uint32_t place = 0x25678;
	const uint64_t word = guest_load(place);

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

/*
 * Each page of constants is compared, the last one, too. Findings in text hide none in constants.
 */
TEST(test_changed_constants)
{
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
TEST(test_text_that_leads_elsewhere)
{
	struct watch_seen now = seen();

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
	now.record[0].ttbr1 = GUEST_IPA; /* no tables: the finding may still be there */
	now.record[0].changes = 100;
	watch_look(&watch, &now);
	assert_int_equal(gone, 0);
	guest_map_pages(0, 0);
	look_paged(1);
	assert_int_equal(gone, 1);
}

/* ---- deadlines ---- */

static void look_at_misses(uint64_t misses, uint32_t times)
{
	struct watch_seen now = seen();

	now.misses = misses;
	for (uint32_t i = 0; i < times; i++)
		watch_look(&watch, &now);
}

/* Misses before the baseline don't count. One finding has all misses until it is over. */
TEST(test_missed_deadlines)
{
	look_at_misses(7, 10);
	begin();
	look_at_misses(0, 10);
	assert_int_equal(told, 0);
	look_at_misses(1, 1);
	look_at_misses(3, DEADLINES_QUIET);
	assert_int_equal(told, 1);
	assert_int_equal(last.kind, FINDING_DEADLINES);
	assert_int_equal(gone, 0);
	look_at_misses(3, 1);
	assert_int_equal(gone, 1);
	assert_int_equal(last.value, 3);
	look_at_misses(4, 5);
	assert_int_equal(told, 2);
	assert_int_equal(last.value, 1);
}

/* ---- events ---- */

static struct rulebook book;

static void rule_tells(enum rulebook_event event, const char *rule)
{
	(void)event;
	(void)rule;
}

/* A rule that looks on such events alone. As the rule can't tell, its looks can be counted. */
static uint32_t looks_of_rule(void)
{
	return book.entry[0].cant / RULE_EVERY;
}

static void add_rule(uint32_t on)
{
	static struct {
		struct rule rule;
		struct rule_view view;
	} made;

	made.rule = (struct rule){.on = (uint8_t)on, .views = 1};
	made.view = (struct rule_view){.kind = RULE_LIST};
	memset(&book, 0, sizeof(book));
	book.tell = rule_tells;
	book.entry[0] = (struct rulebook_entry){.rule = &made.rule, .used = true};
	watch.book = &book;
}

/* Shows: watch.rules-on. */
TEST(test_events_of_rules)
{
	begin();
	add_rule(1 << RULE_ON_DEADLINE);
	look_at_misses(0, 10);
	watch.modules.changes++;
	look_at_misses(0, 10);
	assert_int_equal(looks_of_rule(), 0);
	look_at_misses(1, 1);
	assert_int_equal(looks_of_rule(), 1);
	look_at_misses(1, 5); /* the rule goes on, as it can't tell */
	assert_int_equal(looks_of_rule(), 6);
	add_rule(1 << RULE_ON_MODULE);
	look_at_misses(2, 10);
	assert_int_equal(looks_of_rule(), 0);
	watch.modules.changes++;
	look_at_misses(2, 1);
	assert_int_equal(looks_of_rule(), 1);
	watch.book = NULL;
}

/* ---- vectors ---- */

static void expect_vectors(uint64_t vbar, bool good)
{
	struct guest guest = guest_ready();
	struct watch_record record = guest_registers;
	struct findings *findings = &watch.findings[WATCH_VECTORS];
	struct vectors_good right = {.sctlr = record.sctlr};

	record.vbar = vbar;
	findings_forget(findings);
	told = 0;
	for (uint32_t i = 0; i < FINDINGS_LOOKS; i++) {
		findings_begin(findings);
		vectors_look(&guest, 0, &record, &right, findings);
		findings_end(findings);
	}
	assert_int_equal(told, !good);
}

TEST(test_vectors)
{
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

/* Looks ten times. Both vCPUs run between any two looks. */
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

/* A Linux never changes UMA and SA. It changes EnIA for each task. */
TEST(test_changed_control)
{
	struct watch_seen now = seen();

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
TEST(test_translation_off)
{
	struct watch_seen now = seen();

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

/* The vCPU was asked as it started, and has gone off since. */
TEST(test_translation_was_off)
{
	struct watch_seen now = seen();

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

/* All is sound by the first vCPU's tables. The second one's trampoline goes on elsewhere. */
TEST(test_vectors_that_lead_elsewhere)
{
	struct watch_seen now = seen();

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

/* A record that is being written makes no alarm, and ends none. */
TEST(test_torn_record_says_nothing)
{
	struct watch_seen now = seen();

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

/* ---- a finding's identity has no part that the guest chooses ---- */

TEST(test_toggled_byte_is_one_finding)
{
	begin();
	for (uint32_t i = 0; i < 10; i++) {
		guest_store(0x25100, guest_load(0x25100) ^ 1);
		guest_store(0x25108, ~0ULL);
		look(1);
	}
	assert_int_equal(told, 1);
	assert_int_equal(last.where, 0x25000);
}

TEST(test_toggled_pid_is_one_finding)
{
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

TEST(test_toggled_vectors_are_one_finding)
{
	struct watch_seen now = seen();

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
