/*
 * Lives again and again (lives=N of its command line), and checks that each life begins like the
 * first: memory and images as new, registers, interrupts, timers, counters and devices as after a
 * reset. Each life makes a mess of all that and ends in another way. The last one says how it went.
 *
 * It can't remember the number of the life: Kumiki says it.
 */
#include <board/tests.h>
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/psci.h>
#include <guest/time.h>
#include <kumiki/hypercall.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RAM_SIZE     0x100000UL
#define IMAGE_OFFSET 0x80000UL
#define UART_IMSC    0x38
#define SGI          3
#define TREE_SIZE(t) __builtin_bswap32(((const uint32_t *)(t))[1])

extern char _start[], __image_size[];

static const volatile uint32_t pristine_constant[4] = {1, 2, 3, 4};
static volatile uint32_t pristine_variable = 0x600d;
static volatile uint32_t pristine_zero;

static const uint32_t pristine_intids[] = {SGI, BOARD_VTIMER_INTERRUPT, BOARD_PTIMER_INTERRUPT,
                                           BOARD_EMULATED_INTERRUPTS, BOARD_OWN_INTERRUPT};
#define INTIDS (sizeof(pristine_intids) / sizeof(pristine_intids[0]))
#define SPOILT (sizeof(board_spoilt) / sizeof(board_spoilt[0]))

static unsigned int pristine_bad;

static void expect(uint64_t value, uint64_t want, const char *what)
{
	if (value == want)
		return;
	pristine_bad++;
	printf("pristine: FAILED: %s is 0x%lx, not 0x%lx\n", what, (unsigned long)value,
	       (unsigned long)want);
}

/* ---- what each life must find ---- */

static uintptr_t ram(void)
{
	return (uintptr_t)_start - IMAGE_OFFSET;
}

static uintptr_t image_end(void)
{
	return (uintptr_t)_start + (uintptr_t)__image_size;
}

static bool is_laid_out(uintptr_t at, const void *tree)
{
	return (at >= (uintptr_t)_start && at < image_end()) ||
	       (at >= (uintptr_t)tree && at < (uintptr_t)tree + TREE_SIZE(tree));
}

static void memory_is_wiped(const void *tree)
{
	for (uintptr_t at = ram(); at < ram() + RAM_SIZE; at += 8) {
		if (is_laid_out(at, tree) || *(volatile uint64_t *)at == 0)
			continue;
		printf("pristine: at 0x%lx:\n", (unsigned long)at);
		expect(*(volatile uint64_t *)at, 0, "memory");
		return;
	}
}

static void image_is_new(void)
{
	for (uint32_t i = 0; i < 4; i++)
		expect(pristine_constant[i], i + 1, "a constant");
	expect(pristine_variable, 0x600d, "a variable");
	expect(pristine_zero, 0, "a variable without a value");
}

static void registers_are_reset(void)
{
	expect(cpu_read(tpidr_el0), 0, "TPIDR_EL0");
	expect(cpu_read(tpidrro_el0), 0, "TPIDRRO_EL0");
	expect(cpu_read(contextidr_el1), 0, "CONTEXTIDR_EL1");
	expect(cpu_read(afsr0_el1), 0, "AFSR0_EL1");
	expect(cpu_read(far_el1), 0, "FAR_EL1");
	expect(cpu_read(esr_el1), 0, "ESR_EL1");
	expect(cpu_read(cntkctl_el1), 0, "CNTKCTL_EL1");
	expect(cpu_read(mdscr_el1), 0, "MDSCR_EL1");
	expect(cpu_read(dbgbvr1_el1), 0, "DBGBVR1_EL1");
	expect(cpu_read(dbgbcr1_el1), 0, "DBGBCR1_EL1");
	expect(cpu_read(dbgwvr1_el1), 0, "DBGWVR1_EL1");
	expect(cpu_read(dbgwcr1_el1), 0, "DBGWCR1_EL1");
	expect(cpu_read(oslsr_el1) & 2, 2, "OSLSR_EL1.OSLK");
	expect(cpu_read(fpcr), 0, "FPCR");
	expect(cpu_read(cntv_ctl_el0), 0, "CNTV_CTL_EL0");
	expect(cpu_read(cntp_ctl_el0), 0, "CNTP_CTL_EL0");
	expect(cpu_read(pmcntenset_el0), 0, "PMCNTENSET_EL0");
	expect(cpu_read(pmintenset_el1), 0, "PMINTENSET_EL1");
	expect(cpu_read(pmovsset_el0), 0, "PMOVSSET_EL0");
	expect(cpu_read(pmuserenr_el0), 0, "PMUSERENR_EL0");
	expect(cpu_read(pmcr_el0) & 1, 0, "PMCR_EL0.E");
	expect(cpu_read(pmccntr_el0), 0, "PMCCNTR_EL0");
	expect(cpu_read(isr_el1), 0, "ISR_EL1");
	expect(cpu_read(icc_hppir1_el1), GIC_SPURIOUS, "ICC_HPPIR1_EL1");
	expect(cpu_read(icc_rpr_el1), 0xff, "ICC_RPR_EL1");
}

static void interrupts_are_silent(void)
{
	for (size_t i = 0; i < INTIDS; i++) {
		uint32_t intid = pristine_intids[i];

		expect(intid >= 16 && gic_bit(GICD_ISENABLER, intid), 0, "an enable bit");
		expect(gic_bit(GICD_ISPENDR, intid), 0, "a pending bit");
		expect(gic_bit(GICD_ISACTIVER, intid), 0, "an active bit");
		expect(gic_bit(GICD_IGROUPR, intid), 0, "a group");
		expect(gic_priority(intid), 0, "a priority");
		if (intid >= 32)
			expect(board_read64(BOARD_GICD + GICD_IROUTER + 8ul * intid), 0, "a route");
	}
}

static void devices_are_silent(void)
{
	for (size_t i = 0; i < SPOILT; i++)
		expect(board_read32(board_spoilt[i].address), 0, "a device's register");
	expect(board_read32(BOARD_UART + UART_IMSC), 0, "UARTIMSC");
	expect((uint64_t)psci_call(PSCI_AFFINITY_INFO, 1, 0, 0), PSCI_OFF, "the second CPU");
}

/* ---- the mess ---- */

static void spoil_memory(const void *tree)
{
	for (uintptr_t at = ram(); at < ram() + RAM_SIZE; at += 8)
		if (!is_laid_out(at, tree))
			*(volatile uint64_t *)at = ~at;
	memset((void *)(uintptr_t)tree, 0xee, TREE_SIZE(tree));
	for (uint32_t i = 0; i < 4; i++)
		((volatile uint32_t *)(uintptr_t)pristine_constant)[i] = 0;
	pristine_variable = pristine_zero = 0xbad;
}

static void spoil_registers(void)
{
	cpu_write(tpidr_el0, 1);
	cpu_write(tpidrro_el0, 2);
	cpu_write(contextidr_el1, 3);
	cpu_write(afsr0_el1, 4);
	cpu_write(cntkctl_el1, 3);
	cpu_write(mdscr_el1, 1 << 15);
	cpu_write(dbgbvr1_el1, 0x1000);
	cpu_write(dbgbcr1_el1, 0x1e7);
	cpu_write(dbgwvr1_el1, 0x2000);
	cpu_write(dbgwcr1_el1, 0x1ff7);
	cpu_write(oslar_el1, 0);
	cpu_write(fpcr, 3 << 22);
	cpu_write(pmuserenr_el0, 1);
	cpu_write(pmintenset_el1, 1u << 31);
	cpu_write(pmccntr_el0, ~0ULL);
	cpu_write(pmcntenset_el0, 1u << 31);
	cpu_write(pmcr_el0, 1 | 1 << 6);
	cpu_write(cntv_cval_el0, 0);
	cpu_write(cntp_cval_el0, 0);
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	cpu_write(cntp_ctl_el0, TIMER_ENABLE);
	cpu_isb();
}

/* Pending, and acknowledged and never ended, with masked timers on their way. */
static void spoil_interrupts(void)
{
	for (size_t i = 0; i < SPOILT; i++)
		board_write32(board_spoilt[i].address, board_spoilt[i].value);
	board_write32(BOARD_UART + UART_IMSC, 0x7ff);
	gic_enable(BOARD_OWN_INTERRUPT, NULL);
	gic_set_priority(BOARD_OWN_INTERRUPT, 0x20);
	gic_set_bit(GICD_ISPENDR, BOARD_OWN_INTERRUPT);
	cpu_dsb();
	(void)cpu_read(icc_iar1_el1);
	for (size_t i = 0; i < INTIDS; i++)
		if (pristine_intids[i] != BOARD_OWN_INTERRUPT)
			gic_enable(pristine_intids[i], NULL);
	gic_set_bit(GICD_ISPENDR, BOARD_UART_INTERRUPT);
	gic_set_bit(GICD_ISPENDR, BOARD_OWN_INTERRUPT);
	gic_send(SGI, 0);
}

/* ---- ends ---- */

static volatile uint32_t pristine_second;

static void second_spins(void)
{
	spoil_registers();
	pristine_second = 1;
	cpu_sev();
	for (;;)
		cpu_wfe();
}

static void second_resets(void)
{
	spoil_registers();
	psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
}

/* No vector can be fetched: nobody can give it the exception that it gets. */
static void crash(void)
{
	cpu_write(vbar_el1, ram() + (1ul << 28)); /* no memory, and no device */
	cpu_isb();
	__asm__ volatile("udf #0");
}

static void wait_for_the_end(void)
{
	for (;;)
		cpu_wfe();
}

static void end_life(uint64_t life)
{
	if (life % 4 == 1) {
		cpu_start(1, second_resets);
		wait_for_the_end();
	}
	if (life % 4 == 2) {
		cpu_start(1, second_spins);
		cpu_wait_for(&pristine_second, 1);
	}
	if (life % 4 == 3)
		crash();
	psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
	printf("pristine: FAILED: it came back from its end\n");
}

/* ---- a life ---- */

static uint64_t lives_wanted(const char *tree)
{
	const char *end = tree + TREE_SIZE(tree);

	for (const char *at = tree; at < end - 6; at++)
		if (memcmp(at, "lives=", 6) == 0)
			return strtoull(at + 6, NULL, 0);
	return 1;
}

void guest_main(void *tree)
{
	uint64_t life = psci_call4(KUMIKI_CALL_SELF, 0, 0, 0).x[3];
	uint64_t wanted = lives_wanted(tree);

	registers_are_reset();
	interrupts_are_silent();
	devices_are_silent();
	image_is_new();
	if (life > 1)
		memory_is_wiped(tree);
	if (pristine_bad != 0) {
		printf("pristine: life %lu FAILED\n", (unsigned long)life);
		return;
	}
	if (life % 50 == 0 || wanted < 50)
		printf("pristine: life %lu\n", (unsigned long)life);
	if (life >= wanted) {
		printf("pristine: %lu lives, all pristine\n", (unsigned long)life);
		return;
	}
	spoil_registers();
	spoil_interrupts();
	spoil_memory(tree);
	end_life(life);
}
