/*
 * A CPU's GIC interface after CPU_ON is as after a reset, although the CPU's last life left
 * something in it: an interrupt that was acknowledged and never ended, masks, priority groups.
 *
 * Shows: guests.gic.
 */
#include <guest/board.h>
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/psci.h>
#include <guest/test.h>
#include <guest/time.h>

#define SGI 5

enum {
	SRE,
	PMR,
	CTLR,
	BPR0,
	BPR1,
	IGRPEN0,
	IGRPEN1,
	RPR,
	AP0R0,
	AP1R0,
	HPPIR0,
	HPPIR1,
	DONE,
	COUNT
};

static uint64_t reset_seen[2][COUNT];

/*
 * A life of a few instructions, with the MMU off: x0 says where the registers go. Nothing of the
 * library has run before it looks.
 */
void reset_entry(void);
__asm__(".text\n"
        ".globl reset_entry\n"
        "reset_entry:\n\t"
        "mrs x1, icc_sre_el1\n\t"
        "orr x2, x1, #1\n\t"
        "msr icc_sre_el1, x2\n\t"
        "isb\n\t"
        "str x1, [x0], #8\n\t"
        ".irp name, icc_pmr_el1, icc_ctlr_el1, icc_bpr0_el1, icc_bpr1_el1, icc_igrpen0_el1, "
        "icc_igrpen1_el1, icc_rpr_el1, icc_ap0r0_el1, icc_ap1r0_el1, icc_hppir0_el1, "
        "icc_hppir1_el1\n\t"
        "mrs x1, \\name\n\t"
        "str x1, [x0], #8\n\t"
        ".endr\n\t"
        "mov x1, #1\n\t"
        "str x1, [x0]\n\t"
        "dsb sy\n\t"
        "mov w0, #0x0002\n\t"
        "movk w0, #0x8400, lsl #16\n\t" /* CPU_OFF */
        "hvc #0\n"
        "1:\tb 1b\n");

static void reset_wait_off(void)
{
	while (psci_call(PSCI_AFFINITY_INFO, 1, 0, 0) != PSCI_OFF)
		time_spin(5);
}

/* It was written with the caches off. */
static bool reset_is_done(uint64_t *seen)
{
	for (unsigned int i = 0; i < COUNT; i++)
		__asm__ volatile("dc civac, %0\n\tdsb sy" ::"r"(&seen[i]) : "memory");
	return *(volatile uint64_t *)&seen[DONE] == 1;
}

static void reset_look(uint64_t *seen)
{
	if (!CHECK_EQUAL(psci_call(PSCI_CPU_ON, 1, (uintptr_t)reset_entry, (uintptr_t)seen),
	                 PSCI_SUCCESS))
		return;
	while (!reset_is_done(seen))
		time_spin(5);
	reset_wait_off();
}

static volatile uint32_t reset_dirtied;
static volatile uint64_t reset_taken, reset_pending;

/* Acknowledged and never ended, one more pending, and every register another value. */
static void reset_dirty(void)
{
	gic_enable(SGI, NULL);
	gic_enable(SGI + 1, NULL);
	gic_set_priority(SGI, 0x80);
	gic_set_priority(SGI + 1, 0xa0);
	gic_send(SGI, 1);
	time_spin(50);
	reset_taken = cpu_read(icc_iar1_el1);
	gic_send(SGI + 1, 1);
	time_spin(50);
	reset_pending = gic_bit(GICD_ISPENDR, SGI + 1);
	cpu_write(icc_pmr_el1, 0x50);
	cpu_write(icc_ctlr_el1, 3); /* EOImode, CBPR */
	cpu_write(icc_bpr0_el1, 5);
	cpu_write(icc_igrpen0_el1, 1);
	cpu_write(icc_igrpen1_el1, 1);
	cpu_write(icc_sre_el1, 7);
	cpu_write(icc_ap0r0_el1, 1 << 4);
	cpu_isb();
	reset_dirtied = 1;
	cpu_sev();
}

static void interface_after_off_and_on(void)
{
	reset_look(reset_seen[0]);
	CHECK_EQUAL(cpu_start(1, reset_dirty), PSCI_SUCCESS);
	cpu_wait_for(&reset_dirtied, 1);
	reset_wait_off();
	CHECK_EQUAL(reset_taken, SGI);
	CHECK_EQUAL(reset_pending, 1);
	reset_look(reset_seen[1]);
	for (unsigned int life = 0; life < 2; life++) {
		const uint64_t *seen = reset_seen[life];

		CHECK_EQUAL(seen[SRE] & 1, 1);
		CHECK_EQUAL(seen[PMR], 0);
		CHECK_EQUAL(seen[CTLR] & 3, 0);
		CHECK_EQUAL(seen[IGRPEN0] | seen[IGRPEN1], 0);
		CHECK_EQUAL(seen[RPR], 0xff);
		CHECK_EQUAL(seen[AP0R0] | seen[AP1R0], 0);
		CHECK_EQUAL(seen[HPPIR0], 1023);
		CHECK_EQUAL(seen[HPPIR1], 1023);
		for (unsigned int i = 0; i < COUNT; i++)
			CHECK_EQUAL(seen[i], reset_seen[0][i]);
	}
}

const struct test tests[] = {
    {"interface-after-off-and-on", interface_after_off_and_on, TEST_SMP},
    {0},
};
