/*
 * A partition's states: each command in each state, partitions that it waits for, the machine's
 * end, and its visible state. Policies are test_life_policy.c's, suspending is
 * test_life_suspend.c's, loaders and restarts are test_life_restart.c's, and test_life_random.c
 * does it all at random.
 */
#include "lives.h"
#include "seen.h"

#include <fake/gic.h>
#include <fake/machine.h>
#include <state/partition.h>
#include <state/shared.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <word/life.h>

/* ---- every command in every state ---- */

/* Where each command leads, and how many starts more there are then. */
static const struct {
	enum life_state to[LIFE_COMMANDS];
	uint32_t starts[LIFE_COMMANDS];
} rows[LIFE_STATES] = {
    /* start, stop, restart, suspend, resume */
    [LIFE_STOPPED] = {{LIFE_LOADING, LIFE_STOPPED, LIFE_LOADING, LIFE_STOPPED, LIFE_STOPPED},
                      {1, 0, 1, 0, 0}},
    [LIFE_WAITING] = {{LIFE_LOADING, LIFE_STOPPED, LIFE_LOADING, LIFE_WAITING, LIFE_WAITING},
                      {1, 0, 1, 0, 0}},
    [LIFE_LOADING] = {{LIFE_LOADING, LIFE_STOPPED, LIFE_LOADING, LIFE_LOADING, LIFE_LOADING},
                      {0, 0, 1, 0, 0}},
    [LIFE_RUNNING] = {{LIFE_RUNNING, LIFE_STOPPED, LIFE_LOADING, LIFE_SUSPENDED, LIFE_RUNNING},
                      {0, 0, 1, 0, 0}},
    [LIFE_SUSPENDING] = {{LIFE_RUNNING, LIFE_STOPPED, LIFE_LOADING, LIFE_SUSPENDED, LIFE_RUNNING},
                         {0, 0, 1, 0, 0}},
    [LIFE_SUSPENDED] = {{LIFE_RUNNING, LIFE_STOPPED, LIFE_LOADING, LIFE_SUSPENDED, LIFE_RUNNING},
                        {0, 0, 1, 0, 0}},
    [LIFE_HOLDING] = {{LIFE_HELD, LIFE_STOPPED, LIFE_LOADING, LIFE_HELD, LIFE_HELD},
                      {0, 0, 1, 0, 0}},
    [LIFE_HELD] = {{LIFE_HELD, LIFE_STOPPED, LIFE_LOADING, LIFE_HELD, LIFE_HELD}, {0, 0, 1, 0, 0}},
    [LIFE_STOPPING] = {{LIFE_STOPPED, LIFE_STOPPED, LIFE_LOADING, LIFE_STOPPED, LIFE_STOPPED},
                       {0, 0, 1, 0, 0}},
};

/* Shows: frame.crossed. */
TEST(test_every_command_in_every_state)
{
	for (uint32_t from = 0; from < LIFE_STATES; from++) {
		for (uint32_t command = 0; command < LIFE_COMMANDS; command++) {
			uint32_t starts;

			lives_reach((enum life_state)from);
			starts = lives_partition->life.status.starts;
			lives_tell((enum life_command)command);
			lives_expect(rows[from].to[command]);
			assert_int_equal(seen_life(lives_partition)->starts - starts,
			                 rows[from].starts[command]);
			if (cores_state(0) == LIFE_RUNNING)
				lives_expect_running(true);
		}
	}
}

/* In each state it can be started or restarted, and stopped for good. */
TEST(test_it_comes_back_from_every_state)
{
	for (uint32_t from = 0; from < LIFE_STATES; from++) {
		lives_reach((enum life_state)from);
		lives_tell(LIFE_RESTART);
		cores_load_all();
		lives_expect_running(false);
		cores_on(0);
		assert_int_equal(fake_sysregs->elr_el2, CORES_ENTRY);
		cores_call(0, CPU_ON, 1, ENTRY, 0);
		lives_expect_running(true);
		lives_tell(LIFE_STOP);
		lives_expect(LIFE_STOPPED);
	}
}

TEST(test_messages_that_mean_nothing_are_ignored)
{
	lives_begin();
	lives_run_all();
	for (uint32_t message = LIFE_LOOK; message < LIFE_FLOOD; message++)
		life_tell(0, message);
	lives_expect_running(true);
}

/* ---- the beginning and the machine's end ---- */

TEST(test_a_manual_partition_waits_for_its_command)
{
	lives_begin_with((struct bundle_life)CORES_LIFE, BUNDLE_MANUAL);
	lives_expect(LIFE_STOPPED);
	assert_int_equal(shared_memory->awake, 1);
	lives_tell(LIFE_START);
	lives_expect(LIFE_LOADING);
	assert_int_equal(lives_partition->loader_info->task, 0);
	cores_load_all();
	lives_expect_running(false);
	assert_int_equal(shared_memory->awake, 2);
}

/* The first waits for the second and the third, the third for the second. */
TEST(test_it_starts_when_the_others_run)
{
	cores_begin(&(struct cores_plan){.cores = 3,
	                                 .partitions = 3,
	                                 .vcpus = {1, 1, 1},
	                                 .life = {{.at_limit = LIFE_DO_STOP, .after = 6},
	                                          {.at_limit = LIFE_DO_STOP},
	                                          {.at_limit = LIFE_DO_STOP, .after = 2}}});
	for (uint32_t p = 3; p-- > 0;)
		assert_int_equal(cores_state(p), p == 1 ? LIFE_LOADING : LIFE_WAITING);
	cores_settle();
	assert_int_equal(cores_state(2), LIFE_WAITING);
	cores_load(1);
	cores_settle();
	assert_int_equal(cores_state(0), LIFE_WAITING);
	assert_int_equal(cores_state(2), LIFE_LOADING);
	cores_load(2);
	cores_settle();
	assert_int_equal(cores_state(0), LIFE_LOADING);
	cores_load(0);
	cores_settle();
	assert_null(cores_breach_settled());
}

TEST(test_it_waits_for_partitions_that_have_run)
{
	cores_begin(&(struct cores_plan){.cores = 3,
	                                 .partitions = 3,
	                                 .vcpus = {1, 1, 1},
	                                 .life = {{.at_limit = LIFE_DO_STOP, .after = 6},
	                                          {.at_limit = LIFE_DO_STOP},
	                                          {.at_limit = LIFE_DO_STOP}}});
	cores_load(1);
	lives_call(1, SYSTEM_OFF);
	cores_settle();
	assert_int_equal(cores_state(0), LIFE_WAITING);
	cores_load(2);
	cores_settle();
	assert_int_equal(cores_state(0), LIFE_LOADING); /* the second has gone by now */
	cores_load_all();
	assert_int_equal(cores_state(0), LIFE_RUNNING);
	assert_null(cores_breach_settled());
}

/* A partition that was stopped before it ran hasn't run, even if others run by then. */
TEST(test_it_waits_for_one_that_was_stopped)
{
	cores_begin(&(struct cores_plan){.cores = 3,
	                                 .partitions = 3,
	                                 .vcpus = {1, 1, 1},
	                                 .life = {{.at_limit = LIFE_DO_STOP, .after = 6},
	                                          {.at_limit = LIFE_DO_STOP},
	                                          {.at_limit = LIFE_DO_STOP}}});
	life_tell(1, LIFE_STOP);
	cores_settle();
	assert_int_equal(cores_state(1), LIFE_STOPPED);
	cores_load(2);
	cores_settle();
	assert_int_equal(cores_state(0), LIFE_WAITING);
	life_tell(1, LIFE_START);
	cores_settle();
	cores_load(1);
	cores_settle();
	assert_int_equal(cores_state(0), LIFE_LOADING);
	cores_load_all();
	assert_int_equal(cores_state(0), LIFE_RUNNING);
	assert_null(cores_breach_settled());
}

/* Shows: life.machine-ends. */
TEST(test_a_machine_may_stay_on)
{
	cores_begin(
	    &(struct cores_plan){.cores = 2, .partitions = 1, .vcpus = {1}, .stay_on = true});
	cores_load_all();
	lives_call(0, SYSTEM_OFF);
	cores_settle();
	assert_false(cores_are_off());
	assert_int_equal(shared_memory->awake, 0);
	assert_true(cores_sleeps(0));
	cores_tell(1, 0, LIFE_START);
	cores_load_all();
	assert_true(lives_runs(0));
	assert_int_equal(shared_memory->awake, 1);
	assert_null(cores_breach_settled());
}

/* ---- visible state ---- */

TEST(test_each_change_is_logged)
{
	static const enum life_state order[] = {LIFE_WAITING,    LIFE_LOADING,   LIFE_RUNNING,
	                                        LIFE_SUSPENDING, LIFE_SUSPENDED, LIFE_RUNNING,
	                                        LIFE_STOPPING,   LIFE_LOADING,   LIFE_RUNNING,
	                                        LIFE_STOPPING,   LIFE_STOPPED};
	const struct life_log *log;

	lives_now = 0;
	lives_begin();
	lives_run_all();
	lives_suspend_for(10);
	lives_end_by(STOP_RESET);
	lives_run_all();
	lives_tell(LIFE_STOP);
	lives_expect(LIFE_STOPPED);
	log = &lives_partition->console->life;
	assert_int_equal(log->next, sizeof(order) / sizeof(order[0]));
	for (uint32_t i = 0; i < log->next; i++)
		assert_int_equal(log->events[i].status.state, order[i]);
	assert_int_equal(log->events[5].time, 10);
	assert_int_equal(log->events[6].status.reason, STOP_RESET);
	assert_int_equal(log->events[8].status.starts, 2);
	assert_int_equal(log->events[8].status.failed, 1);
	assert_int_equal(log->events[10].status.reason, STOP_COMMAND);
	assert_memory_equal(&shared_memory->life[0], &log->events[10].status,
	                    sizeof(struct life_status));
}
