/*
 * Active interrupts of a GICv3 from a guest's side: set and cleared by hand, nested deeper than
 * there are list registers, deactivated long after their priority was dropped; and the state of an
 * untaken interrupt that the guest can take back. With one CPU; see gic_across.c.
 *
 * Shows: guests.gic.
 */
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/test.h>
#include <guest/time.h>

#define LEVELS 8 /* twice as many as QEMU has list registers */
#define SPI    BOARD_SPARE_INTERRUPT

static volatile uint32_t active_count[256];

static void active_count_one(uint32_t intid)
{
	active_count[intid]++;
}

static void active_take_all(void)
{
	cpu_unmask_interrupts();
	cpu_isb();
	time_spin(20);
	cpu_mask_interrupts();
}

/* ---- by hand ---- */

/* While the active bit is set, a pending interrupt isn't delivered. Then it is, once. */
static void active_check_by_hand(uint32_t intid)
{
	active_count[intid] = 0;
	gic_enable(intid, active_count_one);
	gic_set_bit(GICD_ISACTIVER, intid);
	CHECK(gic_bit(GICD_ISACTIVER, intid));
	CHECK(!gic_bit(GICD_ISPENDR, intid));
	gic_set_bit(GICD_ISPENDR, intid);
	CHECK(gic_bit(GICD_ISPENDR, intid));
	active_take_all();
	CHECK_EQUAL(active_count[intid], 0);
	gic_set_bit(GICD_ICACTIVER, intid);
	CHECK(!gic_bit(GICD_ISACTIVER, intid));
	active_take_all();
	CHECK_EQUAL(active_count[intid], 1);
	CHECK(!gic_bit(GICD_ISPENDR, intid));
	gic_disable(intid);
}

static void by_hand_sgi(void)
{
	active_check_by_hand(3);
}

static void by_hand_ppi(void)
{
	cpu_write(cntv_ctl_el0, 0);
	active_check_by_hand(BOARD_VTIMER_INTERRUPT);
}

static void by_hand_spi(void)
{
	active_check_by_hand(SPI);
}

/* Made active while it was pending: both, until it is cleared. */
static void by_hand_while_pending(void)
{
	const uint32_t intids[] = {3, SPI};

	for (uint32_t i = 0; i < 2; i++) {
		active_count[intids[i]] = 0;
		gic_enable(intids[i], active_count_one);
		gic_set_bit(GICD_ISPENDR, intids[i]);
		cpu_dsb();
		gic_set_bit(GICD_ISACTIVER, intids[i]);
		CHECK(gic_bit(GICD_ISPENDR, intids[i]));
		CHECK(gic_bit(GICD_ISACTIVER, intids[i]));
		active_take_all();
		CHECK_EQUAL(active_count[intids[i]], 0);
		gic_set_bit(GICD_ICACTIVER, intids[i]);
		active_take_all();
		CHECK_EQUAL(active_count[intids[i]], 1);
		gic_disable(intids[i]);
	}
}

/* ---- pending interrupts that aren't taken yet can be taken back ---- */

static void disabled_before_taken(void)
{
	gic_enable(SPI, active_count_one);
	gic_set_bit(GICD_ISPENDR, SPI);
	time_spin(10);
	CHECK_EQUAL(cpu_read(icc_hppir1_el1), SPI);
	gic_disable(SPI);
	CHECK_EQUAL(cpu_read(icc_iar1_el1), GIC_SPURIOUS);
	CHECK(gic_bit(GICD_ISPENDR, SPI));
	CHECK(!gic_bit(GICD_ISACTIVER, SPI));
	active_count[SPI] = 0;
	gic_enable(SPI, active_count_one);
	active_take_all();
	CHECK_EQUAL(active_count[SPI], 1);
	gic_disable(SPI);
}

static void group_off_before_taken(void)
{
	uint32_t control = board_read32(BOARD_GICD + GICD_CTLR);

	active_count[5] = active_count[SPI] = 0;
	gic_enable(5, active_count_one);
	gic_enable(SPI, active_count_one);
	gic_set_bit(GICD_ISPENDR, SPI);
	gic_set_bit(GICD_ISPENDR, 5);
	time_spin(10);
	board_write32(BOARD_GICD + GICD_CTLR, control & ~2u);
	active_take_all();
	CHECK_EQUAL(active_count[5] + active_count[SPI], 0);
	CHECK(gic_bit(GICD_ISPENDR, 5));
	CHECK(gic_bit(GICD_ISPENDR, SPI));
	board_write32(BOARD_GICD + GICD_CTLR, control);
	active_take_all();
	CHECK_EQUAL(active_count[5], 1);
	CHECK_EQUAL(active_count[SPI], 1);
	gic_disable(SPI);
}

/* Set pending twice before it is taken is pending once. */
static void pending_is_one_bit(void)
{
	active_count[SPI] = 0;
	gic_enable(SPI, active_count_one);
	for (uint32_t i = 0; i < 3; i++) {
		gic_set_bit(GICD_ISPENDR, SPI);
		time_spin(5);
	}
	active_take_all();
	CHECK_EQUAL(active_count[SPI], 1);
	gic_disable(SPI);
}

static void cleared_before_taken(void)
{
	for (uint32_t sgi = 0; sgi < 16; sgi++) {
		active_count[sgi] = 0;
		gic_enable(sgi, active_count_one);
		gic_set_bit(GICD_ISPENDR, sgi);
	}
	board_write32(gic_frame(0) + GICD_ICPENDR, 0xffff & ~(1u << 9));
	CHECK_EQUAL(board_read32(gic_frame(0) + GICD_ISPENDR) & 0xffff, 1u << 9);
	active_take_all();
	for (uint32_t sgi = 0; sgi < 16; sgi++)
		CHECK_EQUAL(active_count[sgi], sgi == 9);
}

/* ---- deeper than there are list registers ---- */

static volatile uint32_t active_depth, active_deepest;

static uint8_t active_priority(uint32_t level)
{
	return (uint8_t)(0xf0 - 0x18 * level) & 0xf8;
}

/* Each handler is interrupted by the next, more urgent one; all are active inside. */
static void active_nest(uint32_t level)
{
	uint64_t elr = cpu_read(elr_el1), spsr = cpu_read(spsr_el1);
	uint32_t all = (2u << level) - 1;

	CHECK_EQUAL(level, active_depth);
	active_depth++;
	CHECK_EQUAL(cpu_read(icc_rpr_el1), active_priority(level));
	if (level + 1 < LEVELS) {
		gic_send(level + 1, 0);
		active_take_all();
	} else {
		active_deepest++;
	}
	CHECK_EQUAL(board_read32(gic_frame(0) + GICD_ISACTIVER) & 0xffff, all);
	CHECK_EQUAL(cpu_read(icc_rpr_el1), active_priority(level));
	active_depth--;
	cpu_write(elr_el1, elr);
	cpu_write(spsr_el1, spsr);
}

static void nested_eight_deep(void)
{
	active_depth = active_deepest = 0;
	for (uint32_t level = 0; level < LEVELS; level++) {
		gic_enable(level, active_nest);
		gic_set_priority(level, active_priority(level));
	}
	for (uint32_t i = 1; i <= 3; i++) {
		gic_send(0, 0);
		active_take_all();
		CHECK_EQUAL(active_deepest, i);
		CHECK_EQUAL(active_depth, 0);
		CHECK_EQUAL(board_read32(gic_frame(0) + GICD_ISACTIVER), 0);
		CHECK_EQUAL(cpu_read(icc_rpr_el1), 0xff);
	}
}

/*
 * By hand: each end takes effect at once, and pending interrupts of lower priority come in between.
 */
static void nested_by_hand(void)
{
	uint32_t active = 0;

	gic_enable(15, active_count_one);
	gic_set_priority(15, 0xf0);
	for (uint32_t level = 0; level < LEVELS; level++) {
		gic_enable(level, active_count_one);
		gic_set_priority(level, active_priority(level));
		gic_send(level, 0);
		time_spin(5);
		CHECK_EQUAL(cpu_read(icc_iar1_el1), level);
		active |= 1u << level;
		CHECK_EQUAL(board_read32(gic_frame(0) + GICD_ISACTIVER), active);
	}
	gic_send(15, 0);
	CHECK_EQUAL(cpu_read(icc_iar1_el1), GIC_SPURIOUS);
	for (uint32_t level = LEVELS; level-- > 0;) {
		cpu_write(icc_eoir1_el1, level);
		cpu_isb();
		active &= ~(1u << level);
		CHECK_EQUAL(board_read32(gic_frame(0) + GICD_ISACTIVER), active);
	}
	CHECK_EQUAL(cpu_read(icc_rpr_el1), 0xff);
	time_spin(5);
	CHECK_EQUAL(cpu_read(icc_iar1_el1), 15);
	cpu_write(icc_eoir1_el1, 15);
	cpu_isb();
	CHECK_EQUAL(board_read32(gic_frame(0) + GICD_ISACTIVER), 0);
}

/* ---- dropped and deactivated apart, much later, in another order ---- */

static uint32_t active_late(uint32_t i)
{
	return i < LEVELS - 1 ? i : SPI;
}

static void active_take_late(uint32_t intid)
{
	gic_enable(intid, active_count_one);
	gic_set_bit(GICD_ISPENDR, intid);
	time_spin(10);
	CHECK_EQUAL(cpu_read(icc_iar1_el1), intid);
	cpu_write(icc_eoir1_el1, intid);
	cpu_isb();
	CHECK_EQUAL(cpu_read(icc_rpr_el1), 0xff);
	CHECK(gic_bit(GICD_ISACTIVER, intid));
}

static void active_end_late(uint32_t intid)
{
	gic_set_bit(GICD_ISPENDR, intid);
	time_spin(10);
	CHECK_EQUAL(cpu_read(icc_iar1_el1), GIC_SPURIOUS); /* active still */
	cpu_write(icc_dir_el1, intid);
	cpu_isb();
	CHECK(!gic_bit(GICD_ISACTIVER, intid));
	time_spin(10);
	CHECK_EQUAL(cpu_read(icc_iar1_el1), intid);
	cpu_write(icc_eoir1_el1, intid);
	cpu_write(icc_dir_el1, intid);
	cpu_isb();
	CHECK(!gic_bit(GICD_ISACTIVER, intid));
}

static void late_deactivation(void)
{
	cpu_write(icc_ctlr_el1, 1 << 1);
	cpu_isb();
	for (uint32_t i = 0; i < LEVELS; i++)
		active_take_late(active_late(i));
	for (uint32_t i = 0; i < LEVELS; i++)
		CHECK(gic_bit(GICD_ISACTIVER, active_late(i)));
	for (uint32_t i = 0; i < LEVELS; i++)
		active_end_late(active_late(i * 3 % LEVELS));
	cpu_write(icc_ctlr_el1, 0);
	cpu_isb();
	gic_disable(SPI);
	CHECK_EQUAL(board_read32(gic_frame(0) + GICD_ISACTIVER), 0);
}

/* An end by the active bit instead of by the CPU interface. */
static void ended_by_hand(void)
{
	cpu_write(icc_ctlr_el1, 1 << 1);
	cpu_isb();
	for (uint32_t i = 0; i < LEVELS; i++)
		active_take_late(active_late(i));
	for (uint32_t i = 0; i < LEVELS; i++) {
		gic_set_bit(GICD_ICACTIVER, active_late(i));
		CHECK(!gic_bit(GICD_ISACTIVER, active_late(i)));
	}
	cpu_write(icc_ctlr_el1, 0);
	cpu_isb();
	for (uint32_t i = 0; i < LEVELS; i++) {
		active_count[active_late(i)] = 0;
		gic_set_bit(GICD_ISPENDR, active_late(i));
		active_take_all();
		CHECK_EQUAL(active_count[active_late(i)], 1);
	}
	gic_disable(SPI);
}

const struct test tests[] = {
    {"by-hand-sgi", by_hand_sgi, TEST_ANYWHERE},
    {"by-hand-ppi", by_hand_ppi, TEST_ANYWHERE},
    {"by-hand-spi", by_hand_spi, TEST_ANYWHERE},
    {"by-hand-while-pending", by_hand_while_pending, TEST_ANYWHERE},
    {"disabled-before-taken", disabled_before_taken, TEST_ANYWHERE},
    {"group-off-before-taken", group_off_before_taken, TEST_ANYWHERE},
    {"pending-is-one-bit", pending_is_one_bit, TEST_ANYWHERE},
    {"cleared-before-taken", cleared_before_taken, TEST_ANYWHERE},
    {"nested-eight-deep", nested_eight_deep, TEST_ANYWHERE},
    {"nested-by-hand", nested_by_hand, TEST_ANYWHERE},
    {"late-deactivation", late_deactivation, TEST_ANYWHERE},
    {"ended-by-hand", ended_by_hand, TEST_ANYWHERE},
    {0},
};
