/*
 * Suspend and resume: time that a partition doesn't see, timers and interrupts that wait for it,
 * CPU_ON meanwhile; and ends and commands that overtake a suspend.
 */
#include "lives.h"
#include "seen.h"

#include <fake/gic.h>
#include <fake/machine.h>
#include <kumiki/hypercall.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <word/timer.h>

/* ---- suspend and resume ---- */

TEST(test_timers_stand_still_and_are_put_back)
{
	lives_now = 0;
	lives_begin();
	lives_run_all();
	for (uint32_t i = 0; i < 2; i++) {
		cores_on(i);
		fake_sysregs->cntv_ctl_el0 = 1 + 2 * i;
		fake_sysregs->cntp_ctl_el0 = 3 - 2 * i;
	}
	lives_tell(LIFE_SUSPEND);
	lives_expect(LIFE_SUSPENDED);
	for (uint32_t i = 0; i < 2; i++) {
		cores_on(i);
		assert_true(cores_sleeps(i));
		assert_int_equal(fake_sysregs->cntv_ctl_el0 | fake_sysregs->cntp_ctl_el0, 0);
	}
	lives_tell(LIFE_SUSPEND);
	lives_expect(LIFE_SUSPENDED);
	lives_tell(LIFE_RESUME);
	lives_expect_running(true);
	for (uint32_t i = 0; i < 2; i++) {
		cores_on(i);
		assert_int_equal(fake_sysregs->cntv_ctl_el0, 1 + 2 * i);
		assert_int_equal(fake_sysregs->cntp_ctl_el0, 3 - 2 * i);
	}
}

static uint64_t offset_at(uint32_t number)
{
	cores_on(number);
	return fake_sysregs->cntvoff_el2;
}

/* Shows: life.suspended-time. */
TEST(test_suspended_time_is_hidden_or_seen)
{
	for (uint32_t hide = 0; hide < 2; hide++) {
		lives_now = 1000;
		lives_begin_with((struct bundle_life)CORES_LIFE, hide ? BUNDLE_HIDE_TIME : 0);
		fake_time(lives_now);
		lives_run_all();
		lives_suspend_for(500);
		lives_pass(300);
		lives_suspend_for(70);
		assert_int_equal(offset_at(0), hide ? 570 : 0);
		assert_int_equal(offset_at(1), hide ? 570 : 0);
		/* A vCPU that comes later sees the same time; the next life sees all of it. */
		lives_call(1, CPU_OFF);
		lives_suspend_for(30);
		cores_call(0, CPU_ON, 1, ENTRY, 0);
		cores_settle();
		assert_int_equal(offset_at(1), hide ? 600 : 0);
		lives_tell(LIFE_RESTART);
		cores_load_all();
		assert_int_equal(offset_at(0), 0);
	}
}

/* One that is parked late has seen time that the others haven't: nobody's time goes back. */
TEST(test_hidden_time_begins_with_the_last_vcpu)
{
	uint64_t seen;

	lives_now = 1000;
	lives_begin_with((struct bundle_life)CORES_LIFE, BUNDLE_HIDE_TIME);
	fake_time(lives_now);
	lives_run_all();
	lives_tell(LIFE_SUSPEND);
	while (cores_interrupt(0))
		continue;
	assert_int_equal(cores_state(0), LIFE_SUSPENDING);
	lives_now += 40;
	fake_time(lives_now); /* core 1 is slow */
	seen = lives_now - offset_at(1);
	lives_expect(LIFE_SUSPENDED);
	lives_pass(500);
	lives_tell(LIFE_RESUME);
	lives_expect_running(true);
	assert_int_equal(lives_now - offset_at(1), seen);
	assert_int_equal(offset_at(0), 500);
}

/* Shows: life.suspend. */
TEST(test_its_interrupts_wait_for_it)
{
	lives_begin();
	lives_run_all();
	cores_open_interrupts(0);
	lives_tell(LIFE_SUSPEND);
	lives_expect(LIFE_SUSPENDED);
	fake_gic_pulse(CORES_SPI(0));
	cores_settle();
	assert_true(cores_sleeps(0));
	lives_tell(LIFE_RESUME);
	lives_expect_running(true);
	cores_on(0);
	assert_int_equal(fake_guest_acknowledge(), CORES_SPI(0));
}

/* Its clock's alarm passes meanwhile: nobody hears of it before. */
TEST(test_an_alarm_waits_for_it)
{
	const uint32_t *line;

	lives_now = 0;
	lives_begin();
	lives_run_all();
	line = &lives_partition->vgic.line[lives_partition->config->rtc_intid / 32];
	cores_on(1);
	lives_partition->rtc.mask = 1;
	lives_partition->rtc.alarm = 100;
	timer_set(TIMER_RTC, 100);
	lives_tell(LIFE_SUSPEND);
	lives_expect(LIFE_SUSPENDED);
	lives_pass(100);
	assert_int_equal(*line, 0);
	lives_tell(LIFE_RESUME);
	lives_expect_running(true);
	assert_int_not_equal(*line, 0);
}

/* Called before the suspend or on its way, taken while it stands. */
TEST(test_cpu_on_waits_for_the_resume)
{
	for (uint32_t late = 0; late < 2; late++) {
		lives_begin();
		cores_load_all();
		if (late)
			lives_tell(LIFE_SUSPEND);
		cores_call(0, CPU_ON, 1, ENTRY, 0x77);
		if (!late)
			lives_tell(LIFE_SUSPEND);
		while (cores_interrupt(0))
			continue;
		assert_int_equal(cores_state(0), LIFE_SUSPENDING);
		lives_expect(LIFE_SUSPENDED);
		assert_true(cores_sleeps(1));
		lives_tell(LIFE_RESUME);
		lives_expect_running(true);
		cores_on(1);
		assert_int_equal(core.current->x[0], 0x77);
	}
}

TEST(test_cpu_on_of_a_former_life_is_forgotten)
{
	lives_begin();
	cores_load_all();
	cores_call(0, CPU_ON, 1, ENTRY, 0x77);
	lives_tell(LIFE_SUSPEND);
	lives_expect(LIFE_SUSPENDED);
	lives_tell(LIFE_RESTART);
	cores_load_all();
	lives_expect_running(false);
	cores_call(0, CPU_ON, 1, ENTRY, 0x78);
	lives_expect_running(true);
	cores_on(1);
	assert_int_equal(core.current->x[0], 0x78);
}

/* The slow core finds two changes at once, and does as the last one says. */
TEST(test_a_suspend_follows_a_resume_at_once)
{
	lives_begin();
	lives_run_all();
	cores_on(1);
	fake_sysregs->cntv_ctl_el0 = 3;
	for (uint32_t i = 0; i < 4; i++) {
		lives_tell(LIFE_SUSPEND);
		lives_expect(LIFE_SUSPENDED);
		lives_tell(LIFE_RESUME);
		while (cores_interrupt(0))
			continue;
		assert_int_equal(cores_state(0), LIFE_RUNNING);
		assert_true(cores_sleeps(1));
		lives_tell(LIFE_SUSPEND);
		lives_expect(LIFE_SUSPENDED);
		lives_tell(LIFE_RESUME);
		lives_expect_running(true);
		assert_int_equal(fake_sysregs->cntv_ctl_el0, 3);
	}
}

TEST(test_a_resume_is_taken_back)
{
	lives_reach(LIFE_SUSPENDING);
	lives_tell(LIFE_RESUME);
	while (cores_interrupt(0))
		continue;
	lives_tell(LIFE_SUSPEND);
	lives_expect(LIFE_SUSPENDED);
	lives_tell(LIFE_RESUME);
	lives_expect_running(true);
}

/* ---- what overtakes a suspend ---- */

/* Shows: life.suspend. */
TEST(test_a_suspend_is_overtaken_by_an_end)
{
	static const struct {
		enum stop_reason reason;
		enum life_policy on_crash;
		enum life_state state;
	} cases[] = {{STOP_OFF, LIFE_DO_RESTART, LIFE_STOPPED},
	             {STOP_RESET, LIFE_DO_RESTART, LIFE_LOADING},
	             {STOP_FAULT, LIFE_DO_RESTART, LIFE_LOADING},
	             {STOP_FAULT, LIFE_DO_STOP, LIFE_STOPPED},
	             {STOP_FAULT, LIFE_DO_HOLD, LIFE_HELD}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		/* Home has heard of the suspend only, or of the end only, or of both at once; or of
		 * a resume, too. */
		for (uint32_t order = 0; order < 4; order++) {
			struct bundle_life life = CORES_LIFE;

			life.on_crash = (uint8_t)cases[i].on_crash;
			lives_begin_with(life, 0);
			lives_run_all();
			lives_tell(LIFE_SUSPEND);
			while (order == 0 && cores_interrupt(0))
				continue;
			lives_end_by(cases[i].reason);
			while (order == 1 && cores_interrupt(1))
				continue;
			if (order == 3)
				lives_tell(LIFE_RESUME);
			assert_true(cores_sleeps(1));
			lives_expect(cases[i].state);
			assert_int_equal(seen_life(lives_partition)->reason, cases[i].reason);
			assert_int_equal(lives_partition->console->report.sequence, 2);
			lives_tell(LIFE_RESTART);
			cores_load_all();
			lives_expect_running(false);
		}
	}
}

/* Both vCPUs end it, a suspend and a stop are on their way: one of them all is the reason. */
TEST(test_of_all_ends_one_counts)
{
	for (uint32_t order = 0; order < 4; order++) {
		lives_begin();
		lives_run_all();
		if (order < 2)
			lives_tell(LIFE_SUSPEND);
		if (order % 2 != 0)
			cores_interrupt(0);
		lives_call(1, SYSTEM_RESET);
		lives_tell(LIFE_STOP);
		if (lives_runs(0))
			lives_call(0, SYSTEM_OFF);
		lives_expect(LIFE_STOPPED);
		assert_int_equal(seen_life(lives_partition)->reason, STOP_RESET);
		assert_int_equal(lives_partition->console->report.sequence, 2);
	}
}

/* A manager is refused it, and nothing else. */
TEST(test_a_partition_that_nothing_holds_is_not_suspended)
{
	for (uint32_t held = 0; held < 2; held++) {
		struct cores_plan plan = {.cores = 2, .partitions = 2, .vcpus = {1, 1}};
		struct vcpu *manager;

		plan.life[0] = plan.life[1] = (struct bundle_life)CORES_LIFE;
		plan.life[0].manages = 1 << 1;
		plan.flags[1] = held ? 0 : BUNDLE_NO_SUSPEND;
		cores_begin(&plan);
		cores_load_all();
		cores_settle();
		cores_on(0);
		manager = &partition_at(0)->vcpus[0];
		cores_call(0, KUMIKI_CALL_COMMAND, 1, LIFE_SUSPEND, 0);
		assert_int_equal(manager->context.x[0], held ? 0 : KUMIKI_NOT_SUPPORTED);
		cores_settle();
		assert_int_equal(cores_state(1), held ? LIFE_SUSPENDED : LIFE_RUNNING);
		cores_call(0, KUMIKI_CALL_COMMAND, 1, LIFE_STOP, 0);
		assert_int_equal(manager->context.x[0], 0);
		cores_settle();
		assert_int_equal(cores_state(1), LIFE_STOPPED);
	}
}
