/* SPDX-License-Identifier: MIT-0 */
/*
 * Worker: a small real-time system that can use a core that its neighbour doesn't need. Its first
 * CPU follows the cores' records. Each CPU that comes with a core counts ticks at 1 kHz until it
 * has to go. Then a line says how many ticks there were, and how late the worst one was. On the
 * console, "g" gives its cores to the first other partition that may hold them, "k" keeps requested
 * cores, and "l" lets them go again. With "b" its first CPU works without end, with "i" it idles
 * again.
 */
#include <guest/board.h>
#include <guest/cores.h>
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/psci.h>
#include <guest/time.h>
#include <guest/uart.h>
#include <kumiki/hold.h>
#include <kumiki/hypercall.h>
#include <stdio.h>

#define WORKER_HZ         1000u
#define WORKER_PATIENCE_S 30u
#define WORKER_OTHERS     8u /* the most partitions */

static bool worker_keeps, worker_busy;

/* One for each CPU; while the CPU works, only that CPU writes it. */
static struct {
	uint64_t deadline, worst; /* counter ticks */
	uint32_t ticks;
} worker[CORES_MAX];

static void worker_late(unsigned int cpu)
{
	const uint64_t now = time_counter();

	if (now > worker[cpu].deadline && now - worker[cpu].deadline > worker[cpu].worst)
		worker[cpu].worst = now - worker[cpu].deadline;
}

/* No tick is left out: after a late tick the next ones follow at once. */
static void worker_tick(uint32_t intid)
{
	const unsigned int cpu = cpu_number();

	(void)intid;
	worker_late(cpu);
	worker[cpu].ticks++;
	worker[cpu].deadline += time_frequency() / WORKER_HZ;
	cpu_write(cntv_cval_el0, worker[cpu].deadline);
}

/* The work of a CPU that came. Interrupts are masked between the look and WFI; a masked interrupt
 * ends WFI, too. */
static void worker_work(void)
{
	const unsigned int cpu = cpu_number();

	worker[cpu].ticks = 0;
	worker[cpu].worst = 0;
	worker[cpu].deadline = time_counter() + time_frequency() / WORKER_HZ;
	cpu_write(cntv_cval_el0, worker[cpu].deadline);
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	gic_enable(BOARD_VTIMER_INTERRUPT, worker_tick);
	cpu_mask_interrupts();
	while (!cores_must_go()) {
		cpu_wfi();
		cpu_unmask_interrupts();
		cpu_isb();
		cpu_mask_interrupts();
	}
	cpu_write(cntv_ctl_el0, 0);
	worker_late(cpu); /* a tick that is due and didn't come */
	cpu_dsb();
}

static void worker_came(uint32_t cpu)
{
	printf("worker: core %u is here: CPU %u works\n", (unsigned int)cores_core(cpu),
	       (unsigned int)cpu);
}

static void worker_went(uint32_t cpu)
{
	printf("worker: core %u is gone: %u ticks, worst %lu us late\n",
	       (unsigned int)cores_core(cpu), (unsigned int)worker[cpu].ticks,
	       (unsigned long)(worker[cpu].worst * 1000000 / time_frequency()));
}

/* ---- keys on the console ---- */

static volatile char worker_typed;

static void worker_on_uart(uint32_t intid)
{
	(void)intid;
	while (!(board_read32(BOARD_UART + UART_FR) & UART_FR_RXFE))
		worker_typed = (char)board_read32(BOARD_UART + UART_DR);
	board_write32(BOARD_UART + UART_ICR, UART_RX | UART_RT);
	cores_changes++;
}

/* Gives the core to the first partition that may hold it. */
static void worker_give(uint32_t core, uint32_t self)
{
	const uint64_t time = WORKER_PATIENCE_S * time_frequency() >> HOLD_TICK_SHIFT;

	for (uint32_t partition = 0; partition < WORKER_OTHERS; partition++)
		if (partition != self && cores_ask(core, partition, time) >= 0)
			return;
	printf("worker: nobody takes core %u\n", (unsigned int)core);
}

static void worker_obey(char typed, uint32_t self)
{
	for (uint32_t core = 0; core < CORES_MAX; core++) {
		const uint64_t record = cores_record(core);

		if (HOLD_HOLDER(record) != self)
			continue;
		if (typed == 'g')
			worker_give(core, self);
		else if (worker_keeps && hold_is_asked(record, cpu_read(cntpct_el0)))
			(void)cores_ask(core, self, 0);
	}
}

static void worker_read(uint32_t self)
{
	const char typed = worker_typed;

	worker_typed = 0;
	if (typed == 'k' || typed == 'l')
		worker_keeps = typed == 'k';
	if (typed == 'b' || typed == 'i')
		worker_busy = typed == 'b';
	worker_obey(typed, self);
}

void guest_main(void *device_tree)
{
	const uint32_t self = (uint32_t)psci_call4(KUMIKI_CALL_SELF, 0, 0, 0).x[0];
	const uint32_t cpus = cores_begin(device_tree, worker_work);

	printf("worker: %u CPUs may come and go\n", (unsigned int)cpus);
	board_write32(BOARD_UART + UART_IMSC, UART_RX | UART_RT);
	gic_enable(BOARD_UART_INTERRUPT, worker_on_uart);
	for (;;) {
		const uint32_t changes = cores_changes;

		worker_read(self);
		cores_follow(worker_came, worker_went);
		if (worker_busy)
			time_spin(1000);
		else
			cpu_sleep_until(&cores_changes, changes + 1);
		cpu_unmask_interrupts();
	}
}
