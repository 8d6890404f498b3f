/*
 * Physical enable bits and routes while another core writes their sources all the time. The frame
 * stops after some turns, and the rest is put right later.
 */
#include "vgic_deliver.h"
#include "vgic_machine.h"

#include <state/partition.h>
#include <unit.h>

#define CTLR      0x000
#define IGROUPR   0x080
#define ISENABLER 0x100
#define SPI       40

static uint32_t bit(uint32_t intid)
{
	return 1u << intid % 32;
}

static void setup(void)
{
	machine_start(4);
	machine_vcpu_on(1);
	machine_vcpu_on(2);
	machine_write(0, CTLR, 2);
	machine_write(0, IGROUPR + SPI / 32 * 4, bit(SPI));
	machine_write(0, ISENABLER + SPI / 32 * 4, bit(SPI));
	machine_priority(0, SPI, 0xa0);
	machine_settle();
}

const struct unit_fixture unit_each = {setup, machine_judge};

static uint32_t meanwhile_times;

static void toggle_enable(void)
{
	machine_partition->vgic.enabled[SPI / 32] ^= bit(SPI);
	meanwhile_times++;
}

/* The frame gives up after some turns, and the rest is put right later. */
TEST(test_enable_contended)
{
	struct vgic *vgic = &machine_partition->vgic;

	for (uint32_t odd = 0; odd < 2; odd++) {
		vgic->enabled[SPI / 32] ^= odd * bit(SPI);
		meanwhile_times = 0;
		fake_gic_meanwhile(toggle_enable);
		vgic_sync(machine_on(0), SPI / 32, bit(SPI));
		/* Two writes in a turn: one toggles a bit, the other toggles it back. */
		assert_int_equal(meanwhile_times, 2);
		fake_gic_meanwhile(NULL);
		machine_settle();
		assert_int_equal(vgic->stale, 0);
		assert_int_equal(fake_gic_enabled(SPI), (vgic->enabled[SPI / 32] & bit(SPI)) != 0);
	}
}

static void toggle_every_second(void)
{
	if (meanwhile_times++ % 2 == 0)
		machine_partition->vgic.enabled[SPI / 32] ^= bit(SPI);
}

TEST(test_enable_never_settles)
{
	struct vgic *vgic = &machine_partition->vgic;

	meanwhile_times = 0;
	fake_gic_meanwhile(toggle_every_second);
	vgic_sync(machine_on(0), SPI / 32, bit(SPI));
	assert_int_equal(meanwhile_times, 2 * VGIC_STEP);
	assert_int_equal(vgic->stale, 1u << SPI / 32);
	/* Each of its own later steps is as short. */
	for (uint32_t i = 1; i < 4; i++) {
		assert_true(machine_interrupt(0));
		assert_true(meanwhile_times <= 2 * VGIC_STEP * (i + 1));
	}
	vgic->enabled[SPI / 32] |= bit(SPI);
	fake_gic_meanwhile(NULL);
	machine_settle();
	assert_int_equal(vgic->stale, 0);
	assert_true(fake_gic_enabled(SPI));
	fake_gic_pulse(SPI);
	machine_expect_taken(0, SPI);
}

/* vCPU 2 takes the route from vCPU 1 some times, and then leaves it. */
static void route_to_another(void)
{
	meanwhile_times++;
	if (meanwhile_times < 5)
		machine_partition->vgic.target[SPI] ^= 2;
}

TEST(test_route_contended)
{
	meanwhile_times = 0;
	machine_again = 0;
	fake_gic_meanwhile(route_to_another);
	machine_route(0, SPI, 1);
	fake_gic_meanwhile(NULL);
	assert_true(machine_again > 0);
	assert_int_equal(machine_partition->vgic.target[SPI], 1);
	fake_gic_pulse(SPI);
	machine_expect_taken(1, SPI);
}
