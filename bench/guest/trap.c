/* SPDX-License-Identifier: MIT-0 */
/*
 * Measures what a call and an access to an emulated register cost. The cycle counter is read right
 * before and right after one instruction, and the cost of two readings in a row is subtracted. On
 * the bare machine a load or store costs 1.
 */
#include <bench/bench.h>
#include <guest/board.h>
#include <guest/gic.h>
#include <guest/psci.h>
#include <guest/test.h>
#include <guest/uart.h>
#include <kumiki/hypercall.h>
#include <stdio.h>

#define TRAP_SAMPLES 1000

/* Only this instruction may stand between the two readings. */
#define TRAP_MEASURE(instruction, ...)                                                             \
	do {                                                                                       \
		uint64_t before_, after_;                                                          \
		__asm__ volatile("mrs %0, pmccntr_el0\n\t" instruction "\n\tmrs %1, pmccntr_el0"   \
		                 : "=&r"(before_), "=&r"(after_)                                   \
		                 : __VA_ARGS__                                                     \
		                 : "x0", "x1", "x2", "x3", "memory");                              \
		bench_sample(after_ - before_ - 1);                                                \
	} while (0)

static void trap_call(const char *name, uint32_t function)
{
	for (uint32_t i = 0; i < TRAP_SAMPLES; i++) {
		register uint64_t before __asm__("x20");
		register uint64_t after __asm__("x21");

		__asm__ volatile("mov w0, %w2\n\tmov x1, xzr\n\tmrs %0, pmccntr_el0\n\thvc #0\n\t"
		                 "mrs %1, pmccntr_el0"
		                 : "=&r"(before), "=&r"(after)
		                 : "r"(function)
		                 : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9",
		                   "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17",
		                   "memory");
		bench_sample(after - before - 1);
	}
	bench_report(name);
}

static void trap_load(const char *name, uint64_t address)
{
	for (uint32_t i = 0; i < TRAP_SAMPLES; i++)
		TRAP_MEASURE("ldr w0, [%2]", "r"(address));
	bench_report(name);
}

static void trap_store(const char *name, uint64_t address, uint32_t value)
{
	for (uint32_t i = 0; i < TRAP_SAMPLES; i++)
		TRAP_MEASURE("str %w3, [%2]", "r"(address), "r"(value));
	bench_report(name);
}

/* Sends few characters, with pauses, so that all of them fit into a UART's FIFO. */
static void trap_characters(void)
{
	for (uint32_t i = 0; i < 200; i++) {
		TRAP_MEASURE("str %w3, [%2]", "r"(BOARD_UART + UART_DR), "r"((uint32_t)0x2e));
		if (i % 50 == 49)
			printf("\n");
	}
	bench_report("mmio.uart.data");
}

void guest_main(void *device_tree)
{
	(void)device_tree;
	bench_start_cpu();
	trap_call("trap.psci", PSCI_VERSION);
	if (psci_call(KUMIKI_CALL_NOP, 0, 0, 0) != KUMIKI_NOT_SUPPORTED)
		trap_call("trap.hypercall", KUMIKI_CALL_NOP);
	trap_load("mmio.gic.ctlr", BOARD_GICD + GICD_CTLR);
	trap_load("mmio.gic.isenabler.read", BOARD_GICD + GICD_ISENABLER + 4);
	trap_store("mmio.gic.isenabler.write", BOARD_GICD + GICD_ISENABLER + 4,
	           1u << (BOARD_RTC_INTERRUPT - 32));
	trap_store("mmio.gic.sgi.enable", gic_frame(0) + GICD_ISENABLER, 1);
	trap_load("mmio.uart.flag", BOARD_UART + UART_FR);
	trap_characters();
	printf("bench: done\n");
}
