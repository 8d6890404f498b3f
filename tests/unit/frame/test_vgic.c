/*
 * The virtual GIC on the fake one: what a guest sees of each kind of interrupt, on one vCPU and
 * across them.
 *
 * Shows: guests.gic.
 */
#include "vgic_machine.h"

#include <state/vcpu.h>
#include <unit.h>
#include <vgic/vgic.h>

#define CTLR      0x000
#define IGROUPR   0x080
#define ISENABLER 0x100
#define ICENABLER 0x180
#define ISPENDR   0x200
#define ICPENDR   0x280
#define ISACTIVER 0x300
#define ICACTIVER 0x380
#define ICFGR     0xc00
#define SPI       40
#define MINE_1    0x3fffu /* of word 1: the partition's interrupts, wired ones included */
#define FAR       100     /* in word 3 */
#define ALL       0xffffffffu

static uint32_t at(uint32_t group, uint32_t intid)
{
	return group + intid / 32 * 4;
}

static uint32_t bit(uint32_t intid)
{
	return 1u << intid % 32;
}

static bool is(uint32_t index, uint32_t group, uint32_t intid)
{
	return (machine_read(index, at(group, intid)) & bit(intid)) != 0;
}

static void set(uint32_t index, uint32_t group, uint32_t intid)
{
	machine_write(index, at(group, intid), bit(intid));
}

/* Everything in group 1 and enabled, all vCPUs on; SPIs to the first. 64 to 95 are edges. */
static void setup(void)
{
	machine_start(4);
	machine_vcpu_on(1);
	machine_vcpu_on(2);
	machine_write(0, CTLR, 2);
	for (uint32_t word = 1; word < 4; word++) {
		machine_write(0, IGROUPR + 4 * word, ALL);
		machine_write(0, ISENABLER + 4 * word, ALL);
	}
	machine_write(0, ICFGR + 4 * 4, 0xaaaaaaaa); /* 64 to 95 are edges */
	machine_write(0, ICFGR + 5 * 4, 0xaaaaaaaa);
	for (uint32_t i = 0; i < MACHINE_VCPUS; i++) {
		machine_private_write(i, i, IGROUPR, ALL);
		machine_private_write(i, i, ISENABLER, ALL);
		for (uint32_t intid = 0; intid < 32; intid++)
			machine_priority(i, intid, 0xa0);
	}
	for (uint32_t intid = 32; intid <= MACHINE_LAST; intid++)
		machine_priority(0, intid, 0xa0);
	machine_settle();
}

const struct unit_fixture unit_each = {setup, machine_judge};

/* ---- one vCPU ---- */

TEST(test_spi_comes_and_goes)
{
	fake_gic_pulse(SPI);
	assert_true(is(0, ISPENDR, SPI));
	machine_settle();
	assert_true(is(0, ISPENDR, SPI));
	assert_false(is(0, ISACTIVER, SPI));
	assert_int_equal(machine_acknowledge(0), SPI);
	assert_false(is(0, ISPENDR, SPI));
	assert_true(is(0, ISACTIVER, SPI));
	machine_end(0, SPI);
	assert_false(is(0, ISACTIVER, SPI));
	machine_expect_nothing(0);
}

/* A level that stands is pending beside its active bit, and comes again. */
TEST(test_level_comes_again)
{
	fake_gic_line(FAR, true);
	machine_settle();
	assert_int_equal(machine_acknowledge(0), FAR);
	assert_true(is(0, ISPENDR, FAR));
	machine_end(0, FAR);
	fake_gic_line(FAR, true);
	machine_settle();
	assert_int_equal(machine_acknowledge(0), FAR);
	fake_gic_line(FAR, false);
	machine_end(0, FAR);
	machine_expect_nothing(0);
}

/* A wired interrupt that ends is looked at again if its line stands; otherwise it costs no message.
 */
TEST(test_an_end_without_a_line_asks_for_nothing)
{
	machine_line(0, MACHINE_UART, true);
	machine_settle();
	assert_int_equal(machine_acknowledge(0), MACHINE_UART);
	machine_end(0, MACHINE_UART);
	assert_true(machine_interrupt(0)); /* of the list register */
	assert_true(machine_interrupt(0)); /* the message */
	assert_int_equal(machine_acknowledge(0), MACHINE_UART);
	machine_line(0, MACHINE_UART, false);
	machine_end(0, MACHINE_UART);
	assert_true(machine_interrupt(0));
	assert_false(machine_interrupt(0));
}

/* The end of an interrupt that is routed elsewhere by now asks that vCPU, but its core isn't told
 * while such messages are held back there. */
TEST(test_an_end_elsewhere_is_told_as_other_work_is)
{
	struct vcpu *next = &machine_partition->vcpus[1];

	machine_vcpu_on(1);
	machine_line(0, MACHINE_UART, true);
	machine_settle();
	assert_int_equal(machine_acknowledge(0), MACHINE_UART);
	machine_route(0, MACHINE_UART, 1);
	machine_settle();
	next->vgic.waiting.hushed = VGIC_HUSHED;
	machine_end(0, MACHINE_UART);
	while (machine_interrupt(0))
		continue;
	assert_false(machine_interrupt(1));
	assert_true((next->vgic.asked & VGIC_ASK_EVALUATE) != 0);
	next->vgic.waiting.hushed = 0;
	machine_line(0, MACHINE_UART, false);
	machine_line(0, MACHINE_UART, true);
	machine_expect_taken(1, MACHINE_UART);
	machine_line(0, MACHINE_UART, false);
}

TEST(test_nothing_foreign)
{
	for (uint32_t group = IGROUPR; group <= ICACTIVER; group += 0x80)
		machine_write(0, group + 4, ALL & ~MINE_1);
	for (uint32_t group = IGROUPR; group <= ICACTIVER; group += 0x80)
		assert_int_equal(machine_read(0, group + 4) & ~MINE_1, 0);
	machine_route(0, 50, 1);
	machine_priority(0, 50, 0x80);
	machine_write(0, ICFGR + 50 / 16 * 4, ALL);
	assert_int_equal(machine_read(0, ICFGR + 50 / 16 * 4), 0);
	assert_false(fake_gic_enabled(50));
}

/* Thirty wait for four list registers: all come, the most urgent first, equals by number. */
TEST(test_more_than_list_registers)
{
	for (uint32_t i = 0; i < 30; i++) {
		machine_priority(0, 64 + i, (uint8_t)(0xc0 - i / 10 * 0x20));
		fake_gic_pulse(64 + i);
	}
	machine_settle();
	assert_int_equal(machine_read(0, ISPENDR + 8), (1u << 30) - 1);
	assert_int_equal(machine_read(0, ISACTIVER + 8), 0);
	for (uint32_t i = 0; i < 30; i++)
		machine_expect_taken(0, 64 + (2 - i / 10) * 10 + i % 10);
	machine_expect_nothing(0);
}

TEST(test_disabled_while_it_waits)
{
	for (uint32_t i = 0; i < 12; i++)
		fake_gic_pulse(64 + i);
	machine_settle();
	machine_write(0, ICENABLER + 8, 0xf0f);
	machine_expect_taken(0, 68);
	machine_expect_taken(0, 69);
	machine_expect_taken(0, 70);
	machine_expect_taken(0, 71);
	machine_expect_nothing(0);
	assert_int_equal(machine_read(0, ISPENDR + 8), 0xf0f);
	machine_write(0, ISENABLER + 8, 0xf0f);
	for (uint32_t i = 0; i < 12; i++)
		if (i < 4 || i >= 8)
			machine_expect_taken(0, 64 + i);
	machine_expect_nothing(0);
}

TEST(test_cleared_while_it_waits)
{
	for (uint32_t i = 0; i < 32; i++)
		fake_gic_pulse(64 + i);
	machine_settle();
	machine_write(0, ICPENDR + 8, ~(1u << 20));
	assert_int_equal(machine_read(0, ISPENDR + 8), 1u << 20);
	machine_expect_taken(0, 84);
	machine_expect_nothing(0);
}

/* Pending by software on a level survives being taken back; the line alone doesn't. */
TEST(test_pending_by_software_survives)
{
	set(0, ISPENDR, SPI);
	fake_gic_line(SPI - 1, true);
	machine_settle();
	fake_gic_line(SPI - 1, false);
	machine_write(0, ICENABLER + 4, ALL);
	assert_true(is(0, ISPENDR, SPI));
	assert_false(is(0, ISPENDR, SPI - 1));
	machine_write(0, ISENABLER + 4, ALL);
	machine_expect_taken(0, SPI);
	machine_expect_nothing(0);
}

TEST(test_group_off)
{
	for (uint32_t i = 0; i < 8; i++)
		fake_gic_pulse(64 + i);
	set(0, ISPENDR, MACHINE_UART);
	machine_sgi(0, 3, 1);
	machine_settle();
	machine_write(0, CTLR, 0);
	machine_expect_nothing(0);
	assert_int_equal(machine_read(0, ISPENDR + 8), 0xff);
	assert_true(is(0, ISPENDR, MACHINE_UART));
	assert_int_equal(machine_private_read(0, 0, ISPENDR), 8);
	machine_write(0, CTLR, 2);
	machine_expect_taken(0, 3);
	machine_expect_taken(0, MACHINE_UART);
	for (uint32_t i = 0; i < 8; i++)
		machine_expect_taken(0, 64 + i);
	machine_expect_nothing(0);
}

/* ---- active ---- */

static void check_by_hand(uint32_t intid)
{
	set(0, ISACTIVER, intid);
	assert_true(is(0, ISACTIVER, intid));
	set(0, ISPENDR, intid);
	machine_expect_nothing(0);
	assert_true(is(0, ISPENDR, intid));
	set(0, ICACTIVER, intid);
	assert_false(is(0, ISACTIVER, intid));
	machine_expect_taken(0, intid);
	machine_expect_nothing(0);
}

TEST(test_active_by_hand)
{
	check_by_hand(SPI);
	check_by_hand(MACHINE_UART);
}

TEST(test_private_active_by_hand)
{
	const uint32_t intids[] = {5, 20, MACHINE_TIMER};

	for (uint32_t i = 0; i < 3; i++) {
		machine_private_write(0, 0, ISACTIVER, bit(intids[i]));
		machine_private_write(0, 0, ISPENDR, bit(intids[i]));
		machine_expect_nothing(0);
		assert_int_equal(machine_private_read(0, 0, ISACTIVER), bit(intids[i]));
		assert_int_equal(machine_private_read(0, 0, ISPENDR), bit(intids[i]));
		machine_private_write(0, 0, ICACTIVER, bit(intids[i]));
		machine_expect_taken(0, intids[i]);
		machine_expect_nothing(0);
	}
}

static void take_nested(uint32_t i)
{
	machine_priority(0, 64 + i, (uint8_t)(0xc0 - 8 * i));
	fake_gic_pulse(64 + i);
	machine_settle();
	assert_int_equal(machine_acknowledge(0), 64 + i);
	assert_int_equal(machine_read(0, ISACTIVER + 8), (2u << i) - 1);
}

/* Twelve deep with four list registers; each end is seen at once. */
TEST(test_nested)
{
	for (uint32_t i = 0; i < 12; i++)
		take_nested(i);
	for (uint32_t i = 12; i-- > 0;) {
		machine_end(0, 64 + i);
		assert_int_equal(machine_read(0, ISACTIVER + 8), (1u << i) - 1);
		assert_false(fake_gic_active(64 + i));
	}
	machine_expect_nothing(0);
}

/* The guest ends several before the frame hears of the first. */
TEST(test_ends_pile_up)
{
	for (uint32_t i = 0; i < 12; i++)
		take_nested(i);
	for (uint32_t i = 12; i-- > 0;)
		machine_end(0, 64 + i);
	assert_int_equal(machine_read(0, ISACTIVER + 8), 0);
	machine_settle();
	for (uint32_t i = 0; i < 12; i++)
		assert_false(fake_gic_active(64 + i));
}

TEST(test_late_deactivation)
{
	machine_on(0);
	fake_guest_apart(true);
	for (uint32_t i = 0; i < 12; i++) {
		fake_gic_pulse(64 + i);
		machine_expect_taken(0, 64 + i);
		assert_int_equal(machine_read(0, ISACTIVER + 8), (2u << i) - 1);
	}
	for (uint32_t i = 0; i < 12; i++) {
		uint32_t intid = 64 + i * 5 % 12;

		fake_gic_pulse(intid);
		machine_expect_nothing(0);
		machine_deactivate(0, intid);
		assert_false(is(0, ISACTIVER, intid));
		machine_expect_taken(0, intid);
		machine_deactivate(0, intid);
		machine_settle();
	}
	assert_int_equal(machine_read(0, ISACTIVER + 8), 0);
}

/* An SGI that is sent again while it is evicted comes when it has been ended. */
TEST(test_sgi_again_while_evicted)
{
	machine_sgi(0, 1, 1);
	machine_settle();
	assert_int_equal(machine_acknowledge(0), 1);
	for (uint32_t i = 0; i < 8; i++) {
		machine_priority(0, 64 + i, (uint8_t)(0x90 - 8 * i));
		fake_gic_pulse(64 + i);
		machine_settle();
		assert_int_equal(machine_acknowledge(0), 64 + i);
	}
	machine_sgi(0, 1, 1);
	machine_settle();
	assert_int_equal(machine_private_read(0, 0, ISPENDR), 2);
	assert_int_equal(machine_private_read(0, 0, ISACTIVER), 2);
	for (uint32_t i = 8; i-- > 0;) {
		machine_end(0, 64 + i);
		machine_settle();
	}
	machine_end(0, 1);
	machine_expect_taken(0, 1);
	machine_expect_nothing(0);
}

/* ---- across vCPUs ---- */

static void check_across(uint32_t intid)
{
	machine_route(0, intid, 1);
	set(0, ISPENDR, intid);
	machine_settle();
	assert_true(is(0, ISPENDR, intid));
	assert_false(is(0, ISACTIVER, intid));
	assert_int_equal(machine_acknowledge(1), intid);
	assert_false(is(2, ISPENDR, intid));
	assert_true(is(2, ISACTIVER, intid));
	machine_end(1, intid);
	machine_settle();
	set(0, ISPENDR, intid);
	machine_settle();
	set(0, ICPENDR, intid);
	machine_expect_nothing(1);
	assert_false(is(0, ISPENDR, intid));
	set(0, ISPENDR, intid);
	machine_settle();
	set(2, ISACTIVER, intid);
	machine_expect_nothing(1);
	assert_true(is(0, ISACTIVER, intid));
	set(0, ICACTIVER, intid);
	machine_settle();
	machine_route(0, intid, 2);
	machine_expect_nothing(1);
	machine_expect_taken(2, intid);
	assert_true(machine_again > 0);
}

TEST(test_across)
{
	check_across(SPI);
	check_across(MACHINE_UART);
	machine_write(0, ICFGR + SPI / 16 * 4, 2u << SPI % 16 * 2);
	check_across(SPI);
}

TEST(test_ended_from_elsewhere)
{
	machine_route(0, SPI, 1);
	fake_gic_pulse(SPI);
	machine_settle();
	assert_int_equal(machine_acknowledge(1), SPI);
	set(2, ICACTIVER, SPI);
	assert_false(is(0, ISACTIVER, SPI));
	assert_false(fake_gic_active(SPI));
}

TEST(test_private_of_another)
{
	machine_sgi(0, 7, 2);
	machine_settle();
	assert_int_equal(machine_private_read(0, 1, ISPENDR), 0x80);
	assert_int_equal(machine_acknowledge(1), 7);
	assert_int_equal(machine_private_read(0, 1, ISACTIVER), 0x80);
	machine_end(1, 7);
	machine_private_write(0, 1, ICENABLER, 0x80);
	machine_sgi(0, 7, 2);
	machine_expect_nothing(1);
	assert_int_equal(machine_private_read(1, 1, ISPENDR), 0x80);
	machine_private_write(2, 1, ICPENDR, 0x80);
	machine_private_write(0, 1, ISENABLER, 0x80);
	machine_expect_nothing(1);
}

/* ---- vCPUs that go off ---- */

TEST(test_off_and_on)
{
	machine_route(0, SPI, 1);
	machine_route(0, FAR, 1);
	machine_write(0, ICFGR + FAR / 16 * 4, 2u << FAR % 16 * 2);
	fake_gic_pulse(FAR);
	machine_settle();
	machine_vcpu_off(1);
	machine_settle();
	set(0, ISPENDR, SPI);
	machine_settle();
	assert_true(is(0, ISPENDR, SPI));
	assert_true(is(0, ISPENDR, FAR));
	assert_false(fake_gic_active(SPI));
	machine_route(0, FAR, 2);
	machine_expect_taken(2, FAR);
	machine_vcpu_on(1);
	machine_expect_taken(1, SPI);
	machine_expect_nothing(1);
}

TEST(test_off_with_many)
{
	for (uint32_t i = 0; i < 32; i++) {
		machine_route(0, 64 + i, 1);
		fake_gic_pulse(64 + i);
	}
	machine_settle();
	assert_int_equal(machine_acknowledge(1), 64);
	machine_vcpu_off(1);
	machine_settle();
	assert_true(is(0, ISACTIVER, 64)); /* as on hardware: nobody is left to end it */
	set(0, ICACTIVER, 64);
	for (uint32_t i = 1; i < 32; i++) {
		assert_true(is(0, ISPENDR, 64 + i));
		machine_route(0, 64 + i, 2);
		machine_expect_taken(2, 64 + i);
	}
}

TEST(test_reset_forgets)
{
	for (uint32_t i = 0; i < 20; i++)
		fake_gic_pulse(64 + i);
	machine_settle();
	for (uint32_t i = 0; i < MACHINE_VCPUS; i++)
		machine_vcpu_off(i);
	machine_on(0);
	machine_silence();
	vgic_reset(machine_partition);
	machine_settle();
	machine_silence();
	machine_vcpu_on(0);
	machine_write(0, CTLR, 2);
	machine_write(0, IGROUPR + 8, ALL);
	machine_write(0, ISENABLER + 8, ALL);
	machine_expect_nothing(0);
	assert_int_equal(machine_read(0, ISPENDR + 8) | machine_read(0, ISACTIVER + 8), 0);
}

/* ---- an access that is left for a handler ---- */

TEST(test_abandoned_access)
{
	struct vcpu *vcpu;
	uint64_t value;

	machine_route(0, SPI, 1);
	set(0, ISPENDR, SPI);
	machine_settle();
	vcpu = machine_on(0);
	fake_activation.pc = 0x1000;
	assert_false(vgic_dist_read(vcpu, at(ISPENDR, SPI), 4, &value));
	machine_settle();
	/* The handler's own access doesn't get the answer that was meant for the other. */
	assert_int_equal(machine_acknowledge(1), SPI);
	assert_true(is(0, ISACTIVER, SPI));
	assert_false(is(0, ISPENDR, SPI));
	machine_end(1, SPI);
}

/* A guest may map the registers as memory and read across their bounds; the frame must not. */
TEST(test_unaligned_identification)
{
	struct vcpu *vcpu = machine_on(0);
	uint64_t value;

	assert_int_equal(machine_read(0, 0xffe8), 0xffe8);
	for (uint32_t offset = 0xffd0; offset < 0x10000; offset++) {
		if (offset % 4 == 0)
			continue;
		assert_int_equal(machine_read(0, offset), 0);
		for (uint32_t size = 4; size <= 8; size += 4) {
			assert_true(vgic_own_read(vcpu, offset, size, &value));
			assert_int_equal(value, 0);
		}
	}
}

/* GICD_TYPER shows nothing of a newer or larger GIC than the guest's. */
TEST(test_type_register)
{
	assert_int_equal(machine_read(0, 0x004), 0x02f8001f);
}
