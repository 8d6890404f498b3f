/*
 * The performance monitor: cycle counter, event counters, filters, overflow with its interrupt.
 *
 * Shows: guests.pmu.
 */
#include <guest/board.h>
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/psci.h>
#include <guest/test.h>
#include <guest/time.h>
#include <kumiki/hypercall.h>

#define PMU_CYCLES       (1ul << 31)
#define PMU_SW_INCREMENT 0x00
#define PMU_CPU_CYCLES   0x11

static volatile uint32_t pmu_overflows;

static void pmu_on_overflow(uint32_t intid)
{
	CHECK_EQUAL(intid, BOARD_PMU_INTERRUPT);
	CHECK_EQUAL(cpu_read(pmovsclr_el0), PMU_CYCLES);
	cpu_write(pmovsclr_el0, PMU_CYCLES);
	cpu_isb();
	pmu_overflows++;
}

static void shown(void)
{
	CHECK(time_has_pmu());
	CHECK((cpu_read(pmcr_el0) >> 11 & 0x1f) >= 4); /* event counters */
}

static void cycles_count(void)
{
	uint64_t begin, end;

	time_cycles_start();
	begin = time_cycles();
	time_spin(10);
	end = time_cycles();
	CHECK(end > begin);
	CHECK(end - begin > 500);
	cpu_write(pmcntenclr_el0, PMU_CYCLES);
	cpu_isb();
	begin = time_cycles();
	time_spin(10);
	CHECK_EQUAL(time_cycles(), begin);
}

/* With threads the host's clock counts, which may go on for a second between two lines. */
static void cycles_reset_and_write(void)
{
	time_cycles_start();
	cpu_write(pmccntr_el0, 0x123456789000ul);
	cpu_isb();
	CHECK_EQUAL(time_cycles() >> 36, 0x123456789000ul >> 36);
	cpu_write(pmcr_el0, cpu_read(pmcr_el0) | 1 << 2); /* C: back to 0 */
	cpu_isb();
	CHECK(time_cycles() < 1ul << 36);
}

/* Told not to count at EL1, it stands still here. */
static void cycles_filtered(void)
{
	uint64_t begin;

	time_cycles_start();
	cpu_write(pmccfiltr_el0, 1ul << 31);
	cpu_isb();
	begin = time_cycles();
	time_spin(10);
	CHECK_EQUAL(time_cycles(), begin);
	cpu_write(pmccfiltr_el0, 0);
	cpu_isb();
	time_spin(10);
	CHECK(time_cycles() > begin);
}

static void overflow_interrupt(void)
{
	time_cycles_start();
	pmu_overflows = 0;
	cpu_write(pmovsclr_el0, ~0u);
	cpu_write(pmintenset_el1, PMU_CYCLES);
	gic_enable(BOARD_PMU_INTERRUPT, pmu_on_overflow);
	for (uint32_t i = 1; i <= 3; i++) {
		cpu_write(pmccntr_el0, ~0ul - 2000);
		cpu_isb();
		cpu_unmask_interrupts();
		CHECK(time_wait_until(pmu_overflows >= i));
		cpu_mask_interrupts();
		CHECK_EQUAL(pmu_overflows, i);
	}
	cpu_write(pmintenclr_el1, PMU_CYCLES);
	gic_disable(BOARD_PMU_INTERRUPT);
}

static void software_increment(void)
{
	cpu_write(pmcr_el0, cpu_read(pmcr_el0) | 1 << 1 | 1); /* P: event counters to 0 */
	cpu_write(pmevtyper0_el0, PMU_SW_INCREMENT);
	cpu_write(pmcntenset_el0, 1);
	cpu_isb();
	for (unsigned int i = 0; i < 7; i++)
		cpu_write(pmswinc_el0, 1);
	cpu_isb();
	CHECK_EQUAL(cpu_read(pmevcntr0_el0), 7);
	cpu_write(pmcntenclr_el0, 1);
}

struct reading {
	uint64_t before, events, after;
};

static struct reading read_both(void)
{
	struct reading now;

	now.before = time_cycles();
	cpu_isb();
	now.events = cpu_read(pmevcntr1_el0);
	cpu_isb();
	now.after = time_cycles();
	return now;
}

/* An event counter on cycles agrees with the cycle counter, however long a reading takes. */
static void event_cycles(void)
{
	struct reading from, to;
	uint64_t events;

	time_cycles_start();
	cpu_write(pmevtyper1_el0, PMU_CPU_CYCLES | 1ul << 27); /* EL2's, too: as the other one */
	cpu_write(pmevcntr1_el0, 0);
	cpu_write(pmcntenset_el0, 2);
	cpu_isb();
	from = read_both();
	time_spin(1000);
	to = read_both();
	events = to.events - from.events;
	CHECK(events >= to.before - from.after && events <= to.after - from.before);
	cpu_write(pmcntenclr_el0, 2);
}

/* From PMUv3 for v8.1 on. */
#define PMU_V8_1    4
#define PMU_RETIRED 0x08 /* the event: instructions */
#define HVC_MOST    16   /* instructions beside the frame's own, with what reads the counter */

static void frame_uncounted(void)
{
	const uint64_t version = cpu_read(id_aa64dfr0_el1) >> 8 & 0xf;
	uint64_t begin, events;

	if (version < PMU_V8_1 || version == 15 || (cpu_read(pmceid0_el0) >> PMU_RETIRED & 1) == 0)
		return;
	cpu_write(pmcr_el0, cpu_read(pmcr_el0) | 1);
	cpu_write(pmevtyper1_el0, PMU_RETIRED | 1ul << 27); /* EL2's, too */
	cpu_write(pmcntenset_el0, 2);
	cpu_isb();
	begin = cpu_read(pmevcntr1_el0);
	(void)psci_call4(KUMIKI_CALL_NOP, 0, 0, 0);
	cpu_isb();
	events = cpu_read(pmevcntr1_el0) - begin;
	cpu_write(pmcntenclr_el0, 2);
	CHECK(events <= HVC_MOST);
}

const struct test tests[] = {
    {"shown", shown, TEST_ANYWHERE},
    {"cycles-count", cycles_count, TEST_ANYWHERE},
    {"cycles-reset-and-write", cycles_reset_and_write, TEST_ANYWHERE},
    {"cycles-filtered", cycles_filtered, TEST_ANYWHERE},
    {"overflow-interrupt", overflow_interrupt, TEST_ANYWHERE},
    {"software-increment", software_increment, TEST_ANYWHERE},
    {"event-cycles", event_cycles, TEST_ANYWHERE},
    {"frame-uncounted", frame_uncounted, TEST_KUMIKI},
    {0},
};
