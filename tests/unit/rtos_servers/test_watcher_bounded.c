/*
 * For any content of a Linux's memory (watched_guest.h), each look of the watcher ends, reads
 * nothing outside, and tells a wrong list, or says that it can't tell. Shows: watch.bounded.
 */
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <unit/rtos_servers/watcher_world.h>

#define DAMAGES 20000u

/* The rule can't tell, and says so once. */
static void expect_cannot(void)
{
	begin();
	look(3 * WATCH_PATIENCE);
	assert_int_equal(events[WATCH_CANT], 1);
}

const struct unit_fixture unit_each = {watcher_set_up, watcher_tear_down};

TEST(test_list_without_an_end)
{
	const uint32_t link = guest_task(5) + guest_facts.task_tasks;

	begin();
	guest_store(link, guest_va(link)); /* leads to itself, for ever */
	look(3 * WATCH_PATIENCE);
	assert_int_equal(told, 1);
	assert_int_equal(last.kind, FINDING_LIST);
}

TEST(test_list_that_leads_nowhere)
{
	static const uint64_t nowhere[] = {0,
	                                   4,
	                                   ~0ULL,
	                                   ~0ULL - 7,
	                                   1ULL << 63,
	                                   GUEST_BASE - 8,
	                                   GUEST_BASE + 0x200000 - 8,
	                                   0xffff000000000000ULL};

	for (size_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
		watcher_tear_down();
		watcher_set_up();
		begin();
		guest_store(guest_task(5) + guest_facts.task_tasks, nowhere[i]);
		look(2 * WATCH_PATIENCE);
		assert_true(told != 0);
	}
}

TEST(test_tree_that_leads_to_itself)
{
	guest_store(guest_node() + guest_facts.node_slots, guest_va(guest_node()) | 2);
	expect_cannot();
}

/* All slots lead to the same node below. Of these many ways only a limited number is followed. */
TEST(test_tree_with_too_many_ways)
{
	for (uint32_t i = 0; i < 64; i++) {
		guest_store(guest_node() + guest_facts.node_slots + 8 * i,
		            guest_va(guest_node() + 0x1000) | 2);
		guest_store(guest_node() + 0x1000 + guest_facts.node_slots + 8 * i,
		            guest_va(guest_node() + 0x2000) | 2);
	}
	expect_cannot();
}

TEST(test_page_tables_go_away)
{
	begin();
	memset(guest_ram + (GUEST_KERNEL - GUEST_IPA) + 0x80000, 0xff, 0x3000);
	look(2 * WATCH_PATIENCE);
	assert_int_equal(watch.cant[WATCH_TASKS], WATCH_PATIENCE);
	assert_int_equal(watch.cant[WATCH_TEXT], WATCH_PATIENCE); /* executed text isn't known */
	assert_int_equal(watch.cant[WATCH_CONSTANTS], WATCH_PATIENCE);
	assert_int_equal(watch.cant[WATCH_MAPPINGS], WATCH_PATIENCE);
	assert_int_equal(events[WATCH_CANT], 4);
}

/* Findings without room wait, and that is told once. */
TEST(test_findings_without_end)
{
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

/* A look that can't tell in the end keeps none of its notes. */
TEST(test_look_that_cannot_tell_notes_nothing)
{
	const uint32_t slot = guest_node() + guest_facts.node_slots;

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

/* For any damage of tables, lists and trees, each look ends, and reads nothing outside. */
TEST(test_damage_at_random)
{
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
