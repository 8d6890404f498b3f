/*
 * GICv3 from a guest's side: every kind of interrupt, pending, active and enable bits, priorities
 * and masks, end of interrupt in both modes, more interrupts at once than there are list registers.
 * The GIC's identification is in gic_ids.c.
 *
 * Shows: guests.gic.
 */
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/test.h>
#include <guest/time.h>

#define SPI BOARD_SPARE_INTERRUPT /* its device is quiet: the tests set it pending */

static volatile uint32_t gic_count[256]; /* how often each interrupt was taken */
static volatile uint32_t gic_total;
static uint32_t gic_order[64]; /* interrupts as they were taken */

static void gic_count_one(uint32_t intid)
{
	gic_count[intid]++;
	if (gic_total < 64)
		gic_order[gic_total] = intid;
	gic_total++;
}

static void gic_reset_counts(void)
{
	for (unsigned int i = 0; i < sizeof(gic_count) / sizeof(gic_count[0]); i++)
		gic_count[i] = 0;
	gic_total = 0;
}

/* Lets everything through that is deliverable now. */
static void gic_take_all(void)
{
	cpu_unmask_interrupts();
	cpu_isb();
	time_spin(20);
	cpu_mask_interrupts();
}

static void sgi_to_self(void)
{
	gic_reset_counts();
	for (uint32_t sgi = 0; sgi < 16; sgi++) {
		gic_enable(sgi, gic_count_one);
		gic_send(sgi, 0);
		gic_take_all();
		CHECK_EQUAL(gic_count[sgi], 1);
	}
	CHECK_EQUAL(gic_total, 16);
}

/* Sixteen wait at once: each comes exactly once, lowest number first among equals. */
static void sixteen_at_once(void)
{
	gic_reset_counts();
	for (uint32_t sgi = 0; sgi < 16; sgi++)
		gic_enable(sgi, gic_count_one);
	for (uint32_t sgi = 16; sgi-- > 0;)
		gic_send(sgi, 0);
	cpu_dsb();
	CHECK_EQUAL(board_read32(gic_frame(0) + GICD_ISPENDR) & 0xffff, 0xffff);
	gic_take_all();
	CHECK_EQUAL(gic_total, 16);
	for (uint32_t sgi = 0; sgi < 16; sgi++)
		CHECK_EQUAL(gic_count[sgi], 1);
	CHECK_EQUAL(board_read32(gic_frame(0) + GICD_ISPENDR) & 0xffff, 0);
}

/* The same with a priority for each, given in the opposite order. */
static void sixteen_by_priority(void)
{
	gic_reset_counts();
	for (uint32_t sgi = 0; sgi < 16; sgi++) {
		gic_enable(sgi, gic_count_one);
		gic_set_priority(sgi, (uint8_t)((15 - sgi) << 3));
		gic_send(sgi, 0);
	}
	gic_take_all();
	CHECK_EQUAL(gic_total, 16);
	for (uint32_t i = 0; i < 16; i++)
		CHECK_EQUAL(gic_order[i], 15 - i);
}

static void sgi_by_set_pending(void)
{
	gic_reset_counts();
	gic_enable(5, gic_count_one);
	gic_set_bit(GICD_ISPENDR, 5);
	CHECK(gic_bit(GICD_ISPENDR, 5));
	gic_set_bit(GICD_ICPENDR, 5);
	CHECK(!gic_bit(GICD_ISPENDR, 5));
	gic_take_all();
	CHECK_EQUAL(gic_count[5], 0);
	gic_set_bit(GICD_ISPENDR, 5);
	gic_take_all();
	CHECK_EQUAL(gic_count[5], 1);
}

static void ppi_by_set_pending(void)
{
	gic_reset_counts();
	cpu_write(cntv_ctl_el0, 0);
	gic_enable(BOARD_VTIMER_INTERRUPT, gic_count_one);
	gic_set_bit(GICD_ISPENDR, BOARD_VTIMER_INTERRUPT);
	CHECK(gic_bit(GICD_ISPENDR, BOARD_VTIMER_INTERRUPT));
	gic_take_all();
	CHECK_EQUAL(gic_count[BOARD_VTIMER_INTERRUPT], 1);
	CHECK(!gic_bit(GICD_ISPENDR, BOARD_VTIMER_INTERRUPT));
	gic_disable(BOARD_VTIMER_INTERRUPT);
}

static void spi_by_set_pending(void)
{
	gic_reset_counts();
	gic_enable(SPI, gic_count_one);
	for (uint32_t i = 1; i <= 10; i++) {
		gic_set_bit(GICD_ISPENDR, SPI);
		CHECK(gic_bit(GICD_ISPENDR, SPI));
		gic_take_all();
		CHECK_EQUAL(gic_count[SPI], i);
		CHECK(!gic_bit(GICD_ISPENDR, SPI));
		CHECK(!gic_bit(GICD_ISACTIVER, SPI));
	}
	gic_disable(SPI);
}

/* Pending while not enabled: kept, and delivered as soon as it is enabled. */
static void disabled_waits(void)
{
	gic_reset_counts();
	gic_enable(SPI, gic_count_one);
	gic_disable(SPI);
	CHECK(!gic_bit(GICD_ISENABLER, SPI));
	gic_set_bit(GICD_ISPENDR, SPI);
	gic_take_all();
	CHECK_EQUAL(gic_count[SPI], 0);
	CHECK(gic_bit(GICD_ISPENDR, SPI));
	gic_set_bit(GICD_ISENABLER, SPI);
	CHECK(gic_bit(GICD_ISENABLER, SPI));
	gic_take_all();
	CHECK_EQUAL(gic_count[SPI], 1);
	gic_disable(SPI);
}

static void group_enables(void)
{
	gic_reset_counts();
	gic_enable(7, gic_count_one);
	cpu_write(icc_igrpen1_el1, 0);
	cpu_isb();
	gic_send(7, 0);
	gic_take_all();
	CHECK_EQUAL(gic_count[7], 0);
	cpu_write(icc_igrpen1_el1, 1);
	cpu_isb();
	gic_take_all();
	CHECK_EQUAL(gic_count[7], 1);
}

/* The distributor's group enable holds SPIs back, too. */
static void distributor_off(void)
{
	uint32_t control = board_read32(BOARD_GICD + GICD_CTLR);

	gic_reset_counts();
	gic_enable(SPI, gic_count_one);
	board_write32(BOARD_GICD + GICD_CTLR, control & ~2u);
	gic_set_bit(GICD_ISPENDR, SPI);
	gic_take_all();
	CHECK_EQUAL(gic_count[SPI], 0);
	board_write32(BOARD_GICD + GICD_CTLR, control);
	gic_take_all();
	CHECK_EQUAL(gic_count[SPI], 1);
	gic_disable(SPI);
}

static void priority_mask(void)
{
	gic_reset_counts();
	gic_enable(3, gic_count_one);
	gic_set_priority(3, 0x80);
	cpu_write(icc_pmr_el1, 0x80);
	gic_send(3, 0);
	gic_take_all();
	CHECK_EQUAL(gic_count[3], 0);
	cpu_write(icc_pmr_el1, 0x88);
	gic_take_all();
	CHECK_EQUAL(gic_count[3], 1);
	cpu_write(icc_pmr_el1, 0xff);
}

/* In a handler: its bits, the running priority; a more urgent interrupt comes in between. */
static volatile uint32_t gic_nested, gic_nested_inside;

static void gic_urgent(uint32_t intid)
{
	CHECK_EQUAL(intid, 2);
	CHECK_EQUAL(cpu_read(icc_rpr_el1), 0x40);
	gic_nested_inside = gic_nested;
}

/* The handler allows other interrupts: it keeps the registers that an exception would overwrite. */
static void gic_slow(uint32_t intid)
{
	uint64_t elr = cpu_read(elr_el1), spsr = cpu_read(spsr_el1);

	CHECK(gic_bit(GICD_ISACTIVER, intid));
	CHECK_EQUAL(cpu_read(icc_rpr_el1), 0xc0);
	gic_nested = 1;
	gic_send(4, 0); /* as urgent as this one: waits */
	gic_send(2, 0);
	gic_take_all();
	CHECK_EQUAL(gic_nested_inside, 1);
	CHECK_EQUAL(gic_count[4], 0);
	gic_nested = 0;
	cpu_write(elr_el1, elr);
	cpu_write(spsr_el1, spsr);
}

static void preemption(void)
{
	gic_reset_counts();
	gic_enable(1, gic_slow);
	gic_enable(2, gic_urgent);
	gic_enable(4, gic_count_one);
	gic_set_priority(1, 0xc0);
	gic_set_priority(2, 0x40);
	gic_set_priority(4, 0xc0);
	CHECK_EQUAL(cpu_read(icc_rpr_el1), 0xff);
	gic_send(1, 0);
	gic_take_all();
	CHECK_EQUAL(cpu_read(icc_rpr_el1), 0xff);
	CHECK_EQUAL(gic_count[4], 1);
	CHECK(!gic_bit(GICD_ISACTIVER, 1));
}

/* By hand, interrupts masked: acknowledge, drop and deactivate apart (EOImode 1). */
static void drop_and_deactivate(void)
{
	gic_reset_counts();
	cpu_write(icc_ctlr_el1, 1 << 1);
	cpu_isb();
	gic_enable(SPI, gic_count_one);
	gic_set_bit(GICD_ISPENDR, SPI);
	cpu_dsb();
	time_spin(10);
	CHECK_EQUAL(cpu_read(icc_hppir1_el1), SPI);
	CHECK_EQUAL(cpu_read(icc_iar1_el1), SPI);
	CHECK_EQUAL(cpu_read(icc_rpr_el1), GIC_PRIORITY);
	cpu_write(icc_eoir1_el1, SPI);
	cpu_isb();
	CHECK_EQUAL(cpu_read(icc_rpr_el1), 0xff);
	CHECK(gic_bit(GICD_ISACTIVER, SPI));
	gic_set_bit(GICD_ISPENDR, SPI); /* active and pending: not delivered again */
	time_spin(10);
	CHECK_EQUAL(cpu_read(icc_iar1_el1), GIC_SPURIOUS);
	cpu_write(icc_dir_el1, SPI);
	cpu_isb();
	CHECK(!gic_bit(GICD_ISACTIVER, SPI));
	time_spin(10);
	CHECK_EQUAL(cpu_read(icc_iar1_el1), SPI);
	cpu_write(icc_eoir1_el1, SPI);
	cpu_write(icc_dir_el1, SPI);
	cpu_write(icc_ctlr_el1, 0);
	cpu_isb();
	gic_disable(SPI);
}

/* The active bit can be set and cleared; while it is set nothing is delivered. */
static void active_by_hand(void)
{
	gic_reset_counts();
	gic_enable(SPI, gic_count_one);
	gic_set_bit(GICD_ISACTIVER, SPI);
	CHECK(gic_bit(GICD_ISACTIVER, SPI));
	gic_set_bit(GICD_ISPENDR, SPI);
	gic_take_all();
	CHECK_EQUAL(gic_count[SPI], 0);
	gic_set_bit(GICD_ICACTIVER, SPI);
	CHECK(!gic_bit(GICD_ISACTIVER, SPI));
	gic_take_all();
	CHECK_EQUAL(gic_count[SPI], 1);
	gic_disable(SPI);
}

static void nothing_pending(void)
{
	CHECK_EQUAL(cpu_read(icc_iar1_el1), GIC_SPURIOUS);
	CHECK_EQUAL(cpu_read(icc_hppir1_el1), GIC_SPURIOUS);
	CHECK_EQUAL(cpu_read(icc_rpr_el1), 0xff);
}

/* A thousand SGIs between two CPUs, each answered before the next. */
static volatile uint32_t gic_ping, gic_pong;

static void gic_on_ping(uint32_t intid)
{
	(void)intid;
	gic_ping++;
	gic_send(9, 0);
}

static void gic_on_pong(uint32_t intid)
{
	(void)intid;
	gic_pong++;
}

static volatile uint32_t gic_ready;

static void gic_answer(void)
{
	gic_enable(8, gic_on_ping);
	gic_ready = 1;
	cpu_sev();
	cpu_sleep_until(&gic_ping, 1000);
}

static void sgi_to_other(void)
{
	gic_enable(9, gic_on_pong);
	gic_ready = 0;
	CHECK_EQUAL(cpu_start(1, gic_answer), 0);
	cpu_wait_for(&gic_ready, 1);
	for (uint32_t i = 1; i <= 1000; i++) {
		gic_send(8, 1);
		cpu_sleep_until(&gic_pong, i);
		cpu_unmask_interrupts();
	}
	cpu_mask_interrupts();
	CHECK_EQUAL(gic_ping, 1000);
	CHECK_EQUAL(gic_pong, 1000);
}

/* An SPI goes to the CPU that it is routed to, and follows. */
static volatile uint32_t gic_taken_by[2], gic_follow;

static void gic_note_cpu(uint32_t intid)
{
	(void)intid;
	gic_taken_by[cpu_number()]++;
	cpu_sev();
}

static void gic_serve(void)
{
	cpu_unmask_interrupts();
	gic_ready = 2;
	cpu_sev();
	cpu_wait_for(&gic_follow, 1);
	cpu_mask_interrupts();
}

static void spi_routing(void)
{
	gic_follow = 0;
	while (cpu_start(1, gic_serve) != 0)
		time_spin(5);
	cpu_wait_for(&gic_ready, 2);
	gic_enable(SPI, gic_note_cpu);
	cpu_unmask_interrupts();
	for (uint64_t i = 0; i < 10; i++) {
		board_write64(BOARD_GICD + GICD_IROUTER + 8 * SPI, i % 2);
		CHECK_EQUAL(board_read64(BOARD_GICD + GICD_IROUTER + 8 * SPI), i % 2);
		gic_set_bit(GICD_ISPENDR, SPI);
		/* The other core may still be in its handler: the interrupt comes after that. */
		cpu_wait_for(&gic_taken_by[i % 2], (uint32_t)(i / 2 + 1));
	}
	cpu_mask_interrupts();
	CHECK_EQUAL(gic_taken_by[0], 5);
	CHECK_EQUAL(gic_taken_by[1], 5);
	gic_follow = 1;
	cpu_sev();
	gic_disable(SPI);
}

const struct test tests[] = {
    {"nothing-pending", nothing_pending, TEST_ANYWHERE},
    {"sgi-to-self", sgi_to_self, TEST_ANYWHERE},
    {"sixteen-at-once", sixteen_at_once, TEST_ANYWHERE},
    {"sixteen-by-priority", sixteen_by_priority, TEST_ANYWHERE},
    {"sgi-by-set-pending", sgi_by_set_pending, TEST_ANYWHERE},
    {"ppi-by-set-pending", ppi_by_set_pending, TEST_ANYWHERE},
    {"spi-by-set-pending", spi_by_set_pending, TEST_ANYWHERE},
    {"disabled-waits", disabled_waits, TEST_ANYWHERE},
    {"group-enables", group_enables, TEST_ANYWHERE},
    {"distributor-off", distributor_off, TEST_ANYWHERE},
    {"priority-mask", priority_mask, TEST_ANYWHERE},
    {"preemption", preemption, TEST_ANYWHERE},
    {"drop-and-deactivate", drop_and_deactivate, TEST_ANYWHERE},
    {"active-by-hand", active_by_hand, TEST_ANYWHERE},
    {"sgi-to-other", sgi_to_other, TEST_SMP},
    {"spi-routing", spi_routing, TEST_SMP},
    {0},
};
