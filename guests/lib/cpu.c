/* SPDX-License-Identifier: MIT-0 */
/*
 * Bringing a CPU up (MMU, vectors, GIC interface), starting others, switching the machine off. The
 * entry code in start.S calls guest_start() and guest_start_secondary().
 */
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/psci.h>
#include <guest/uart.h>

extern const char guest_vectors[];
extern const char guest_secondary[];
void guest_start(void *device_tree);
void guest_start_secondary(unsigned int number);

uint64_t cpu_first_counters[2]; /* from start.S */

/* A started CPU's function: written before the start, read only by that CPU. */
static void (*cpu_functions[GUEST_CPUS_MAX])(void);

/* Identity map: 1 GiB blocks, the board's devices, all others normal memory. */
static uint64_t cpu_table[512] __attribute__((aligned(4096)));

#define CPU_BLOCK_DEVICE (1ul | 0ul << 2 | 1ul << 10 | 3ul << 53) /* AF, never executed */
#define CPU_BLOCK_NORMAL (1ul | 1ul << 2 | 3ul << 8 | 1ul << 10)  /* inner shareable, AF */
#define CPU_MAIR         (0xff00ul)                               /* 0: nGnRnE, 1: WB */
/* 39 bits of address, tables in write-back inner shareable memory, no TTBR1, 40 bits physical. */
#define CPU_TCR (25ul | 1ul << 8 | 1ul << 10 | 3ul << 12 | 1ul << 23 | 2ul << 32)

static void cpu_fill_table(void)
{
	static const uint64_t devices[] = BOARD_DEVICES;

	for (uint64_t i = 0; i < 512; i++)
		cpu_table[i] = i << 30 | CPU_BLOCK_NORMAL;
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		cpu_table[devices[i]] = devices[i] << 30 | CPU_BLOCK_DEVICE;
	cpu_dsb();
}

void cpu_map_devices(uint64_t at, uint64_t physical, uint64_t gibs)
{
	for (uint64_t i = 0; i < gibs; i++)
		cpu_table[(at >> 30) + i] = ((physical >> 30) + i) << 30 | CPU_BLOCK_DEVICE;
	__asm__ volatile("dsb ish\n\ttlbi vmalle1is\n\tdsb ish\n\tisb" ::: "memory");
}

static void cpu_mmu_on(void)
{
	cpu_write(mair_el1, CPU_MAIR);
	cpu_write(tcr_el1, CPU_TCR);
	cpu_write(ttbr0_el1, (uintptr_t)cpu_table);
	__asm__ volatile("tlbi vmalle1\n\tdsb nsh\n\tisb" ::: "memory");
	cpu_write(sctlr_el1, cpu_read(sctlr_el1) | 1 << 12 | 1 << 2 | 1);
	cpu_isb();
}

static void cpu_up(unsigned int number)
{
	cpu_write(tpidr_el1, number);
	cpu_write(vbar_el1, (uintptr_t)guest_vectors);
	cpu_mmu_on();
	gic_start_cpu();
}

void guest_start(void *device_tree)
{
	cpu_fill_table();
	uart_start();
	gic_start();
	cpu_up(0);
	guest_main(device_tree);
	guest_power_off();
}

void guest_start_secondary(unsigned int number)
{
	cpu_up(number);
	cpu_functions[number]();
	psci_call(PSCI_CPU_OFF, 0, 0, 0);
}

uint64_t cpu_first_counter(enum cpu_counter counter)
{
	return cpu_first_counters[counter];
}

unsigned int cpu_number(void)
{
	return (unsigned int)cpu_read(tpidr_el1);
}

int64_t cpu_start(unsigned int number, void (*function)(void))
{
	cpu_functions[number] = function;
	cpu_dsb();
	return psci_call(PSCI_CPU_ON, number, (uintptr_t)guest_secondary, number);
}

unsigned int cpu_count(void)
{
	unsigned int count = 1;

	while (count < GUEST_CPUS_MAX && psci_call(PSCI_AFFINITY_INFO, count, 0, 0) >= 0)
		count++;
	return count;
}

void cpu_wait_for(volatile uint32_t *flag, uint32_t value)
{
	while (*flag != value)
		cpu_wfe();
}

void cpu_sleep_until(volatile uint32_t *flag, uint32_t value)
{
	/* Masked between the look and WFI, which wakes for a masked interrupt, too: none is missed.
	 */
	for (;;) {
		cpu_mask_interrupts();
		if (*flag >= value)
			break;
		cpu_wfi();
		cpu_unmask_interrupts();
		cpu_isb();
	}
}

void guest_power_off(void)
{
	psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
	for (;;)
		cpu_wfi();
}
