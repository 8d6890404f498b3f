/* Loaders that are stopped, begin anew or fail. A restart leaves nothing behind. */
#include "lives.h"
#include "seen.h"

#include <fake/gic.h>
#include <fake/machine.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <word/timer.h>

/* ---- loaders ---- */

/* Shows: life.any-moment. */
TEST(test_a_loader_is_stopped_where_it_is)
{
	lives_begin();
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(cores_state(0), LIFE_LOADING);
		lives_tell(LIFE_STOP);
		lives_expect(LIFE_STOPPED);
		assert_int_equal(seen_life(lives_partition)->reason, STOP_COMMAND);
		assert_true(cores_sleeps(0));
		lives_tell(LIFE_START);
		lives_expect(LIFE_LOADING);
		assert_int_equal(lives_partition->loader_info->task, 1);
	}
	cores_load_all();
	lives_expect_running(false);
}

TEST(test_a_loader_begins_anew)
{
	lives_begin();
	for (uint32_t i = 0; i < 3; i++) {
		cores_on(0);
		fake_sysregs->elr_el2 = SERVICE_TEXT + 64 * i; /* it is at work */
		lives_partition->loader.context.x[3] = i;
		lives_tell(LIFE_RESTART);
		lives_expect(LIFE_LOADING);
		cores_on(0);
		assert_ptr_equal(seen_running(), &lives_partition->loader.context);
		assert_int_equal(fake_sysregs->elr_el2, SERVICE_TEXT);
		assert_int_equal(lives_partition->loader.context.x[3], 0);
	}
	cores_load_all();
	lives_expect_running(false);
}

/* Its answer has come, its devices are silenced once more: that was the last one's. */
TEST(test_a_restart_comes_right_after_the_loader)
{
	lives_begin();
	cores_settle();
	cores_service(0, SERVICE_DONE, LOADER_OK);
	assert_int_equal(cores_state(0), LIFE_LOADING);
	lives_tell(LIFE_RESTART);
	cores_interrupt(0);
	cores_settle();
	assert_int_equal(cores_state(0), LIFE_LOADING);
	assert_int_equal(seen_life(lives_partition)->starts, 2);
	cores_load_all();
	lives_expect_running(false);
}

/* Shows: life.damaged-part. */
TEST(test_a_restart_finds_damaged_images)
{
	for (uint32_t fails = 0; fails < 2; fails++) {
		lives_begin();
		lives_run_all();
		lives_end_by(STOP_RESET);
		lives_expect(LIFE_LOADING);
		if (fails)
			cores_service(0, 99, 0); /* no such call */
		else
			cores_service(0, SERVICE_DONE, LOADER_DAMAGED | 2 << 8);
		lives_expect(fails ? LIFE_WAITING : LIFE_STOPPED);
		assert_int_equal(seen_life(lives_partition)->reason,
		                 fails ? STOP_FAULT : STOP_IMAGE);
		assert_int_equal(lives_partition->console->report.sequence, 4);
		assert_true(cores_sleeps(0));
		lives_tell(LIFE_START);
		cores_load_all();
		lives_expect_running(false);
	}
}

/* ---- a restart leaves nothing behind ---- */

static void make_a_mess(uint32_t round)
{
	cores_open_interrupts(0);
	cores_open_interrupts(1);
	for (uint32_t i = 0; i < 2; i++) {
		cores_on(i);
		fake_sysregs->cntv_ctl_el0 = fake_sysregs->cntp_ctl_el0 = 1;
		fake_sysregs->cntv_ctl_el0 = 1;
		lives_partition->vcpus[i].context.x[5] = round;
	}
	fake_gic_pulse(CORES_SPI(0));
	if (round % 2 != 0)
		cores_settle();
	fake_gic_pulse(CORES_SPI(0) + 1);
	lives_partition->console->in_head++;
	lives_partition->uart.imsc = 0x10;
	cores_on(0);
	lives_partition->rtc.mask = 1;
	timer_set(TIMER_RTC, 1ULL << 60);
	cores_call(1, 0x84000003, 0, 0, 0); /* a call that fails */
}

static void expect_pristine(void)
{
	cores_on(0);
	assert_int_equal(fake_sysregs->elr_el2, CORES_ENTRY);
	assert_int_equal(fake_guest_acknowledge(), FAKE_GIC_SPURIOUS);
	assert_int_equal(fake_sysregs->cntv_ctl_el0 | fake_sysregs->cntp_ctl_el0, 0);
	assert_int_equal(core.deadline[TIMER_RTC] & core.deadline[TIMER_LIFE], TIMER_NEVER);
	assert_int_equal(lives_partition->uart.imsc | lives_partition->rtc.mask, 0);
	assert_int_equal(lives_partition->console->in_tail, lives_partition->console->in_head);
	assert_int_equal(lives_partition->vgic.ctlr, 0);
	for (uint32_t i = 1; i < 31; i++)
		assert_int_equal(core.current->x[i], 0);
	for (uint32_t intid = CORES_SPI(0); intid < CORES_SPI(1); intid++)
		assert_false(fake_gic_enabled(intid) || fake_gic_pending(intid) ||
		             fake_gic_active(intid));
	cores_on(1);
	assert_true(cores_sleeps(1));
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(fake_gic_list_register(1, i), 0);
}

/* As the real one: it answers with the secret of the next start. */
static void load_with_new_secret(uint8_t secret[32])
{
	cores_on(0);
	assert_int_equal(lives_partition->loader_info->task, 1);
	assert_memory_not_equal(lives_partition->loader_info->secret, secret, 32);
	memcpy(secret, lives_partition->loader_info->secret, 32);
	for (uint32_t i = 1; i <= 4; i++)
		lives_partition->loader.context.x[i] =
		    seen_life(lives_partition)->starts * 0x9e3779b97f4a7c15ULL + i;
	fake_gic_pulse(CORES_SPI(0)); /* as a device that is silenced may */
	cores_load(0);
}

/* Shows: frame.no-leak. */
TEST(test_a_thousand_restarts_leave_nothing)
{
	struct bundle_life life = {.at_limit = LIFE_DO_STOP, .limit = 2000, .window = 1000};
	uint8_t secret[32] = {0xff};

	lives_begin_with(life, 0);
	lives_run_all();
	for (uint32_t round = 0; round < 1000; round++) {
		uint32_t invalidations;

		make_a_mess(round);
		invalidations = fake_counts.invalidations;
		if (round % 3 == 0)
			lives_tell(LIFE_RESTART);
		else
			lives_end_by(round % 3 == 1 ? STOP_RESET : STOP_FAULT);
		lives_expect(LIFE_LOADING);
		assert_int_equal(fake_counts.invalidations, invalidations + 1);
		assert_int_equal(fake_invalidated(), CORES_VMID(0));
		load_with_new_secret(secret);
		lives_expect_running(false);
		expect_pristine();
		cores_call(0, CPU_ON, 1, ENTRY, 0);
		lives_expect_running(true);
		assert_int_equal(core.current->x[5], 0);
	}
	assert_int_equal(seen_life(lives_partition)->starts, 1001);
	assert_int_equal(seen_life(partition_at(1))->starts, 1);
	assert_int_equal(shared_memory->awake, 2);
}

/* On a core that is shared, what is long comes in messages of its own: devices and the rest as
 * after reset, the loader, the first vCPU. A stop in between finds it whole. */
TEST(test_a_life_on_a_shared_core_begins_in_steps)
{
	static const struct cores_plan plan = {
	    .cores = 1, .partitions = 2, .vcpus = {1, 1}, .placed = true, .stay_on = true};
	struct partition *first;
	bool reset_alone = false;

	cores_begin(&plan);
	first = partition_at(0);
	while (first->life.step != LIFE_STEP_LOADS) {
		reset_alone = reset_alone || (first->life.step == LIFE_STEP_LOAD &&
		                              first->loader.context.state == CONTEXT_OFF);
		cores_quiet(0);
		assert_true(cores_interrupt(0));
	}
	assert_true(reset_alone);
	cores_load(0);
	while (first->life.status.state != LIFE_RUNNING)
		cores_load(0);
	assert_int_equal(first->vcpus[0].context.state, CONTEXT_OFF);
	cores_tell(0, 0, LIFE_STOP);
	cores_settle();
	assert_int_equal(cores_state(0), LIFE_STOPPED);
	assert_int_equal(first->vcpus[0].context.state, CONTEXT_OFF);
	assert_int_equal(first->vcpus[0].life.asked, 0);
}
