/*
 * The watcher's mends of processes beside their list: their numbers in the PID tree, and their
 * credentials, over a Linux in memory (watched_guest.h).
 * Shows: watch.mends.
 */
#include <string.h>
#include <unit.h>
#include <unit/rtos_servers/watcher_world.h>

#define NUMBER 17u
#define TOP    0xd8000u /* a free place for another node */
#define RIGHTS 0xe0000u /* for credentials: the kernel's, the parent's, and others */
#define MEMORY 0xe4000u /* a process's, and its program's file */
#define OPENED 0xe5000u
#define COUNT  (8 * guest_facts.node_count)
#define BIT    (1ULL << NUMBER)

static void set_up(void)
{
	watcher_set_up();
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

/* ---- numbers ---- */

static uint32_t slot(uint32_t number)
{
	return guest_node() + guest_facts.node_slots + 8 * number;
}

static uint32_t free_at(uint32_t node)
{
	return node + guest_facts.node_free;
}

/* Removes the number as the kernel does. */
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

TEST(test_number_is_put_back)
{
	const uint64_t node = guest_load(guest_node()), bits = guest_load(free_at(guest_node()));

	remove_number();
	look(FINDINGS_LOOKS);
	expect(1, 0, 1);
	expect_number(node, bits);
	look(10);
	expect(1, 1, 1);
	assert_int_equal(last.value, NUMBER);
	assert_true(last.mend.done);
}

/* The slot was overwritten, and the count and the bit stayed. */
TEST(test_slot_that_was_emptied_by_hand)
{
	const uint64_t node = guest_load(guest_node()), bits = guest_load(free_at(guest_node()));

	guest_store(slot(NUMBER), 0);
	look(FINDINGS_LOOKS + 1);
	expect(1, 1, 1);
	expect_number(node, bits);
}

/* A node stands above this one, which has no other free slot. */
TEST(test_last_free_number_of_a_node)
{
	const uint32_t root = guest_facts.init_pid_ns + guest_facts.namespace_idr +
	                      guest_facts.idr_rt + guest_facts.root_head;

	guest_store(root, guest_va(TOP) | 2);
	guest_store(TOP, 6 | 1ULL << COUNT); /* the node's shift */
	guest_store(TOP + guest_facts.node_slots, guest_va(guest_node()) | 2);
	guest_store(free_at(TOP), UINT64_MAX);
	guest_store(free_at(guest_node()), 0);
	remove_number();
	look(FINDINGS_LOOKS + 1);
	expect(1, 1, 1);
	assert_int_equal(guest_load(free_at(guest_node())), 0);
	assert_int_equal(guest_load(free_at(TOP)), UINT64_MAX - 1);
}

TEST(test_lock_of_the_tree_is_waited_for)
{
	const uint32_t lock = guest_facts.numbers_lock;

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

TEST(test_number_that_another_process_has)
{
	guest_store(slot(NUMBER), guest_va(TOP)); /* a PID without a process */
	expect_given_up(MEND_CHANGED);
	assert_int_equal(guest_load(slot(NUMBER)), guest_va(TOP));
}

/* The tree has impossible nodes. */
TEST(test_tree_that_leads_nowhere)
{
	static const uint64_t wrong[] = {1, 3, 5, 7, 36, 42, 255};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		watcher_tear_down();
		set_up();
		remove_number();
		guest_store(guest_node(), wrong[i]);
		expect_given_up(MEND_CHANGED);
	}
}

/* The mend would leave no free slot in the tree, which is marked elsewhere, too. */
TEST(test_last_free_number_of_the_tree)
{
	guest_store(free_at(guest_node()), 0);
	remove_number();
	expect_given_up(MEND_CHANGED);
}

TEST(test_a_lock_that_is_not_known)
{
	static struct watchfacts facts;

	facts = guest_facts;
	facts.numbers_lock = 0;
	watch.guest.facts = &facts;
	remove_number();
	expect_given_up(MEND_UNKNOWN);
}

/* ---- credentials ---- */

enum { KERNELS, PARENTS, OTHERS };

static uint64_t rights(uint32_t number)
{
	return guest_va(RIGHTS + 0x100 * number);
}

static void give(uint32_t task, uint64_t own, uint64_t acts_by)
{
	guest_store(guest_task(task) + guest_facts.task_real_cred, own);
	guest_store(guest_task(task) + guest_facts.task_cred, acts_by);
}

static struct findings findings;

/* Mends a rule's finding: the task has no right to its credentials. */
static void mend_rights_of(uint32_t task)
{
	memset(&findings, 0, sizeof(findings));
	findings.entry[0] = (struct finding){.kind = FINDING_RULE,
	                                     .where = guest_va(guest_task(task)),
	                                     .lack = {.kind = RULES_LACK_RIGHTS},
	                                     .mend = {.act = LADDER_MEND},
	                                     .used = true,
	                                     .told = true,
	                                     .now = true,
	                                     .fresh = true};
	mend_ruled(&watch.mender, &watch.guest, &findings);
}

static void family(uint64_t its, uint64_t parents)
{
	give(0, rights(KERNELS), rights(KERNELS));
	give(16, parents, parents);
	give(NUMBER, its, its);
	guest_store(guest_task(NUMBER) + guest_facts.task_parent, guest_va(guest_task(16)));
	guest_store(RIGHTS + 0x100 * PARENTS, 0x7700000005);
	guest_store(RIGHTS + 0x100 * OTHERS, 0x7700000003);
}

static void expect_rights(uint64_t right)
{
	assert_int_equal(guest_load(guest_task(NUMBER) + guest_facts.task_cred), right);
	assert_int_equal(guest_load(guest_task(NUMBER) + guest_facts.task_real_cred), right);
}

TEST(test_process_gets_its_parents_credentials)
{
	for (uint32_t its = KERNELS; its <= OTHERS; its += OTHERS) {
		family(rights(its), rights(PARENTS));
		mend_rights_of(NUMBER);
		assert_true(findings.entry[0].mend.done);
		expect_rights(rights(PARENTS));
		/* Two more tasks use these. The users of the others aren't known. */
		assert_int_equal(guest_load(RIGHTS + 0x100 * PARENTS), 0x7700000007);
		assert_int_equal(guest_load(RIGHTS + 0x100 * OTHERS), 0x7700000003);
	}
}

static void expect_no_rights(void)
{
	changed = 0;
	mend_rights_of(NUMBER);
	assert_false(findings.entry[0].mend.done);
	assert_int_equal(changed, 0);
}

TEST(test_credentials_that_are_no_better)
{
	family(rights(OTHERS), rights(KERNELS));
	expect_no_rights();
	assert_int_equal(why, MEND_RIGHTS);
	family(rights(OTHERS), rights(OTHERS));
	expect_no_rights();
	assert_int_equal(why, MEND_RIGHTS);
	family(rights(OTHERS), guest_va(0) + GUEST_SIZE); /* nowhere */
	expect_no_rights();
	family(rights(OTHERS), rights(PARENTS));
	guest_store(RIGHTS + 0x100 * PARENTS, 0); /* no task has these */
	expect_no_rights();
	guest_store(RIGHTS + 0x100 * PARENTS, 0x70000001);
	expect_no_rights();
}

/* A child of the first process may be an orphan. Its program was begun with others' rights. */
static void orphan(uint32_t user)
{
	family(rights(KERNELS), rights(PARENTS));
	guest_store(guest_task(16) + guest_facts.task_parent, guest_va(guest_task(0)));
	guest_store(guest_task(NUMBER) + guest_facts.task_mm, guest_va(MEMORY));
	guest_store(MEMORY + guest_facts.memory_file, guest_va(OPENED));
	guest_store(OPENED + guest_facts.file_cred, rights(OTHERS));
	guest_store(RIGHTS + 0x100 * OTHERS, (uint64_t)user << 32 | 3);
}

TEST(test_orphan_gets_what_its_program_was_begun_with)
{
	orphan(1000);
	mend_rights_of(NUMBER);
	assert_true(findings.entry[0].mend.done);
	expect_rights(rights(OTHERS));
	assert_int_equal(guest_load(RIGHTS + 0x100 * OTHERS), 1000ULL << 32 | 5);
}

static void expect_no_origin(void)
{
	expect_no_rights();
	assert_int_equal(why, MEND_RIGHTS);
	assert_true(findings.entry[0].mend.over);
}

TEST(test_orphan_of_which_nothing_is_known)
{
	orphan(0); /* root */
	expect_no_origin();
	orphan(1000);
	guest_store(guest_task(NUMBER) + guest_facts.task_mm, 0); /* it ends */
	expect_no_origin();
	orphan(1000);
	guest_store(OPENED + guest_facts.file_cred, guest_va(0) + GUEST_SIZE); /* nowhere */
	expect_no_origin();
}

static void close_file(void)
{
	guest_store(MEMORY + guest_facts.memory_file, guest_va(TOP));
}

TEST(test_orphan_whose_program_changes_meanwhile)
{
	orphan(1000);
	meanwhile = close_file;
	expect_no_rights();
}

/* The task or its parent has other credentials for a while, or is about to change its own. */
TEST(test_credentials_for_a_while)
{
	family(rights(OTHERS), rights(PARENTS));
	give(16, rights(PARENTS), rights(OTHERS));
	expect_no_rights();
	family(rights(OTHERS), rights(PARENTS));
	give(NUMBER, rights(PARENTS), rights(OTHERS));
	expect_no_rights();
}

static void change_parents(void)
{
	give(16, rights(OTHERS), rights(OTHERS));
}

TEST(test_parent_that_changes_meanwhile)
{
	family(rights(KERNELS), rights(PARENTS));
	meanwhile = change_parents;
	expect_no_rights();
}
