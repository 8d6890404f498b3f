/* SPDX-License-Identifier: MIT-0 */
/*
 * Brings a CPU up (MMU, vectors, GIC interface), starts other CPUs, and switches the machine off.
 * The entry code in start.S calls guest_start() and guest_start_secondary().
 */
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/psci.h>
#include <guest/uart.h>
#include <kumiki/hypercall.h>

extern const char _start[];
extern char guest_stacks[], crash_stacks[];
extern const char guest_vectors[];
extern const char guest_secondary[];
void guest_start(void *device_tree);
void guest_start_secondary(unsigned int number);

uint64_t cpu_first_counters[2]; /* start.S writes them */

/* The function of each started CPU. It is written before the start; only that CPU reads it. */
static void (*cpu_functions[GUEST_CPUS_MAX])(void);

/* The identity map, in blocks of 1 GiB: the board's devices, and normal memory everywhere else. */
static uint64_t cpu_table[512] __attribute__((aligned(4096)));

#define CPU_BLOCK_DEVICE (1ul | 0ul << 2 | 1ul << 10 | 3ul << 53) /* AF, never executed */
#define CPU_BLOCK_NORMAL (1ul | 1ul << 2 | 3ul << 8 | 1ul << 10)  /* inner shareable, AF */
#define CPU_MAIR         (0xff00ul)                               /* 0: nGnRnE, 1: WB */
/* 39 bits of virtual and 40 bits of physical address, tables in write-back inner shareable memory,
 * no TTBR1. */
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

/* ---- pages that nobody may touch ---- */

#define CPU_PAGE  4096ul
#define CPU_TABLE 2ul /* this bit of a descriptor means: a table; at the last level: a page */
/* Two tables for address 0, and four for either kind of stacks: these may lie on both sides of a
 * border. */
#define CPU_TABLES 10u

_Static_assert(GUEST_STACK_SIZE % CPU_PAGE == 0, "a stack is whole pages");
_Static_assert((GUEST_STACK_SIZE + CPU_PAGE) * GUEST_CPUS_MAX <= 0x200000, "CPU_TABLES suffices");

static uint64_t cpu_tables[CPU_TABLES][512] __attribute__((aligned(4096)));

/* The table behind a descriptor. If the descriptor maps a block of 2^shift bytes, it gets a table
 * that maps the same. */
static uint64_t *cpu_split(uint64_t *descriptor, unsigned int shift)
{
	static unsigned int used;
	uint64_t *table;

	if ((*descriptor & CPU_TABLE) != 0)
		return (uint64_t *)(*descriptor & ~(CPU_PAGE - 1));
	table = cpu_tables[used++];
	for (uint64_t i = 0; i < 512; i++)
		table[i] = (*descriptor + (i << (shift - 9))) | (shift == 21 ? CPU_TABLE : 0);
	*descriptor = (uintptr_t)table | CPU_TABLE | 1;
	return table;
}

/* Takes a page out of the map. Called before the MMU is on. */
static void cpu_unmap(uint64_t address)
{
	uint64_t *blocks = cpu_split(&cpu_table[address >> 30], 30);

	cpu_split(&blocks[address >> 21 & 511], 21)[address >> 12 & 511] = 0;
}

bool cpu_is_guard(uint64_t address)
{
	uint64_t offset = address - (uintptr_t)guest_stacks;

	return offset < (GUEST_STACK_SIZE + CPU_PAGE) * GUEST_CPUS_MAX &&
	       offset % (GUEST_STACK_SIZE + CPU_PAGE) < CPU_PAGE;
}

/* Takes pages out of the map, so that a stack overflow faults, and a null pointer, unless the
 * program begins at 0. */
static void cpu_guard(void)
{
	if ((uintptr_t)_start != 0)
		cpu_unmap(0);
	for (uint64_t i = 0; i < GUEST_CPUS_MAX; i++) {
		cpu_unmap((uintptr_t)guest_stacks + i * (GUEST_STACK_SIZE + CPU_PAGE));
		cpu_unmap((uintptr_t)crash_stacks + i * 2 * CPU_PAGE);
	}
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

static void cpu_take_exceptions(unsigned int number)
{
	cpu_write(tpidr_el1, number);
	cpu_write(vbar_el1, (uintptr_t)guest_vectors);
	cpu_isb();
}

static void cpu_up(void)
{
	cpu_mmu_on();
	gic_start_cpu();
}

void guest_start(void *device_tree)
{
	cpu_take_exceptions(0);
	cpu_fill_table();
	cpu_guard();
	uart_start();
	gic_start();
	cpu_up();
	guest_main(device_tree);
	guest_power_off();
}

void guest_start_secondary(unsigned int number)
{
	cpu_take_exceptions(number);
	cpu_up();
	cpu_functions[number]();
	psci_call(PSCI_CPU_OFF, 0, 0, 0);
}

uint64_t cpu_first_counter(enum cpu_counter counter)
{
	return cpu_first_counters[counter];
}

unsigned int cpu_number(void)
{
	uint64_t number = cpu_read(tpidr_el1);

	return number < GUEST_CPUS_MAX ? (unsigned int)number : 0;
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
	/* Interrupts are masked between the look at the flag and WFI. A masked interrupt ends WFI,
	 * too, so none is missed. */
	for (;;) {
		cpu_mask_interrupts();
		if (*flag >= value)
			break;
		cpu_wfi();
		cpu_unmask_interrupts();
		cpu_isb();
	}
}

bool guest_under_kumiki(void)
{
	struct psci_result id = psci_call4(KUMIKI_CALL_UID, 0, 0, 0);

	return (uint32_t)id.x[0] == KUMIKI_UID_0 && (uint32_t)id.x[1] == KUMIKI_UID_1 &&
	       (uint32_t)id.x[2] == KUMIKI_UID_2 && (uint32_t)id.x[3] == KUMIKI_UID_3;
}

void guest_power_off(void)
{
	psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
	for (;;)
		cpu_wfi();
}
