/*
 * Private interrupts of a core that several vCPUs share: what one of them leaves in the
 * redistributor is nobody else's.
 */
#include "cores.h"

#include <fake/cpu.h>
#include <frame/gic.h>
#include <frame/life.h>
#include <frame/vgic.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TIMER_PPI    27u
#define SET_PENDING0 0x10200u /* GICR_ISPENDR0 of its first vCPU */

static const struct cores_plan both = {
    .cores = 1,
    .partitions = 2,
    .vcpus = {1, 1},
    .placed = true,
};

static void set_pending(void)
{
	assert_true(vgic_redist_write(vcpu_of(core.current), SET_PENDING0, 4, 1u << TIMER_PPI));
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
static void test_pending_by_hand_goes_with_its_vcpu(void **state)
{
	(void)state;
	begin();
	cores_turn_to(0, &partition_at(1)->vcpus[0].context);
	assert_false(timer_is_pending());
	cores_turn_to(0, &partition_at(0)->vcpus[0].context);
	assert_true(timer_is_pending());
}

/* Else the next one would be interrupted by a timer that isn't over. */
static void test_pending_by_hand_ends_with_its_vcpu(void **state)
{
	(void)state;
	begin();
	cores_tell(0, 0, LIFE_STOP);
	cores_settle();
	assert_int_equal(cores_state(0), LIFE_STOPPED);
	cores_on(0);
	assert_ptr_equal(core.current, &partition_at(1)->vcpus[0].context);
	assert_false(timer_is_pending());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pending_by_hand_goes_with_its_vcpu),
	    cmocka_unit_test(test_pending_by_hand_ends_with_its_vcpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
