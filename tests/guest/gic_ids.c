/*
 * The GIC's identification, registers that read as zero, and the writable bits of registers.
 *
 * Shows: guests.gic.
 */
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/test.h>

static void distributor(void)
{
	uint32_t type = board_read32(BOARD_GICD + GICD_TYPER);

	CHECK_EQUAL(board_read32(BOARD_GICD + GICD_PIDR2) >> 4 & 0xf, 3); /* GICv3 */
	CHECK((type & 0x1f) >= 1);                                        /* some SPIs */
	CHECK((type >> 19 & 0x1f) >= 9);                                  /* 10 bits of INTID */
	CHECK_EQUAL(type >> 10 & 1, 0);                                   /* one security state */
	CHECK_EQUAL(board_read32(BOARD_GICD + GICD_CTLR) & 0x50, 0x50);   /* ARE, one state */
	CHECK_EQUAL(board_read32(BOARD_GICD + GICD_CTLR) & 2, 2);
}

/* One redistributor for each CPU, the last one says so. */
static void redistributors(void)
{
	unsigned int count = cpu_count();

	for (unsigned int cpu = 0; cpu < count; cpu++) {
		uint64_t type = board_read64(gic_redistributor(cpu) + GICR_TYPER);

		CHECK_EQUAL(type >> 32, cpu); /* affinity */
		CHECK_EQUAL(type >> 8 & 0xffff, cpu);
		CHECK_EQUAL(type >> 4 & 1, cpu == count - 1);
		CHECK_EQUAL(board_read32(gic_redistributor(cpu) + GICD_PIDR2) >> 4 & 0xf, 3);
	}
}

/* No ITS, no LPIs: nobody should start to program them. */
static void no_lpis(void)
{
	CHECK_EQUAL(board_read32(BOARD_GICD + GICD_TYPER) >> 17 & 1, 0);
	CHECK_EQUAL(board_read64(gic_redistributor(0) + GICR_TYPER) & 1, 0);
}

/* With affinity routing the registers of the old ways read as zero, and so do the gaps. */
static void read_as_zero(void)
{
	CHECK_EQUAL(board_read32(BOARD_GICD + GICD_ITARGETSR + 32), 0);
	CHECK_EQUAL(board_read32(BOARD_GICD + GICD_ISENABLER), 0); /* SGIs and PPIs: not here */
	CHECK_EQUAL(board_read32(BOARD_GICD + GICD_IPRIORITYR), 0);
	CHECK_EQUAL(board_read32(BOARD_GICD + 0x0ff0), 0);
	board_write32(BOARD_GICD + 0x0ff0, ~0u);
	CHECK_EQUAL(board_read32(BOARD_GICD + 0x0ff0), 0);
}

static void priorities(void)
{
	uint8_t before = gic_priority(BOARD_SPARE_INTERRUPT);

	gic_set_priority(BOARD_SPARE_INTERRUPT, 0xff);
	CHECK_EQUAL(gic_priority(BOARD_SPARE_INTERRUPT) & 0xf8, 0xf8); /* at least five bits */
	gic_set_priority(BOARD_SPARE_INTERRUPT, 0x38);
	CHECK_EQUAL(gic_priority(BOARD_SPARE_INTERRUPT), 0x38);
	gic_set_priority(BOARD_SPARE_INTERRUPT, before);
	gic_set_priority(3, 0x50);
	CHECK_EQUAL(gic_priority(3), 0x50);
	CHECK_EQUAL(board_read32(gic_frame(3) + GICD_IPRIORITYR) >> 24, 0x50);
}

/* SGIs are always edge-triggered; an SPI of this machine can be either. */
static void configuration(void)
{
	uintptr_t spi = BOARD_GICD + GICD_ICFGR + BOARD_SPARE_INTERRUPT / 16 * 4;
	uint32_t edge = 2u << BOARD_SPARE_INTERRUPT % 16 * 2, before = board_read32(spi);

	CHECK_EQUAL(board_read32(gic_frame(0) + GICD_ICFGR), 0xaaaaaaaa);
	board_write32(spi, before | edge);
	CHECK_EQUAL(board_read32(spi) & edge, edge);
	board_write32(spi, before & ~edge);
	CHECK_EQUAL(board_read32(spi) & edge, 0);
	board_write32(spi, before);
}

static void enable_bits(void)
{
	gic_set_bit(GICD_ISENABLER, BOARD_SPARE_INTERRUPT);
	CHECK(gic_bit(GICD_ISENABLER, BOARD_SPARE_INTERRUPT));
	CHECK(gic_bit(GICD_ICENABLER, BOARD_SPARE_INTERRUPT)); /* both read the same */
	gic_set_bit(GICD_ICENABLER, BOARD_SPARE_INTERRUPT);
	CHECK(!gic_bit(GICD_ISENABLER, BOARD_SPARE_INTERRUPT));
	board_write32(BOARD_GICD + GICD_ISENABLER + BOARD_SPARE_INTERRUPT / 32 * 4, 0);
	board_write32(BOARD_GICD + GICD_ICENABLER + BOARD_SPARE_INTERRUPT / 32 * 4, 0);
	CHECK(!gic_bit(GICD_ISENABLER, BOARD_SPARE_INTERRUPT));
}

static void cpu_interface(void)
{
	uint64_t control = cpu_read(icc_ctlr_el1);

	CHECK((control >> 8 & 7) >= 4); /* priority bits - 1 */
	CHECK_EQUAL(cpu_read(icc_sre_el1) & 1, 1);
	cpu_write(icc_sre_el1, 0); /* there is no other way: it stays */
	cpu_isb();
	CHECK_EQUAL(cpu_read(icc_sre_el1) & 1, 1);
	cpu_write(icc_pmr_el1, 0xb7);
	CHECK_EQUAL(cpu_read(icc_pmr_el1) & 0xf0, 0xb0);
	cpu_write(icc_pmr_el1, 0xff);
	cpu_write(icc_bpr1_el1, 7);
	CHECK_EQUAL(cpu_read(icc_bpr1_el1), 7);
	cpu_write(icc_bpr1_el1, 0);
	CHECK(cpu_read(icc_bpr1_el1) <= 3);
	CHECK_EQUAL(cpu_read(icc_igrpen1_el1), 1);
}

const struct test tests[] = {
    {"distributor", distributor, TEST_ANYWHERE},
    {"redistributors", redistributors, TEST_ANYWHERE},
    {"no-lpis", no_lpis, TEST_KUMIKI},
    {"read-as-zero", read_as_zero, TEST_ANYWHERE},
    {"priorities", priorities, TEST_ANYWHERE},
    {"configuration", configuration, TEST_ANYWHERE},
    {"enable-bits", enable_bits, TEST_ANYWHERE},
    {"cpu-interface", cpu_interface, TEST_ANYWHERE},
    {0},
};
