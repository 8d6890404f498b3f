/*
 * The ladder's step that kills a task, over a Linux in memory (watched_guest.h): the bits that it
 * sets, the tasks that it leaves alone, and the next step if it doesn't help. Shows: watch.kills.
 */
#include <string.h>
#include <unit.h>
#include <unit/rtos_servers/watcher_world.h>

#define HANDLERS 0x48000u
#define MEMORY   0x49000u
#define FLAGS    0x40u /* bits of the task that a kill leaves alone */
#define SIGNALS  0x4u
#define KILLED   0x104u
#define LOOKED   0x41u

static uint32_t flags_of(uint32_t task)
{
	return guest_task(task) + guest_facts.task_flags;
}

static uint32_t signals_of(uint32_t task)
{
	return guest_task(task) + guest_facts.task_pending;
}

static void set_up(void)
{
	watcher_set_up();
	watcher_climbs("tasks: kill; restart 1 in 1 min");
	assert_null(ladder_add(&watch.ladder, "text: kill; restart 1 in 1 min"));
	for (uint32_t i = 0; i < GUEST_TASKS; i++) {
		guest_store(guest_task(i) + guest_facts.task_sighand, guest_va(HANDLERS));
		guest_store(guest_task(i) + guest_facts.task_mm, guest_va(MEMORY));
		guest_store(flags_of(i), FLAGS);
		guest_store(signals_of(i), SIGNALS);
	}
	guest_store(HANDLERS + guest_facts.sighand_lock - 4, 0x11111111u);
	begin();
}

const struct unit_fixture unit_each = {set_up, watcher_tear_down};

static void expect_signal(uint32_t task, bool has)
{
	assert_int_equal(guest_load(flags_of(task)), has ? LOOKED : FLAGS);
	assert_int_equal(guest_load(signals_of(task)), has ? KILLED : SIGNALS);
}

/* The killed task goes, and no further step comes. */
TEST(test_hidden_task_is_killed)
{
	guest_unlink(17);
	look(FINDINGS_LOOKS);
	assert_int_equal(killed, 1);
	for (uint32_t i = 0; i < GUEST_TASKS; i++)
		expect_signal(i, i == 17);
	look(10);
	assert_int_equal(asked, 1);
	guest_store(guest_node() + guest_facts.node_slots + 8 * 17, 0);
	look(40);
	assert_int_equal(asked, 1);
	assert_int_equal(restarts, 0);
}

/* A task that sleeps on doesn't see its signal: the next step comes. */
TEST(test_task_that_does_not_end)
{
	guest_unlink(17);
	look(FINDINGS_LOOKS + WATCH_OTHERS / LOOK - 1);
	assert_int_equal(restarts, 0);
	look(2);
	assert_int_equal(restarts, 1);
	assert_int_equal(asked, 1);
}

static void unlock(void)
{
	if (asked == 3)
		guest_store(HANDLERS + guest_facts.sighand_lock - 4, 0x11111111u);
}

TEST(test_lock_is_waited_for)
{
	guest_store(HANDLERS + guest_facts.sighand_lock - 4, 1ULL << 32);
	meanwhile = unlock;
	guest_unlink(17);
	look(FINDINGS_LOOKS + 1);
	expect_signal(17, false);
	look(1);
	expect_signal(17, true);
	assert_int_equal(asked, 3);
}

TEST(test_lock_for_ever_is_given_up)
{
	guest_store(HANDLERS + guest_facts.sighand_lock - 4, 1ULL << 32);
	guest_unlink(17);
	look(FINDINGS_LOOKS + MEND_WAITS);
	assert_int_equal(why, MEND_LOCKED);
	assert_int_equal(asked, MEND_WAITS);
	assert_int_equal(restarts, 1);
	expect_signal(17, false);
}

static void forget_handlers(void)
{
	guest_store(guest_task(17) + guest_facts.task_sighand, 0);
}

static void forget_number(void)
{
	guest_store(guest_task(17) + guest_facts.task_link + 8, 0);
}

static void forget_memory(void)
{
	guest_store(guest_task(17) + guest_facts.task_mm, 0);
}

/* The task's end begins between the look and the mend. */
TEST(test_task_that_ends_is_left_alone)
{
	static const struct {
		void (*begin)(void);
		enum mend_result result;
	} ends[] = {{forget_handlers, MEND_CHANGED},
	            {forget_number, MEND_CHANGED},
	            {forget_memory, MEND_KERNEL}};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		watcher_tear_down();
		set_up();
		guest_unlink(17);
		meanwhile = ends[i].begin;
		look(FINDINGS_LOOKS + MEND_FAILS);
		assert_int_equal(why, ends[i].result);
		assert_int_equal(killed, 0);
		expect_signal(17, false);
	}
}

TEST(test_handlers_that_lead_nowhere)
{
	static const uint64_t nowhere[] = {0, 2, ~0ULL, 1ULL << 63, GUEST_BASE - 256};

	for (size_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
		watcher_tear_down();
		set_up();
		guest_unlink(17);
		guest_store(guest_task(17) + guest_facts.task_sighand, nowhere[i]);
		look(FINDINGS_LOOKS + MEND_FAILS);
		assert_int_equal(asked, 0);
		assert_int_equal(why, MEND_CHANGED);
	}
}

TEST(test_init_is_left_alone)
{
	guest_unlink(1);
	look(FINDINGS_LOOKS);
	assert_int_equal(why, MEND_UNKNOWN);
	assert_int_equal(asked, 0);
	expect_signal(1, false);
}

/* A kernel thread would spin with a signal. */
TEST(test_kernel_thread_gets_no_signal)
{
	guest_unlink(17);
	guest_store(guest_task(17) + guest_facts.task_mm, 0);
	look(FINDINGS_LOOKS + MEND_FAILS);
	assert_int_equal(why, MEND_KERNEL);
	assert_int_equal(asked, 0);
	assert_int_equal(restarts, 1);
	expect_signal(17, false);
}

TEST(test_lock_that_is_not_known)
{
	static struct watchfacts facts;

	facts = guest_facts;
	facts.task_sighand = 0;
	watch.guest.facts = &facts;
	guest_unlink(17);
	look(FINDINGS_LOOKS);
	assert_int_equal(why, MEND_UNKNOWN);
	assert_int_equal(asked, 0);
}

/* A finding about no task has no such step. */
TEST(test_text_cannot_be_killed)
{
	guest_store(0x25678u, ~guest_load(0x25678u));
	look(FINDINGS_LOOKS + 1);
	assert_int_equal(told, 1);
	assert_int_equal(asked, 0);
	assert_int_equal(restarts, 1);
}

/* Of added rules, only those whose objects are tasks have this step. */
TEST(test_task_of_a_rule)
{
	static struct findings findings;
	struct finding found = {.kind = FINDING_RULE, .where = guest_va(guest_task(17))};

	for (uint32_t is_task = 0; is_task < 2; is_task++) {
		found.task = is_task != 0;
		memset(&findings, 0, sizeof(findings));
		findings.tell = tell_finding;
		findings.sure = 1;
		findings_begin(&findings);
		findings_note(&findings, &found);
		findings_end(&findings);
		findings.entry[0].mend.act = LADDER_KILL;
		mend_kill(&watch.mender, &watch.guest, &findings);
		expect_signal(17, is_task != 0);
	}
}
