/*
 * Active interrupts of a GICv2 in their own handler: the guest sees the active bit and clears it,
 * which corrects a list register that holds the interrupt. The same made pending there comes once
 * more. For an SGI, a PPI and an SPI, with one CPU.
 *
 * Shows: boards.gicv2.
 */
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/test.h>
#include <guest/time.h>

#define SGI 3
#define PPI BOARD_VTIMER_INTERRUPT
#define SPI BOARD_SPARE_INTERRUPT

static volatile uint32_t active_count;

static void active_take_all(void)
{
	cpu_unmask_interrupts();
	cpu_isb();
	time_spin(20);
	cpu_mask_interrupts();
}

/* An SGI's pending bit is only read. */
static void active_raise(uint32_t intid)
{
	if (intid == SGI)
		gic_send(intid, 0);
	else
		gic_set_bit(GICD_ISPENDR, intid);
	cpu_dsb();
}

/* Runs the handler for one interrupt, and finds no trace of it afterwards. */
static void active_take(uint32_t intid, void (*handler)(uint32_t intid), uint32_t times)
{
	active_count = 0;
	cpu_write(cntv_ctl_el0, 0);
	gic_enable(intid, handler);
	active_raise(intid);
	active_take_all();
	CHECK_EQUAL(active_count, times);
	CHECK(!gic_bit(GICD_ISPENDR, intid));
	CHECK(!gic_bit(GICD_ISACTIVER, intid));
	active_raise(intid);
	active_take_all();
	CHECK_EQUAL(active_count, 2 * times);
	gic_disable(intid);
}

static void active_see(uint32_t intid)
{
	active_count++;
	CHECK(gic_bit(GICD_ISACTIVER, intid));
	CHECK(!gic_bit(GICD_ISPENDR, intid));
}

static void active_clear(uint32_t intid)
{
	active_see(intid);
	gic_set_bit(GICD_ICACTIVER, intid);
	CHECK(!gic_bit(GICD_ISACTIVER, intid));
}

/* The first one of two: it is active and pending at once. */
static void active_again(uint32_t intid)
{
	active_see(intid);
	if (active_count % 2 == 0)
		return;
	active_raise(intid);
	CHECK(gic_bit(GICD_ISPENDR, intid));
	CHECK(gic_bit(GICD_ISACTIVER, intid));
}

static void active_clear_again(uint32_t intid)
{
	bool first = active_count % 2 == 0;

	active_again(intid);
	if (!first)
		return;
	gic_set_bit(GICD_ICACTIVER, intid);
	CHECK(!gic_bit(GICD_ISACTIVER, intid));
	CHECK(gic_bit(GICD_ISPENDR, intid));
}

static void active_take_kinds(void (*handler)(uint32_t intid), uint32_t times)
{
	active_take(SGI, handler, times);
	active_take(PPI, handler, times);
	active_take(SPI, handler, times);
}

static void seen_in_its_handler(void)
{
	active_take_kinds(active_see, 1);
}

static void cleared_in_its_handler(void)
{
	active_take_kinds(active_clear, 1);
}

/* Not a PPI, which has a physical side: QEMU's GICv2 looks at it again only with the next access to
 * the physical interface (frame/gic_places.h). */
static void pending_in_its_handler(void)
{
	active_take(SGI, active_again, 2);
	active_take(SPI, active_again, 2);
}

static void cleared_while_pending(void)
{
	active_take_kinds(active_clear_again, 2);
}

const struct test tests[] = {
    {"seen-in-its-handler", seen_in_its_handler, TEST_ANYWHERE},
    {"cleared-in-its-handler", cleared_in_its_handler, TEST_ANYWHERE},
    {"pending-in-its-handler", pending_in_its_handler, TEST_ANYWHERE},
    {"cleared-while-pending", cleared_while_pending, TEST_ANYWHERE},
    {0},
};
