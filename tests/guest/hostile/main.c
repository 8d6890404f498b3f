/*
 * The hostile guest: each of its CPUs carries out random operations (operations.c) until one of
 * them has had enough for this life and ends it by a reset, a power-off or a fault. Random values
 * follow from the seed of the command line, the number of the life and the CPU. A journal that
 * restarts keep counts the operations and holds the last ones. After the last one it works like any
 * guest, with its timer, interrupts and all CPUs, and says whether that succeeded.
 */
#include "hostile.h"
#include <guest/board.h>
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/psci.h>
#include <guest/time.h>
#include <kumiki/hypercall.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMER_TICKS  6250u /* 100 us: longer than any operation */
#define REPAIR_EVERY 32u
#define SANE_TICKS   20u
#define SANE_FIRST   3u /* SGI of the CPUs' answers: each its own, for two are one */
#define IMAGE_OFFSET 0x80000ull
#define MEMORY_SIZE  0x100000ull
#define JOURNAL_SIZE 0x2000ull
#define JOURNAL      ((struct hostile_journal *)(hostile_base + HOSTILE_JOURNAL))

_Static_assert(sizeof(struct hostile_journal) <= JOURNAL_SIZE, "what the description keeps");

struct hostile_orders hostile_orders = {1, ~0ull, 4096, 0};
uint64_t hostile_base, hostile_watchdog;
uint32_t hostile_count;

static struct hostile_cpu main_cpus[HOSTILE_CPUS];
static uint64_t main_life;
static uint64_t main_ends; /* the count at which a CPU ends this life */

extern const char __attribute__((visibility("hidden"))) _start[];

/* ---- its command line ---- */

/* The text behind `name` in a device tree; NULL if it isn't there. */
static char *main_find(const char *tree, const char *name)
{
	const char *end = tree + __builtin_bswap32(((const uint32_t *)(const void *)tree)[1]);
	size_t length = strlen(name);

	for (const char *at = tree; at + length < end; at++)
		if (memcmp(at, name, length) == 0)
			return (char *)(uintptr_t)at + length;
	return NULL;
}

static void main_read_tree(const char *tree)
{
	char *orders = main_find(tree, "hostile="), *watchdog = main_find(tree, "watchdog@");
	uint64_t *const numbers[] = {&hostile_orders.seed, &hostile_orders.goal,
	                             &hostile_orders.life, &hostile_orders.flags};

	for (unsigned int i = 0; orders != NULL && i < 4; i++) {
		*numbers[i] = strtoull(orders, &orders, 0);
		if (*orders++ != ',')
			break;
	}
	if (watchdog != NULL)
		hostile_watchdog = strtoull(watchdog, NULL, 16);
}

/* ---- the journal ---- */

static uint64_t journal_done(unsigned int cpu)
{
	return JOURNAL->cpus[cpu].done;
}

static uint64_t journal_total(void)
{
	uint64_t total = 0;

	for (unsigned int i = 0; i < HOSTILE_CPUS; i++)
		total += journal_done(i);
	return total;
}

/* Its own stores may have hit it: then it says so and counts from nothing. */
static void journal_open(void)
{
	struct hostile_journal *journal = JOURNAL;
	bool good = journal->magic == HOSTILE_MAGIC && journal->seed == hostile_orders.seed;

	for (unsigned int i = 0; i < HOSTILE_CPUS; i++)
		good = good && journal->cpus[i].check == ~journal->cpus[i].done;
	if (good)
		return;
	if (main_life > 1)
		printf("hostile: the journal is lost\n");
	memset(journal, 0, sizeof(*journal));
	for (unsigned int i = 0; i < HOSTILE_CPUS; i++)
		journal->cpus[i].check = ~0ull;
	journal->seed = hostile_orders.seed;
	journal->magic = HOSTILE_MAGIC;
}

static void journal_write(const struct hostile_cpu *cpu, uint32_t kind)
{
	const struct hostile_try *try = cpu->try;
	uint64_t done = journal_done(cpu->number);
	struct hostile_record *record = &JOURNAL->cpus[cpu->number].records[done % HOSTILE_RECORDS];

	record->number = done;
	record->life = main_life;
	record->kind = kind;
	record->words = cpu->words;
	for (unsigned int i = 0; i < 4; i++)
		record->code[i] = cpu->code[i];
	for (unsigned int i = 0; i < 6; i++)
		record->x[i] = try->x[i];
	record->pstate = try->pstate;
	record->entry = try->entry;
	record->sctlr = try->sctlr;
}

static void journal_count(const struct hostile_cpu *cpu)
{
	uint64_t done = journal_done(cpu->number) + 1;

	JOURNAL->cpus[cpu->number].done = done;
	JOURNAL->cpus[cpu->number].check = ~done;
}

/* ---- one operation after the other ---- */

/* The next instruction fetch sees the written data. The emulator has no caches. */
static void main_publish_code(const struct hostile_cpu *cpu)
{
	__asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb" ::"r"(cpu->code)
	                 : "memory");
}

#define TIMERS (1u << BOARD_VTIMER_INTERRUPT | 1u << BOARD_PTIMER_INTERRUPT)

/* Restores the way of the timers' interrupts. */
static void main_repair(uint32_t number)
{
	uintptr_t frame = BOARD_GICR + number * GICR_STRIDE + GICR_SGI;

	board_write32(frame + GICD_IGROUPR, TIMERS);
	board_write32(frame + GICD_ICACTIVER, TIMERS);
	board_write32(frame + GICD_ISENABLER, TIMERS);
	board_write32(frame + GICD_IPRIORITYR + 24, 0);
	board_write32(frame + GICD_IPRIORITYR + 28, 0);
	board_write32(BOARD_GICD + GICD_CTLR, 0x12);
	cpu_write(S3_0_C12_C9_0, 0); /* active priorities of group 1, of group 0 */
	cpu_write(S3_0_C12_C8_4, 0);
}

/* The timers end operations that don't end by themselves. */
static void main_arm(void)
{
	cpu_write(S3_0_C4_C6_0, 0xf0); /* priority mask */
	cpu_write(S3_0_C12_C12_7, 1);  /* group 1 */
	cpu_write(S3_0_C12_C12_4, 0);  /* its ends deactivate */
	cpu_write(cntv_tval_el0, TIMER_TICKS);
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	cpu_write(cntp_tval_el0, 2 * TIMER_TICKS);
	cpu_write(cntp_ctl_el0, TIMER_ENABLE);
	cpu_isb();
}

static void main_take_interrupt(void)
{
	uint64_t intid = cpu_read(S3_0_C12_C12_0);

	cpu_write(cntv_ctl_el0, 0);
	cpu_write(cntp_ctl_el0, 0);
	cpu_isb();
	if (intid < 1020)
		cpu_write(S3_0_C12_C12_1, intid);
}

static void main_step(struct hostile_cpu *cpu)
{
	uint32_t kind = hostile_think(cpu);

	main_publish_code(cpu);
	journal_write(cpu, kind);
	if (hostile_waits(kind) || journal_done(cpu->number) % REPAIR_EVERY == 0)
		main_repair(cpu->number);
	main_arm();
	hostile_run(cpu->try);
	if (cpu->try->syndrome == HOSTILE_INTERRUPTED)
		main_take_interrupt();
	journal_count(cpu);
}

static uint64_t main_seed(uint64_t cpu)
{
	return hostile_orders.seed * 0x9e3779b97f4a7c15ull + main_life * 0xd1b54a32d192ed03ull +
	       cpu;
}

/* A CPU's first time in this life, or it was off, or suspended, and goes on. */
__attribute__((noreturn)) void hostile_secondary(uint64_t number)
{
	struct hostile_cpu *cpu = &main_cpus[number];

	hostile_mmu_off();
	if (cpu->try == NULL) {
		cpu->try = &hostile_tries[number];
		cpu->code = hostile_code[number];
		cpu->number = (uint32_t)number;
		cpu->random = main_seed(number);
		for (unsigned int i = 0; i < 1024; i++)
			cpu->code[i] = 0xd4200ee0; /* brk: where jumps in it end */
	}
	while (journal_done(cpu->number) < main_ends)
		main_step(cpu);
	hostile_die(cpu);
}

/* ---- a guest like any other ---- */

static volatile uint32_t sane_ticks, sane_sgis, sane_cpus;

static void sane_tick(uint32_t intid)
{
	(void)intid;
	sane_ticks++;
	cpu_write(cntv_tval_el0, time_frequency() / 1000);
	gic_send(2, 0);
}

static void sane_sgi(uint32_t intid)
{
	(void)intid;
	sane_sgis++;
}

static void sane_cpu(void)
{
	__atomic_fetch_add(&sane_cpus, 1, __ATOMIC_SEQ_CST);
	gic_send(SANE_FIRST + cpu_number(), 0);
}

/* No interrupt of its former life is pending, active or enabled. This life has enabled some. */
static unsigned int sane_left_behind(void)
{
	unsigned int bad = 0;

	for (uint32_t i = 4; i < 0x24; i += 4) {
		bad += board_read32(BOARD_GICD + GICD_ISENABLER + i) != 0;
		bad += board_read32(BOARD_GICD + GICD_ISPENDR + i) != 0;
		bad += board_read32(BOARD_GICD + GICD_ISACTIVER + i) != 0;
	}
	bad += board_read32(gic_frame(0) + GICD_ISPENDR) != 0;
	bad += board_read32(gic_frame(0) + GICD_ISACTIVER) != 0;
	bad += (cpu_read(cntv_ctl_el0) & TIMER_ENABLE) != 0;
	bad += (cpu_read(cntp_ctl_el0) & TIMER_ENABLE) != 0;
	for (uint64_t at = hostile_base + HOSTILE_JOURNAL + JOURNAL_SIZE;
	     at < hostile_base + 0xf0000; at += 8)
		bad += *(volatile uint64_t *)at != 0;
	return bad;
}

static void sane_main(void)
{
	uint32_t away = 0;

	gic_enable(BOARD_VTIMER_INTERRUPT, sane_tick);
	gic_enable(2, sane_sgi);
	for (unsigned int i = 1; i < hostile_count; i++)
		gic_enable(SANE_FIRST + i, sane_sgi);
	cpu_write(cntv_tval_el0, time_frequency() / 1000);
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	for (unsigned int i = 1; i < hostile_count; i++)
		if (cpu_start(i, sane_cpu) == PSCI_DENIED)
			away++; /* somebody else has its core */
	cpu_sleep_until(&sane_ticks, SANE_TICKS);
	cpu_write(cntv_ctl_el0, 0);
	cpu_unmask_interrupts();
	cpu_sleep_until(&sane_sgis, sane_ticks + hostile_count - 1 - away);
	printf("hostile: sane again after %lu lives: %lu operations, %u of %u CPUs answer\n",
	       (unsigned long)main_life, (unsigned long)journal_total(),
	       (unsigned int)sane_cpus + 1, (unsigned int)(hostile_count - away));
	if (hostile_orders.flags & HOSTILE_ALONE)
		guest_power_off();
	for (;;)
		cpu_wfi();
}

/* ---- a life ---- */

static void main_begin(void)
{
	struct hostile_cpu first = {.random = main_seed(~0ull)};

	main_ends = 0;
	for (unsigned int i = 0; i < hostile_count; i++)
		if (journal_done(i) > main_ends)
			main_ends = journal_done(i);
	main_ends += 1 + hostile_below(&first, 2 * hostile_orders.life);
	hostile_mmu_off();
	for (unsigned int i = 1; i < hostile_count; i++)
		psci_call(PSCI_CPU_ON, i, (uintptr_t)hostile_enter, 0);
	hostile_secondary(0);
}

void guest_main(void *device_tree)
{
	struct psci_result self = psci_call4(KUMIKI_CALL_SELF, 0, 0, 0);
	unsigned int left;

	hostile_base = (uintptr_t)_start - IMAGE_OFFSET;
	hostile_count = (uint32_t)self.x[2];
	main_life = self.x[3];
	main_read_tree(device_tree);
	left = main_life > 1 ? sane_left_behind() : 0;
	if (left != 0)
		printf("hostile: %u things left behind\n", left);
	journal_open();
	if (journal_total() >= hostile_orders.goal)
		sane_main();
	printf("hostile: life %lu, seed 0x%lx, %lu operations so far\n", (unsigned long)main_life,
	       (unsigned long)hostile_orders.seed, (unsigned long)journal_total());
	main_begin();
}
