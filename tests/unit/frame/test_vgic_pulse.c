/*
 * Events that have no line (doorbells): each is taken, several before that are one or two, and none
 * is lost by an obstacle: a mask, another vCPU's turn, full list registers.
 */
#include "vgic_machine.h"

#include <unit.h>

#define CTLR      0x000
#define IGROUPR   0x084
#define ISENABLER 0x104
#define ICENABLER 0x184
#define ISPENDR   0x204
#define ICPENDR   0x284
#define SPURIOUS  FAKE_GIC_SPURIOUS
#define BELL      MACHINE_BELLS
#define BIT       (1u << BELL % 32)
#define ALL       0xffffffffu

static void setup(void)
{
	machine_start(4);
	machine_vcpu_on(1);
	machine_write(0, CTLR, 2);
	machine_write(0, IGROUPR, ALL);
	machine_write(0, ISENABLER, ALL);
	machine_settle();
}

const struct unit_fixture unit_each = {setup, machine_judge};

static void ring(void)
{
	machine_ring(BELL);
	machine_hear();
}

TEST(each_ring_is_taken_once)
{
	for (uint32_t i = 0; i < 10; i++) {
		ring();
		assert_true((machine_read(0, ISPENDR) & BIT) != 0);
		machine_expect_taken(0, BELL);
		machine_expect_nothing(0);
	}
}

/* When the first one was taken nobody can tell, so a second one may have come after that. */
TEST(rings_before_it_is_taken_are_one_or_two)
{
	for (uint32_t i = 0; i < 100; i++)
		ring();
	assert_int_equal(machine_rings, 2);
	machine_expect_taken(0, BELL);
	machine_expect_taken(0, BELL);
	machine_expect_nothing(0);
	ring();
	assert_int_equal(machine_rings, 3);
	machine_expect_taken(0, BELL);
	machine_expect_nothing(0);
}

TEST(a_ring_while_it_is_handled_comes_after)
{
	ring();
	assert_int_equal(machine_acknowledge(0), BELL);
	ring();
	ring();
	assert_int_equal(machine_acknowledge(0), SPURIOUS);
	machine_end(0, BELL);
	machine_expect_taken(0, BELL);
	machine_expect_nothing(0);
}

TEST(a_ring_waits_for_its_mask)
{
	machine_write(0, ICENABLER, BIT);
	ring();
	machine_expect_nothing(0);
	assert_true((machine_read(0, ISPENDR) & BIT) != 0);
	machine_write(0, ISENABLER, BIT);
	machine_expect_taken(0, BELL);
	machine_expect_nothing(0);
}

/* Rings for a guest that has them disabled interrupt its core once. */
TEST(rings_that_nobody_wants_interrupt_nobody)
{
	machine_write(0, ICENABLER, BIT);
	for (uint32_t i = 0; i < 1000; i++)
		ring();
	assert_int_equal(machine_rings, 1);
	machine_write(0, ICPENDR, BIT);
	ring();
	assert_int_equal(machine_rings, 2);
	machine_write(0, ISENABLER, BIT);
	machine_expect_taken(0, BELL);
	machine_expect_nothing(0);
	ring();
	assert_int_equal(machine_rings, 3);
	machine_expect_taken(0, BELL);
	machine_expect_nothing(0);
}

/* In its list register, and then disabled: it isn't lost. */
TEST(a_ring_that_was_held_comes_again)
{
	ring();
	machine_write(0, ICENABLER, BIT);
	machine_expect_nothing(0);
	machine_write(0, ISENABLER, BIT);
	machine_expect_taken(0, BELL);
	machine_expect_nothing(0);
}

TEST(a_ring_can_be_cleared)
{
	ring();
	machine_write(0, ICPENDR, BIT);
	machine_expect_nothing(0);
	ring();
	machine_expect_taken(0, BELL);
}

/* Home is the first vCPU's core, and the guest may want it elsewhere. */
TEST(a_ring_follows_its_route)
{
	machine_route(0, BELL, 1);
	ring();
	machine_expect_nothing(0);
	machine_expect_taken(1, BELL);
	machine_route(0, BELL, 0);
	ring();
	machine_expect_taken(0, BELL);
	machine_expect_nothing(1);
}

TEST(a_ring_waits_for_a_list_register)
{
	for (uint32_t intid = 34; intid < 40; intid++)
		fake_gic_pulse(intid);
	machine_settle();
	ring();
	for (uint32_t count = 0; count < 7; count++) {
		const uint32_t intid = machine_acknowledge(0);

		assert_true((intid >= 34 && intid < 40) || intid == BELL);
		machine_end(0, intid);
		machine_settle();
	}
	machine_expect_nothing(0);
}
