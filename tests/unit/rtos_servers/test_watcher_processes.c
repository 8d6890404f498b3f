/*
 * What the watcher mends of processes beside their list: their numbers in the PID tree, over a
 * Linux in memory (watched_guest.h). Shows: watch.mends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unit/rtos_servers/watcher_world.h>

#include <cmocka.h>

#define NUMBER 17u
#define TOP    0xd8000u /* a free place for another node */
#define COUNT  (8 * guest_facts.node_count)
#define BIT    (1ULL << NUMBER)

static int set_up(void **state)
{
	(void)watcher_set_up(state);
	watcher_climbs("all: mend");
	begin();
	return 0;
}

static void expect(uint32_t found, uint32_t over, uint32_t asks)
{
	assert_int_equal(told, found);
	assert_int_equal(gone, over);
	assert_int_equal(asked, asks);
}

/* ---- numbers ---- */

static uint32_t slot(uint32_t number)
{
	return guest_node() + guest_facts.node_slots + 8 * number;
}

static uint32_t free_at(uint32_t node)
{
	return node + guest_facts.node_free;
}

/* As the kernel itself removes a number. */
static void remove_number(void)
{
	guest_store(slot(NUMBER), 0);
	guest_store(guest_node(), guest_load(guest_node()) - (1ULL << COUNT));
	guest_store(free_at(guest_node()), guest_load(free_at(guest_node())) | BIT);
}

static void expect_number(uint64_t node, uint64_t bits)
{
	assert_int_equal(guest_load(slot(NUMBER)), guest_va(guest_pid(NUMBER)));
	assert_int_equal(guest_load(guest_node()), node);
	assert_int_equal(guest_load(free_at(guest_node())), bits);
}

static void test_number_is_put_back(void **state)
{
	const uint64_t node = guest_load(guest_node()), bits = guest_load(free_at(guest_node()));

	(void)state;
	remove_number();
	look(FINDINGS_LOOKS);
	expect(1, 0, 1);
	expect_number(node, bits);
	look(10);
	expect(1, 1, 1);
	assert_int_equal(last.value, NUMBER);
	assert_true(last.mend.done);
}

/* Whoever wrote over the slot left the count, and the bit. */
static void test_slot_that_was_emptied_by_hand(void **state)
{
	const uint64_t node = guest_load(guest_node()), bits = guest_load(free_at(guest_node()));

	(void)state;
	guest_store(slot(NUMBER), 0);
	look(FINDINGS_LOOKS + 1);
	expect(1, 1, 1);
	expect_number(node, bits);
}

/* A node above this one, and this one without any other free slot. */
static void test_last_free_number_of_a_node(void **state)
{
	const uint32_t root = guest_facts.init_pid_ns + guest_facts.namespace_idr +
	                      guest_facts.idr_rt + guest_facts.root_head;

	(void)state;
	guest_store(root, guest_va(TOP) | 2);
	guest_store(TOP, 6 | 1ULL << COUNT); /* its shift */
	guest_store(TOP + guest_facts.node_slots, guest_va(guest_node()) | 2);
	guest_store(free_at(TOP), UINT64_MAX);
	guest_store(free_at(guest_node()), 0);
	remove_number();
	look(FINDINGS_LOOKS + 1);
	expect(1, 1, 1);
	assert_int_equal(guest_load(free_at(guest_node())), 0);
	assert_int_equal(guest_load(free_at(TOP)), UINT64_MAX - 1);
}

static void test_lock_of_the_tree_is_waited_for(void **state)
{
	const uint32_t lock = guest_facts.numbers_lock;

	(void)state;
	remove_number();
	guest_store(lock, 0x7700000001);
	look(FINDINGS_LOOKS + 5);
	expect(1, 0, 6);
	guest_store(lock, 0x7700000000);
	look(2);
	expect(1, 1, 7);
}

static void expect_given_up(enum mend_result reason)
{
	look(20);
	assert_int_equal(told, 1);
	assert_int_equal(gone, 0);
	assert_int_equal(changed, 0);
	assert_int_equal(given_up, 1);
	assert_int_equal(why, reason);
}

static void test_number_of_somebody_else_by_now(void **state)
{
	(void)state;
	guest_store(slot(NUMBER), guest_va(TOP)); /* a PID without a process */
	expect_given_up(MEND_CHANGED);
	assert_int_equal(guest_load(slot(NUMBER)), guest_va(TOP));
}

/* Nodes that can't be right. */
static void test_tree_that_leads_nowhere(void **state)
{
	static const uint64_t wrong[] = {1, 3, 5, 7, 36, 42, 255};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		(void)watcher_tear_down(state);
		(void)set_up(state);
		remove_number();
		guest_store(guest_node(), wrong[i]);
		expect_given_up(MEND_CHANGED);
	}
}

/* No slot of the tree is free then: that is marked elsewhere, too. */
static void test_last_free_number_of_the_tree(void **state)
{
	(void)state;
	guest_store(free_at(guest_node()), 0);
	remove_number();
	expect_given_up(MEND_CHANGED);
}

static void test_a_lock_that_is_not_known(void **state)
{
	static struct watchfacts facts;

	(void)state;
	facts = guest_facts;
	facts.numbers_lock = 0;
	watch.guest.facts = &facts;
	remove_number();
	expect_given_up(MEND_UNKNOWN);
}

int main(void)
{
#define PROCESSES_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, watcher_tear_down)
	static const struct CMUnitTest tests[] = {
	    PROCESSES_TEST(test_number_is_put_back),
	    PROCESSES_TEST(test_slot_that_was_emptied_by_hand),
	    PROCESSES_TEST(test_last_free_number_of_a_node),
	    PROCESSES_TEST(test_lock_of_the_tree_is_waited_for),
	    PROCESSES_TEST(test_number_of_somebody_else_by_now),
	    PROCESSES_TEST(test_tree_that_leads_nowhere),
	    PROCESSES_TEST(test_last_free_number_of_the_tree),
	    PROCESSES_TEST(test_a_lock_that_is_not_known),
	};

	return cmocka_run_group_tests_name("the watcher mends processes", tests, NULL, NULL);
}
