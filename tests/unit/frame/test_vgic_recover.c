/*
 * A recovery of the virtual GIC: it computes the sets' summaries from the sets, and the physical
 * interrupts from those that vCPUs hold. A list register that isn't the partition's own isn't
 * believed.
 */
#include "vgic_deliver.h"
#include "vgic_machine.h"

#include <frame/listreg.h>
#include <state/partition.h>
#include <string.h>
#include <unit.h>
#include <vgic/vgic.h>

#define CTLR      0x000
#define IGROUPR   0x080
#define ISENABLER 0x100
#define ICFGR     0xc00
#define FIRST     32
#define COUNT     8

static struct vcpu *first_vcpu(void)
{
	return &machine_partition->vcpus[0];
}

/* Two list registers; eight interrupts by edges, the later ones more urgent. */
static void setup(void)
{
	machine_start(2);
	machine_write(0, CTLR, 2);
	machine_write(0, IGROUPR + FIRST / 32 * 4, 0xff);
	machine_write(0, ICFGR + FIRST / 16 * 4, 0xaaaa);
	for (uint32_t i = 0; i < COUNT; i++)
		machine_priority(0, FIRST + i, (uint8_t)(0xa0 - 8 * i));
	machine_write(0, ISENABLER + FIRST / 32 * 4, 0xff);
	machine_settle();
}

/* Two of them are active and evicted, the others wait, or are in list registers. */
static void crowd(void)
{
	for (uint32_t i = 0; i < COUNT; i++) {
		fake_gic_pulse(FIRST + i);
		machine_settle();
		if (i < 3)
			assert_int_equal(machine_acknowledge(0), FIRST + i);
	}
	assert_int_not_equal(first_vcpu()->vgic.waiting.levels, 0);
	assert_int_not_equal(first_vcpu()->vgic.evicted.words, 0);
	assert_null(machine_breach());
}

TEST_WITH(test_summaries_are_made_from_the_sets, setup, NULL)
{
	struct vgic_cpu *own = &first_vcpu()->vgic;
	struct vgic_waiting waiting;
	struct vgic_evicted evicted;

	crowd();
	waiting = own->waiting;
	evicted = own->evicted;
	own->waiting.levels = 0x80000001;
	memset(own->waiting.words, 0xff, sizeof(own->waiting.words));
	memset(own->waiting.all, 0, sizeof(own->waiting.all));
	own->evicted.words = 0;
	own->evicted.levels = ~0u;
	vgic_mend(machine_on(0));
	assert_memory_equal(&own->waiting, &waiting, sizeof(waiting));
	assert_memory_equal(own->evicted.all, evicted.all, sizeof(evicted.all));
	assert_int_equal(own->evicted.words, evicted.words);
	assert_int_equal(own->evicted.levels, evicted.levels);
	assert_null(machine_breach());
}

/* An interrupt that the partition doesn't have is in a set by damage alone. */
TEST_WITH(test_a_foreign_interrupt_goes, setup, machine_judge)
{
	struct vgic_cpu *own = &first_vcpu()->vgic;

	own->waiting.bits[3][20] = 1;
	own->evicted.all[21] = 2;
	vgic_mend(machine_on(0));
	assert_int_equal(own->waiting.levels, 0);
	assert_int_equal(own->waiting.all[20], 0);
	assert_int_equal(own->evicted.words, 0);
}

TEST_WITH(test_a_list_register_must_be_its_own, setup, machine_judge)
{
	struct resident_gic *gic = &first_vcpu()->saved.gic;
	static const struct {
		uint64_t lr;
		bool holds;
	} cases[] = {
	    {LR_PENDING | LR_HW | LR_PHYSICAL(FIRST) | FIRST, true},
	    {LR_PENDING | 3, true},
	    {LR_ACTIVE | LR_HW | LR_PHYSICAL(MACHINE_TIMER) | MACHINE_TIMER, true},
	    {LR_PENDING | MACHINE_UART, true},
	    {LR_PENDING | LR_HW | LR_PHYSICAL(FIRST + 1) | FIRST, false},
	    {LR_PENDING | LR_HW | LR_PHYSICAL(MACHINE_UART) | MACHINE_UART, false},
	    {LR_PENDING | FIRST, false},
	    {LR_PENDING | LR_HW | LR_PHYSICAL(200) | 200, false},
	    {LR_PENDING | 1020, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		gic->used = 2;
		gic->lr[0] = LR_PENDING | 1020; /* unused */
		gic->lr[1] = cases[i].lr;
		assert_int_equal(vgic_lists_hold(first_vcpu()), cases[i].holds);
	}
	gic->used = 0;
}

TEST_WITH(test_a_route_must_lead_to_a_vcpu, setup, machine_judge)
{
	assert_true(vgic_targets_hold(machine_partition));
	machine_partition->vgic.target[FIRST] = MACHINE_VCPUS;
	assert_false(vgic_targets_hold(machine_partition));
	machine_partition->vgic.target[FIRST] = 0;
}

/* The frame took it and crashed: it comes again, once. */
TEST_WITH(test_an_interrupt_that_nobody_holds_comes_again, setup, machine_judge)
{
	fake_gic_pulse(FIRST);
	(void)machine_on(0);
	assert_int_equal(fake_gic_take(), FIRST);
	assert_true(fake_gic_active(FIRST));
	vgic_agree(machine_partition);
	assert_false(fake_gic_active(FIRST));
	assert_true(fake_gic_pending(FIRST));
	machine_expect_taken(0, FIRST);
	machine_expect_nothing(0);
}

/* A wired one was taken, and reached no list register. */
TEST_WITH(test_a_wired_interrupt_that_nobody_holds_comes_again, setup, machine_judge)
{
	struct vgic *vgic = &machine_partition->vgic;
	uint32_t word = MACHINE_BELLS / 32, bit = 1u << MACHINE_BELLS % 32;

	machine_write(0, IGROUPR + 4 * word, 0xff | bit);
	machine_write(0, ISENABLER + 4 * word, bit);
	vgic->taken[word] |= bit;
	vgic->carried[word] |= bit;
	vgic_agree(machine_partition);
	assert_int_equal(vgic->taken[word] & bit, 0);
	vgic_mend(machine_on(0));
	vgic_ask_later(first_vcpu(), VGIC_ASK_EVALUATE);
	machine_expect_taken(0, MACHINE_BELLS);
}
