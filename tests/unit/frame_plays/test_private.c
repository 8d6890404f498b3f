/*
 * Private interrupts of a core that several vCPUs share: the state that one of them leaves in the
 * redistributor doesn't reach the others.
 */
#include "cores.h"
#include "seen.h"

#include <fake/cpu.h>
#include <fake/gic.h>
#include <frame/listreg.h>
#include <run/promise.h>
#include <run/resident.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <vgic/vgic.h>

#define TIMER_PPI    27u
#define SET_PENDING0 0x10200u /* GICR_ISPENDR0 of its first vCPU */
#define FRAME        0x20000u /* from one vCPU's redistributor to the next one's */
#define GROUP0       0x10080u
#define SET_ENABLE0  0x10100u
#define SGI          3u
#define ON           0xc4000003u
#define EMPTY        0x5a5aULL /* until it is saved once more */

static const struct cores_plan both = {
    .cores = 1,
    .partitions = 2,
    .vcpus = {1, 1},
    .placed = true,
};

static void set_pending(void)
{
	assert_true(vgic_own_write(vcpu_of(core.current), SET_PENDING0, 4, 1u << TIMER_PPI));
}

static bool timer_is_pending(void)
{
	return (gic_pending(gic_private()) >> TIMER_PPI & 1) != 0;
}

static void begin(void)
{
	cores_begin(&both);
	cores_load_all();
	cores_turn_to(0, &partition_at(0)->vcpus[0].context);
	cores_do(0, set_pending);
	assert_true(timer_is_pending());
}

/* A timer's interrupt that a guest made pending by hand waits with its vCPU. */
TEST(test_pending_by_hand_goes_with_its_vcpu)
{
	begin();
	cores_turn_to(0, &partition_at(1)->vcpus[0].context);
	assert_false(timer_is_pending());
	cores_turn_to(0, &partition_at(0)->vcpus[0].context);
	assert_true(timer_is_pending());
}

/* Else the next one would be interrupted by a timer that isn't over. */
TEST(test_pending_by_hand_ends_with_its_vcpu)
{
	begin();
	cores_tell(0, 0, LIFE_STOP);
	cores_settle();
	assert_int_equal(cores_state(0), LIFE_STOPPED);
	cores_on(0);
	assert_ptr_equal(seen_running(), &partition_at(1)->vcpus[0].context);
	assert_false(timer_is_pending());
}

/* ---- order ---- */

static const struct cores_plan unlike = {
    .cores = 1,
    .partitions = 2,
    .vcpus = {1, 1},
    .placed = true,
    .priority = {100, 200},
};

static void let_timer_in(void)
{
	struct vcpu *vcpu = vcpu_of(core.current);

	assert_true(vgic_own_write(vcpu, GROUP0, 4, ~0u));
	assert_true(vgic_own_write(vcpu, SET_ENABLE0, 4, 1u << TIMER_PPI));
}

static void wait_now(void)
{
	resident_wait(vcpu_of(core.current));
}

/* Its device's line was late by its neighbour's timer, which made no difference to that one. */
TEST(test_a_timer_comes_behind_more_urgent_interrupts)
{
	cores_begin(&unlike);
	cores_load_all();
	assert_ptr_equal(seen_running(), &partition_at(1)->vcpus[0].context);
	cores_open_interrupts(0);
	cores_do(0, wait_now);
	cores_load_all();
	assert_ptr_equal(seen_running(), &partition_at(0)->vcpus[0].context);
	cores_open_interrupts(0);
	cores_do(0, let_timer_in);
	cores_do(0, set_pending);
	fake_gic_pulse(CORES_SPI(0));
	fake_gic_pulse(CORES_SPI(1));
	assert_true(cores_interrupt(0));
	assert_int_equal(cores_taken, CORES_SPI(1));
	assert_ptr_equal(seen_running(), &partition_at(1)->vcpus[0].context);
	/* And before interrupts of its own class. */
	cores_do(0, wait_now);
	assert_ptr_equal(seen_running(), &partition_at(0)->vcpus[0].context);
	assert_true(cores_interrupt(0));
	assert_int_equal(cores_taken, TIMER_PPI);
	assert_true(fake_gic_pending(CORES_SPI(0)));
}

static void tell_less(void)
{
	assert_int_equal(promise_priority(vcpu_of(core.current), 50), 0);
}

/* The task that it wakes may be what is more urgent. */
TEST(test_a_timer_comes_first_if_it_may_make_more_urgent)
{
	struct vcpu *vcpu;

	cores_begin(&unlike);
	cores_load_all();
	vcpu = &partition_at(1)->vcpus[0];
	assert_ptr_equal(seen_running(), &vcpu->context);
	vcpu->run.low = 50;
	cores_open_interrupts(0);
	cores_do(0, let_timer_in);
	cores_do(0, tell_less);
	cores_load_all();
	assert_ptr_equal(seen_running(), &partition_at(0)->vcpus[0].context);
	cores_open_interrupts(0);
	cores_do(0, wait_now);
	assert_ptr_equal(seen_running(), &vcpu->context);
	cores_do(0, set_pending);
	fake_gic_pulse(CORES_SPI(0));
	assert_true(cores_interrupt(0));
	assert_int_equal(cores_taken, TIMER_PPI);
	assert_ptr_equal(seen_running(), &vcpu->context);
	assert_int_equal(vcpu->context.priority, 200);
	assert_true(fake_gic_pending(CORES_SPI(0)));
}

/* ---- SGIs for one that is saved ---- */

static const struct cores_plan siblings = {
    .cores = 1,
    .partitions = 1,
    .vcpus = {2},
    .placed = true,
};

static void let_sgis_in(void)
{
	struct vcpu *vcpu = vcpu_of(core.current);

	assert_true(vgic_own_write(vcpu, vcpu->index * FRAME + GROUP0, 4, ~0u));
	assert_true(vgic_own_write(vcpu, vcpu->index * FRAME + SET_ENABLE0, 4, 0xffff));
}

static void send_to_second(void)
{
	vgic_send_sgi(vcpu_of(core.current), SGI << 24 | 2u, true);
}

/* How often it is in a list register of the saved vCPU. */
static uint32_t held(const struct vcpu *vcpu)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < 4; i++)
		count += (vcpu->saved.gic.used >> i & 1) != 0 &&
		         LR_INTID(vcpu->saved.gic.lr[i]) == SGI &&
		         (vcpu->saved.gic.lr[i] & LR_STATE) == LR_PENDING;
	return count;
}

/* The way that makes it resident for the moment takes hundreds of instructions: in a storm of SGIs
 * a real-time neighbour's timer waited behind it, again and again. */
TEST(test_sgis_that_come_again_make_nobody_resident)
{
	struct partition *partition;
	struct vcpu *first, *second;

	cores_begin(&siblings);
	cores_load_all();
	partition = partition_at(0);
	first = &partition->vcpus[0];
	second = &partition->vcpus[1];
	cores_turn_to(0, &first->context);
	while (!cores_store(0, 0, VGIC_ENABLE_1))
		cores_exchange();
	cores_do(0, let_sgis_in);
	cores_call(0, ON, 1, CORES_ENTRY, 0);
	cores_exchange();
	cores_turn_to(0, &second->context);
	cores_do(0, let_sgis_in);
	cores_exchange(); /* what that asked for is done */
	for (uint32_t i = 0; i < 3; i++) {
		cores_turn_to(0, &first->context);
		second->saved.gic.lr[3] = EMPTY; /* of a list register that it doesn't use */
		cores_do(0, send_to_second);
		assert_true(cores_interrupt(0));
		assert_int_equal(held(second), 1);
		assert_int_equal(second->vgic.incoming, 0);
		assert_int_equal(second->saved.gic.lr[3], EMPTY);
		assert_ptr_equal(core.vcpu, first);
		/* Nobody is told of another one; it takes that itself. */
		cores_do(0, send_to_second);
		assert_false(cores_interrupt(0));
		assert_int_equal(second->vgic.incoming, 1u << SGI);
		cores_turn_to(0, &second->context);
		cores_exchange();
		assert_int_equal(second->vgic.incoming, 0);
	}
}
