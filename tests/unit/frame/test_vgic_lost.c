/*
 * Finds active interrupts that nobody holds. An interrupt counts as held in each place where the
 * virtual GIC may keep it. One that another core may hold isn't judged.
 *
 * Shows: frame.lost-interrupts.
 */
#include "vgic_deliver.h"
#include "vgic_machine.h"

#include <frame/listreg.h>
#include <state/core.h>
#include <state/partition.h>
#include <string.h>
#include <unit.h>
#include <vgic/vgic.h>

#define CTLR      0x000
#define IGROUPR   0x080
#define ISENABLER 0x100
#define ICFGR     0xc00
#define FIRST     64
#define WORD      (FIRST / 32)
#define COUNT     8

static struct vcpu *vcpu_at(uint32_t index)
{
	return &machine_partition->vcpus[index];
}

/* Two list registers; eight interrupts by edges, the later ones more urgent; and a timer's. All
 * vCPUs are on the first core. */
static void setup(void)
{
	machine_start(2);
	machine_write(0, CTLR, 2);
	machine_write(0, IGROUPR + 4 * WORD, 0xff);
	machine_write(0, ICFGR + FIRST / 16 * 4, 0xaaaa);
	for (uint32_t i = 0; i < COUNT; i++)
		machine_priority(0, FIRST + i, (uint8_t)(0xa0 - 8 * i));
	machine_write(0, ISENABLER + 4 * WORD, 0xff);
	machine_private_write(0, 0, IGROUPR, ~0u);
	machine_private_write(0, 0, ISENABLER, 1u << MACHINE_TIMER);
	machine_settle();
	machine_partition->life.status.state = LIFE_RUNNING;
	for (uint32_t i = 0; i < MACHINE_VCPUS; i++)
		vcpu_at(i)->core = 0;
}

static void teardown(void)
{
	for (uint32_t i = 0; i < MACHINE_VCPUS; i++)
		vcpu_at(i)->core = (uint8_t)i;
	machine_judge();
}

const struct unit_fixture unit_each = {setup, teardown};

static uint32_t lost(void)
{
	(void)machine_on(0);
	return vgic_lost_shared(machine_partition, WORD, gic_active(gic_spis(WORD)));
}

static uint32_t lost_private(void)
{
	(void)machine_on(0);
	return vgic_lost_private(gic_active(gic_private()));
}

/* Its handler was left: the interrupt is active, and in no list register. */
static void take_and_leave(uint32_t intid)
{
	fake_gic_pulse(intid);
	(void)machine_on(0);
	assert_int_equal(fake_gic_take(), intid);
}

TEST(test_a_private_one)
{
	(void)machine_on(0);
	fake_gic_private_line(MACHINE_TIMER, true);
	assert_int_equal(lost_private(), 0);
	assert_int_equal(fake_gic_take(), MACHINE_TIMER);
	assert_int_equal(lost_private(), 1u << MACHINE_TIMER);
	vgic_arrived(vcpu_at(0), MACHINE_TIMER);
	assert_int_equal(lost_private(), 0);
	assert_int_equal(machine_acknowledge(0), MACHINE_TIMER);
	assert_int_equal(lost_private(), 0);
	fake_gic_private_line(MACHINE_TIMER, false);
	machine_end(0, MACHINE_TIMER);
	assert_int_equal(lost_private(), 0);
}

TEST(test_a_shared_one)
{
	take_and_leave(FIRST);
	assert_int_equal(lost(), 1);
	assert_int_equal(vgic_lost_shared(machine_partition, WORD, 0), 0);
	vgic_arrived(vcpu_at(0), FIRST);
	assert_int_equal(lost(), 0);
	machine_expect_taken(0, FIRST);
	assert_int_equal(lost(), 0);
}

/* Some are active and evicted, some wait, some are in list registers. */
TEST(test_many_are_held)
{
	for (uint32_t i = 0; i < COUNT; i++) {
		fake_gic_pulse(FIRST + i);
		machine_settle();
		if (i < 3)
			assert_int_equal(machine_acknowledge(0), FIRST + i);
		assert_int_equal(lost(), 0);
	}
	assert_int_equal(gic_active(gic_spis(WORD)), 0xff);
	assert_int_not_equal(vcpu_at(0)->vgic.waiting.levels, 0);
	assert_int_not_equal(vcpu_at(0)->vgic.evicted.words, 0);
}

/* Another vCPU of this core, which isn't resident, has it in its list registers in memory. */
TEST(test_one_that_isnt_resident_holds_it)
{
	struct resident_gic *gic = &vcpu_at(1)->saved.gic;

	take_and_leave(FIRST);
	gic->used = 2;
	gic->lr[0] = LR_PENDING | FIRST; /* unused */
	gic->lr[1] = LR_PENDING | (FIRST + 1);
	assert_int_equal(lost(), 1);
	gic->lr[1] = LR_PENDING | FIRST;
	assert_int_equal(lost(), 0);
	gic->used = 0;
	vgic_arrived(vcpu_at(0), FIRST);
}

/* Only this core can look into list registers of its vCPUs. A guest may hold an interrupt active on
 * one core for long, and route it to another one. */
TEST(test_a_vcpu_elsewhere_may_hold_it)
{
	fake_gic_pulse(FIRST);
	machine_settle();
	assert_int_equal(machine_acknowledge(0), FIRST);
	for (uint32_t i = 0; i < MACHINE_VCPUS; i++)
		vcpu_at(i)->core = (uint8_t)i;
	machine_vcpu_on(1);
	machine_route(0, FIRST, 1);
	(void)machine_on(1);
	assert_int_equal(fake_gic_route(FIRST), 1);
	assert_int_equal(vgic_lost_shared(machine_partition, WORD, gic_active(gic_spis(WORD))), 0);
	vcpu_at(0)->core = 1; /* it is about to come */
	vcpu_at(2)->core = 1;
	vcpu_at(0)->comes = 1;
	assert_int_equal(vgic_lost_shared(machine_partition, WORD, gic_active(gic_spis(WORD))), 0);
	vcpu_at(0)->comes = 0;
	vcpu_at(0)->core = 0;
	vcpu_at(2)->core = 2;
	machine_end(0, FIRST);
	machine_settle();
}

/* The frame keeps it for a vCPU that has moved, or for the time when a vCPU is on. */
TEST(test_the_partition_keeps_it)
{
	struct vgic *vgic = &machine_partition->vgic;

	take_and_leave(FIRST);
	vgic->arrived[WORD] = 1;
	assert_int_equal(lost(), 0);
	vgic->arrived[WORD] = 0;
	vgic->by_hand[WORD] = 1;
	assert_int_equal(lost(), 0);
	vgic->by_hand[WORD] = 0;
	assert_int_equal(lost(), 1);
	vgic_arrived(vcpu_at(0), FIRST);
}

/* Its interrupts are about to be silenced. */
TEST(test_a_partition_that_doesnt_run)
{
	take_and_leave(FIRST);
	for (uint32_t i = 0; i < LIFE_STATES; i++) {
		machine_partition->life.status.state = i;
		assert_int_equal(lost(), i == LIFE_RUNNING);
	}
	vgic_arrived(vcpu_at(0), FIRST);
}
