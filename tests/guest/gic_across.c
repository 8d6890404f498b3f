/*
 * Interrupts of one CPU as another CPU sees and changes them: pending and active bits of interrupts
 * that the CPU hasn't taken or ended yet, routes that change meanwhile, a CPU that is off. The
 * second CPU carries out orders one after the other, with interrupts masked.
 *
 * Shows: guests.gic.
 */
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/psci.h>
#include <guest/test.h>
#include <guest/time.h>

/* The SPIs of the tests: one that every guest has, and one of a device, if that is the guest's. */
#define ACROSS_DEVICE_SPI 79 /* of the last virtio-mmio slot */
static const uint32_t across_spis[] = {BOARD_SPARE_INTERRUPT, ACROSS_DEVICE_SPI};

static void (*volatile across_work)(void);
static volatile uint32_t across_asked, across_done, across_state;
static volatile uint32_t across_intid, across_result;
static volatile uint32_t across_count;

static void across_serve(void)
{
	across_state = 1;
	cpu_sev();
	for (uint32_t served = 0;; served++) {
		while (across_asked == served)
			cpu_wfe();
		if (across_work == NULL)
			break;
		across_work();
		across_done = served + 1;
		cpu_sev();
	}
}

static void across_tell(void (*work)(void))
{
	across_work = work;
	cpu_dsb();
	across_asked++;
	cpu_sev();
	if (work != NULL)
		cpu_wait_for(&across_done, across_asked);
}

static void across_start(void)
{
	across_asked = across_done = across_state = 0;
	while (cpu_start(1, across_serve) != 0)
		time_spin(5);
	cpu_wait_for(&across_state, 1);
}

/* ---- the other CPU ---- */

static void across_acknowledge(void)
{
	across_result = (uint32_t)cpu_read(icc_iar1_el1);
	cpu_isb();
}

static void across_end(void)
{
	cpu_write(icc_eoir1_el1, across_intid);
	cpu_isb();
}

/* Waits for it to become the highest pending one, as it takes its time to arrive. */
static void across_arrival(void)
{
	while (cpu_read(icc_hppir1_el1) != across_intid)
		time_spin(1);
}

static void across_take(void)
{
	across_arrival();
	across_acknowledge();
}

static void across_count_one(uint32_t intid)
{
	(void)intid;
	across_count++;
}

static void across_enable_own(void)
{
	gic_enable(across_intid, across_count_one);
}

static void across_let_through(void)
{
	cpu_unmask_interrupts();
	cpu_isb();
	time_spin(20);
	cpu_mask_interrupts();
}

/* ---- SPIs ---- */

static bool across_has(uint32_t intid)
{
	bool has;

	gic_set_bit(GICD_ISENABLER, intid);
	has = gic_bit(GICD_ISENABLER, intid);
	gic_disable(intid);
	return has;
}

static void across_route(uint32_t intid, uint64_t cpu)
{
	board_write64(BOARD_GICD + GICD_IROUTER + 8ul * intid, cpu);
}

static void across_set_edge(uint32_t intid, bool edge)
{
	uintptr_t at = BOARD_GICD + GICD_ICFGR + intid / 16 * 4;
	uint32_t bit = 2u << intid % 16 * 2;

	board_write32(at, edge ? board_read32(at) | bit : board_read32(at) & ~bit);
}

/* Each test with each SPI, level- and edge-triggered. */
static void across_each(void (*check)(uint32_t intid))
{
	across_start();
	for (uint32_t i = 0; i < 4; i++) {
		uint32_t intid = across_spis[i / 2];

		if (!across_has(intid))
			continue;
		across_set_edge(intid, i % 2 != 0);
		across_intid = intid;
		across_count = 0;
		gic_enable(intid, across_count_one);
		across_route(intid, 1);
		check(intid);
		gic_disable(intid);
		across_route(intid, 0);
		CHECK(!gic_bit(GICD_ISPENDR, intid));
		CHECK(!gic_bit(GICD_ISACTIVER, intid));
		across_set_edge(intid, false);
	}
	across_tell(NULL);
}

static void across_check_bits(uint32_t intid)
{
	gic_set_bit(GICD_ISPENDR, intid);
	across_tell(across_arrival);
	CHECK(gic_bit(GICD_ISPENDR, intid));
	CHECK(!gic_bit(GICD_ISACTIVER, intid));
	gic_set_bit(GICD_ISPENDR, intid); /* changes nothing */
	across_tell(across_acknowledge);
	CHECK_EQUAL(across_result, intid);
	CHECK(!gic_bit(GICD_ISPENDR, intid));
	CHECK(gic_bit(GICD_ISACTIVER, intid));
	across_tell(across_end);
	CHECK(!gic_bit(GICD_ISPENDR, intid));
	CHECK(!gic_bit(GICD_ISACTIVER, intid));
	across_tell(across_acknowledge);
	CHECK_EQUAL(across_result, GIC_SPURIOUS);
}

static void spi_bits(void)
{
	across_each(across_check_bits);
}

static void across_check_clear_pending(uint32_t intid)
{
	gic_set_bit(GICD_ISPENDR, intid);
	across_tell(across_arrival);
	gic_set_bit(GICD_ICPENDR, intid);
	CHECK(!gic_bit(GICD_ISPENDR, intid));
	across_tell(across_acknowledge);
	CHECK_EQUAL(across_result, GIC_SPURIOUS);
}

static void spi_clear_pending(void)
{
	across_each(across_check_clear_pending);
}

/* The active bit is cleared from here; the other CPU only drops its priority (EOImode 1). */
static void across_apart(void)
{
	cpu_write(icc_ctlr_el1, 1 << 1);
	cpu_isb();
}

static void across_together(void)
{
	cpu_write(icc_ctlr_el1, 0);
	cpu_isb();
}

static void across_check_clear_active(uint32_t intid)
{
	across_tell(across_apart);
	gic_set_bit(GICD_ISPENDR, intid);
	across_tell(across_take);
	across_tell(across_end);
	CHECK(gic_bit(GICD_ISACTIVER, intid));
	gic_set_bit(GICD_ICACTIVER, intid);
	CHECK(!gic_bit(GICD_ISACTIVER, intid));
	gic_set_bit(GICD_ISPENDR, intid);
	across_tell(across_take);
	CHECK_EQUAL(across_result, intid);
	across_tell(across_end);
	gic_set_bit(GICD_ICACTIVER, intid);
	across_tell(across_together);
}

static void spi_clear_active(void)
{
	across_each(across_check_clear_active);
}

/* Made active from here while pending there: nobody takes it until that is cleared. */
static void across_check_set_active(uint32_t intid)
{
	gic_set_bit(GICD_ISPENDR, intid);
	across_tell(across_arrival);
	gic_set_bit(GICD_ISACTIVER, intid);
	across_tell(across_acknowledge);
	CHECK_EQUAL(across_result, GIC_SPURIOUS);
	CHECK(gic_bit(GICD_ISPENDR, intid));
	CHECK(gic_bit(GICD_ISACTIVER, intid));
	gic_set_bit(GICD_ICACTIVER, intid);
	across_tell(across_take);
	CHECK_EQUAL(across_result, intid);
	gic_set_bit(GICD_ISACTIVER, intid); /* is already */
	across_tell(across_end);
}

static void spi_set_active(void)
{
	across_each(across_check_set_active);
}

static void across_check_disable(uint32_t intid)
{
	gic_set_bit(GICD_ISPENDR, intid);
	across_tell(across_arrival);
	gic_disable(intid);
	across_tell(across_acknowledge);
	CHECK_EQUAL(across_result, GIC_SPURIOUS);
	CHECK(gic_bit(GICD_ISPENDR, intid));
	gic_set_bit(GICD_ISENABLER, intid);
	across_tell(across_take);
	across_tell(across_end);
}

static void spi_disable(void)
{
	across_each(across_check_disable);
}

/* Pending there, routed to here: taken here and nowhere else. */
static void across_check_route_away(uint32_t intid)
{
	gic_set_bit(GICD_ISPENDR, intid);
	across_tell(across_arrival);
	across_route(intid, 0);
	across_tell(across_acknowledge);
	CHECK_EQUAL(across_result, GIC_SPURIOUS);
	across_let_through();
	CHECK_EQUAL(across_count, 1);
}

static void spi_route_away(void)
{
	across_each(across_check_route_away);
}

/* Active there, routed to here: ended there, the next one comes here. */
static void across_check_route_active(uint32_t intid)
{
	gic_set_bit(GICD_ISPENDR, intid);
	across_tell(across_take);
	across_route(intid, 0);
	CHECK(gic_bit(GICD_ISACTIVER, intid));
	gic_set_bit(GICD_ISPENDR, intid);
	across_let_through();
	CHECK_EQUAL(across_count, 0);
	across_tell(across_end);
	across_let_through();
	CHECK_EQUAL(across_count, 1);
}

static void spi_route_active(void)
{
	across_each(across_check_route_active);
}

/* ---- another CPU's private interrupts ---- */

static uint32_t across_private(uint32_t offset)
{
	return board_read32(gic_redistributor(1) + GICR_SGI + offset) & 0xffff;
}

static void across_write_private(uint32_t offset, uint32_t value)
{
	board_write32(gic_redistributor(1) + GICR_SGI + offset, value);
}

static void private_bits(void)
{
	across_start();
	across_intid = 6;
	across_tell(across_enable_own);
	CHECK_EQUAL(across_private(GICD_ISENABLER) >> 6 & 1, 1);
	gic_send(6, 1);
	across_tell(across_arrival);
	CHECK_EQUAL(across_private(GICD_ISPENDR), 1u << 6);
	CHECK_EQUAL(across_private(GICD_ISACTIVER), 0);
	across_tell(across_acknowledge);
	CHECK_EQUAL(across_private(GICD_ISPENDR), 0);
	CHECK_EQUAL(across_private(GICD_ISACTIVER), 1u << 6);
	across_tell(across_end);
	CHECK_EQUAL(across_private(GICD_ISACTIVER), 0);
	across_write_private(GICD_ISPENDR, 1u << 6);
	across_tell(across_arrival);
	across_write_private(GICD_ICPENDR, 1u << 6);
	across_tell(across_acknowledge);
	CHECK_EQUAL(across_result, GIC_SPURIOUS);
	across_tell(NULL);
}

/* Neighbouring words by one instruction: both need the other CPU. The address may be in the first
 * register, which mustn't change before the second has been answered. */
static void pair_of_words(void)
{
	uintptr_t at = gic_redistributor(1) + GICR_SGI + 0x400;
	uint64_t low, high;

	across_start();
	across_write_private(0x400, 0x40302010);
	across_write_private(0x404, 0x80706050);
	__asm__ volatile("ldp %w0, %w1, [%2]" : "=&r"(low), "=&r"(high) : "r"(at) : "memory");
	CHECK_EQUAL(low, 0x40302010);
	CHECK_EQUAL(high, 0x80706050);
	__asm__ volatile("ldp %w0, %w1, [%0]" : "+r"(at), "=&r"(high)::"memory");
	CHECK_EQUAL(at, 0x40302010);
	CHECK_EQUAL(high, 0x80706050);
	across_tell(NULL);
}

/* ---- a CPU that is off ---- */

static void across_off(void)
{
	across_state = 2;
	cpu_sev();
}

static void across_wait_off(void)
{
	while (psci_call(PSCI_AFFINITY_INFO, 1, 0, 0) != PSCI_OFF)
		time_spin(5);
}

/* An interrupt that is routed to it stays pending, and goes along with a new route. */
static void spi_of_cpu_that_is_off(void)
{
	for (uint32_t i = 0; i < 2; i++) {
		uint32_t intid = across_spis[i];

		across_state = 0;
		while (cpu_start(1, across_off) != 0)
			time_spin(5);
		cpu_wait_for(&across_state, 2);
		if (!across_has(intid))
			continue;
		across_wait_off();
		across_count = 0;
		gic_enable(intid, across_count_one);
		across_route(intid, 1);
		gic_set_bit(GICD_ISPENDR, intid);
		time_spin(10);
		CHECK(gic_bit(GICD_ISPENDR, intid));
		CHECK(!gic_bit(GICD_ISACTIVER, intid));
		across_route(intid, 0);
		across_let_through();
		CHECK_EQUAL(across_count, 1);
		gic_disable(intid);
	}
}

/* The other CPU takes and ends it, then goes off; it is as at first again. */
static void across_taken_there(uint32_t intid)
{
	across_tell(across_take);
	CHECK_EQUAL(across_result, intid);
	across_tell(across_end);
	across_tell(NULL);
	gic_disable(intid);
	across_route(intid, 0);
}

/* And comes when it is on again. */
static void spi_of_cpu_that_comes_back(void)
{
	for (uint32_t i = 0; i < 2; i++) {
		uint32_t intid = across_spis[i];

		if (!across_has(intid))
			continue;
		across_intid = intid;
		gic_enable(intid, across_count_one);
		across_route(intid, 1);
		gic_set_bit(GICD_ISPENDR, intid);
		time_spin(50);
		across_start();
		across_taken_there(intid);
	}
}

/* Pending at a CPU as it goes off: it stays pending, and comes when it is on again. */
static void spi_outlives_cpu(void)
{
	for (uint32_t i = 0; i < 2; i++) {
		uint32_t intid = across_spis[i];

		if (!across_has(intid))
			continue;
		across_start();
		across_intid = intid;
		gic_enable(intid, across_count_one);
		across_route(intid, 1);
		gic_set_bit(GICD_ISPENDR, intid);
		across_tell(across_arrival);
		across_tell(NULL);
		across_start(); /* waits until it is off */
		CHECK(gic_bit(GICD_ISPENDR, intid));
		across_taken_there(intid);
	}
}

const struct test tests[] = {
    {"spi-bits", spi_bits, TEST_SMP},
    {"spi-clear-pending", spi_clear_pending, TEST_SMP},
    {"spi-clear-active", spi_clear_active, TEST_SMP},
    {"spi-set-active", spi_set_active, TEST_SMP},
    {"spi-disable", spi_disable, TEST_SMP},
    {"spi-route-away", spi_route_away, TEST_SMP},
    {"spi-route-active", spi_route_active, TEST_SMP},
    {"private-bits", private_bits, TEST_SMP},
    {"pair-of-words", pair_of_words, TEST_SMP},
    {"spi-of-cpu-that-is-off", spi_of_cpu_that_is_off, TEST_SMP},
    {"spi-of-cpu-that-comes-back", spi_of_cpu_that_comes_back, TEST_SMP},
    {"spi-outlives-cpu", spi_outlives_cpu, TEST_SMP},
    {0},
};
