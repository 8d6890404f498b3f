/*
 * Messages of PCI functions: each is taken, and none is lost by an obstacle: a mask, a group that
 * is off, another vCPU's turn, full list registers, a trigger that says level.
 *
 * Shows: dma.messages.
 */
#include "vgic_machine.h"

#include <unit.h>

#define CTLR      0x000
#define IGROUPR   0x084
#define ISENABLER 0x104
#define ICENABLER 0x184
#define ISPENDR   0x204
#define ICPENDR   0x284
#define ICFGR     0xc08
#define SPURIOUS  FAKE_GIC_SPURIOUS
#define BIT       (1u << MACHINE_SENT % 32)
#define EDGE      (2u << 2 * (MACHINE_SENT % 16))
#define ALL       0xffffffffu

static void setup(void)
{
	machine_start(4);
	machine_vcpu_on(1);
	machine_write(0, CTLR, 2);
	machine_write(0, IGROUPR, ALL);
	machine_write(0, ICFGR, EDGE);
	machine_write(0, ISENABLER, ALL);
	machine_settle();
}

const struct unit_fixture unit_each = {setup, machine_judge};

TEST(each_message_is_taken_once)
{
	for (uint32_t i = 0; i < 10; i++) {
		machine_send(0);
		assert_true((machine_read(0, ISPENDR) & BIT) != 0);
		machine_expect_taken(0, MACHINE_SENT);
		machine_expect_nothing(0);
	}
}

TEST(messages_before_it_is_taken_are_one)
{
	for (uint32_t i = 0; i < 100; i++)
		machine_send(0);
	machine_expect_taken(0, MACHINE_SENT);
	machine_expect_nothing(0);
}

TEST(a_message_while_it_is_handled_comes_after)
{
	machine_send(0);
	assert_int_equal(machine_acknowledge(0), MACHINE_SENT);
	machine_send(0);
	machine_send(0);
	assert_int_equal(machine_acknowledge(0), SPURIOUS);
	machine_end(0, MACHINE_SENT);
	machine_expect_taken(0, MACHINE_SENT);
	machine_expect_nothing(0);
}

/* With each trigger, and before and after the message came. */
TEST(a_message_waits_for_its_mask)
{
	for (uint32_t turn = 0; turn < 4; turn++) {
		machine_write(0, ICFGR, (turn & 1) != 0 ? EDGE : 0);
		if ((turn & 2) != 0)
			machine_send(0);
		machine_write(0, ICENABLER, BIT);
		if ((turn & 2) == 0)
			machine_send(0);
		machine_expect_nothing(0);
		assert_true((machine_read(0, ISPENDR) & BIT) != 0);
		machine_write(0, ISENABLER, BIT);
		machine_expect_taken(0, MACHINE_SENT);
		machine_expect_nothing(0);
	}
}

TEST(a_message_waits_for_its_group)
{
	machine_write(0, CTLR, 1);
	machine_send(0);
	machine_expect_nothing(0);
	machine_write(0, CTLR, 2);
	machine_expect_taken(0, MACHINE_SENT);
	machine_expect_nothing(0);
}

TEST(a_message_can_be_cleared)
{
	machine_send(0);
	machine_write(0, ICPENDR, BIT);
	machine_expect_nothing(0);
	machine_send(0);
	machine_expect_taken(0, MACHINE_SENT);
}

/* It comes to any core of the partition, and the guest may want it on another one. */
TEST(a_message_follows_its_route)
{
	for (uint32_t turn = 0; turn < 4; turn++) {
		machine_route(0, MACHINE_SENT, turn & 1);
		machine_send(turn >> 1);
		machine_settle();
		machine_expect_nothing(~turn & 1);
		machine_expect_taken(turn & 1, MACHINE_SENT);
	}
}

TEST(a_message_waits_for_a_vcpu_that_is_off)
{
	machine_route(0, MACHINE_SENT, 1);
	machine_vcpu_off(1);
	machine_settle();
	machine_send(0);
	machine_expect_nothing(0);
	machine_vcpu_on(1);
	machine_settle();
	machine_expect_taken(1, MACHINE_SENT);
	machine_expect_nothing(1);
}
