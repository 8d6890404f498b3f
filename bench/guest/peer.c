/* SPDX-License-Identifier: MIT-0 */
/*
 * The probe that runs bare, under Kumiki and under another hypervisor (bench/peers.py): what a
 * call, an access to an emulated register and an interrupt cost. It needs nothing but the system
 * counter, whose steps are 16 instructions. So it measures a call and an access over many at once.
 * A deadline's figure is a whole number of steps.
 */
#include <bench/bench.h>
#include <guest/board.h>
#include <guest/gic.h>
#include <guest/psci.h>
#include <guest/time.h>
#include <guest/tree.h>
#include <guest/uart.h>
#include <kumiki/hypercall.h>
#include <stdio.h>

#define PEER_SAMPLES 10   /* of each figure */
#define PEER_ROUNDS  1000 /* that are measured at once */
#define PEER_NS      1000000000u
#define PEER_SGI     3

extern const char bench_vectors[];

static volatile uint32_t peer_taken;
static uint64_t peer_time; /* of the last interrupt, in ticks */

/* Ticks that the rounds take. All that a callee may change by SMCCC is lost. */
#define PEER_TICKS(instructions, ...)                                                              \
	({                                                                                         \
		const uint64_t begin_ = time_counter();                                            \
		for (uint32_t i_ = 0; i_ < PEER_ROUNDS; i_++)                                      \
			__asm__ volatile(instructions ::__VA_ARGS__                                \
			                 : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8",   \
			                   "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16",  \
			                   "x17", "memory");                                       \
		time_counter() - begin_;                                                           \
	})

/* What one instruction costs, less what has to stand before it. */
#define PEER_MEASURE(name, before, instruction, ...)                                               \
	do {                                                                                       \
		for (uint32_t sample_ = 0; sample_ < PEER_SAMPLES; sample_++) {                    \
			const uint64_t without_ = PEER_TICKS(before, __VA_ARGS__);                 \
			const uint64_t with_ = PEER_TICKS(before instruction, __VA_ARGS__);        \
			bench_sample(peer_nanoseconds(with_ - without_) / PEER_ROUNDS);            \
		}                                                                                  \
		bench_report(name);                                                                \
	} while (0)

static uint64_t peer_nanoseconds(uint64_t ticks)
{
	return ticks * (PEER_NS / time_frequency());
}

/* Of the machines that this probe runs on, Xen's alone has SBSA's UART. Its tree says nothing else
 * of it. */
static bool peer_is_xen(const void *device_tree)
{
	return tree_compatible(device_tree, "arm,sbsa-uart", 0).at != NULL;
}

/* The shortest call of whose hypervisor this is: Xen's for its version, Kumiki's that does nothing.
 */
static void peer_hypercall(const void *device_tree)
{
	if (peer_is_xen(device_tree))
		PEER_MEASURE("trap.hypercall", "mov x0, xzr\n\tmov x1, xzr\n\tmov x16, #17\n\t",
		             "hvc #0xea1", "r"(0));
	else if (psci_call(KUMIKI_CALL_NOP, 0, 0, 0) != KUMIKI_NOT_SUPPORTED)
		PEER_MEASURE("trap.hypercall", "mov w0, %w0\n\tmov x1, xzr\n\t", "hvc #0",
		             "r"(KUMIKI_CALL_NOP));
}

static void peer_traps(const void *device_tree)
{
	peer_hypercall(device_tree);
	PEER_MEASURE("trap.psci", "mov w0, %w0\n\tmov x1, xzr\n\t", "hvc #0", "r"(PSCI_VERSION));
	PEER_MEASURE("mmio.gic.ctlr", "", "ldr w0, [%0]", "r"(BOARD_GICD + GICD_CTLR));
	PEER_MEASURE("mmio.gic.isenabler.read", "", "ldr w0, [%0]",
	             "r"(BOARD_GICD + GICD_ISENABLER + 4));
	PEER_MEASURE("mmio.gic.isenabler.write", "", "str wzr, [%0]",
	             "r"(BOARD_GICD + GICD_ISENABLER + 4));
	PEER_MEASURE("mmio.gic.sgi.enable", "", "str %w1, [%0]", "r"(gic_frame(0) + GICD_ISENABLER),
	             "r"(1));
	PEER_MEASURE("mmio.uart.flag", "", "ldr w0, [%0]", "r"(BOARD_UART + UART_FR));
}

static uint64_t peer_interrupt_time(void)
{
	uint64_t ticks;

	__asm__ volatile("mov %0, x28" : "=r"(ticks));
	return ticks;
}

static void peer_on_timer(uint32_t intid)
{
	(void)intid;
	peer_time = peer_interrupt_time();
	cpu_write(cntv_ctl_el0, 0);
	cpu_isb();
	peer_taken++;
}

static void peer_on_sgi(uint32_t intid)
{
	(void)intid;
	peer_time = peer_interrupt_time();
	peer_taken++;
}

static void peer_spin(uint32_t next)
{
	while (peer_taken < next)
		__asm__ volatile("nop");
}

static void peer_doze(uint32_t next)
{
	while (peer_taken < next)
		__asm__ volatile("wfi");
}

static void peer_timer(const char *name, void (*wait)(uint32_t next))
{
	for (uint32_t i = 0; i < PEER_ROUNDS; i++) {
		const uint64_t deadline = time_counter() + 2000 + bench_random(500);

		cpu_write(cntv_cval_el0, deadline);
		cpu_write(cntv_ctl_el0, TIMER_ENABLE);
		wait(peer_taken + 1);
		bench_sample(peer_nanoseconds(peer_time - deadline));
	}
	bench_report(name);
}

/* Each is sent at another moment between two ticks, so the mean is exact to an instruction or so.
 */
static void peer_sgi(void)
{
	for (uint32_t sample = 0; sample < PEER_SAMPLES; sample++) {
		uint64_t ticks = 0;

		for (uint32_t i = 0; i < PEER_ROUNDS; i++) {
			const uint32_t next = peer_taken + 1;
			uint64_t sent;

			for (uint32_t wait = bench_random(17); wait > 0; wait--)
				__asm__ volatile("nop");
			__asm__ volatile("mrs %0, cntvct_el0\n\tmsr icc_sgi1r_el1, %1"
			                 : "=&r"(sent)
			                 : "r"((uint64_t)PEER_SGI << 24 | 1)
			                 : "memory");
			peer_spin(next);
			ticks += peer_time - sent;
		}
		bench_sample(peer_nanoseconds(ticks) / PEER_ROUNDS);
	}
	bench_report("irq.sgi.self");
}

/* From the machine's reset to the first instruction here. */
static void peer_start(void)
{
	bench_sample(peer_nanoseconds(cpu_first_counter(CPU_PHYSICAL_COUNTER)));
	bench_report("frame.boot");
}

void guest_main(void *device_tree)
{
	peer_start();
	peer_traps(device_tree);
	cpu_write(vbar_el1, (uintptr_t)bench_vectors);
	cpu_isb();
	gic_enable(BOARD_VTIMER_INTERRUPT, peer_on_timer);
	gic_enable(PEER_SGI, peer_on_sgi);
	cpu_unmask_interrupts();
	peer_timer("irq.timer.spin", peer_spin);
	peer_timer("irq.timer.wfi", peer_doze);
	peer_sgi();
	printf("bench: done\n");
}
