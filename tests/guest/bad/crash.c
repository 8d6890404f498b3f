/*
 * Crashes on the guest library in the way that `crash=` of its boot arguments names. It judges
 * nothing.
 */
#include "attempt.h"
#include <assert.h>
#include <guest/cpu.h>
#include <guest/crash.h>
#include <guest/gic.h>
#include <guest/tree.h>
#include <stdio.h>
#include <string.h>

#define CRASH_SGI 1

extern char crash_stacks[];
static volatile uint32_t *volatile crash_null;

/* A known number in registers of each kind, then the error: the report has them. */
static void crash_by_null(void)
{
	__asm__ volatile(
	    "mov x1, #0x1100\n\tmov x19, #0x1900\n\tmov x27, #0x2700\n\tstr x1, [%0, #8]" ::"r"(
	        crash_null)
	    : "x1", "x19", "x27", "memory");
}

static void crash_by_undefined(void)
{
	__asm__ volatile("udf #0");
}

/* Not inline, and not the last call: each level has a frame. */
__attribute__((noinline)) static uint64_t crash_by_depth(volatile uint64_t *above)
{
	volatile uint64_t here[4] = {*above};

	return here[0] == 0 ? 0 : crash_by_depth(here) + here[1];
}

static void crash_by_overflow(void)
{
	volatile uint64_t top = 1;

	printf("%lu", (unsigned long)crash_by_depth(&top));
}

static void crash_by_pointer(void)
{
	__asm__ volatile("mov x0, #3\n\tmov sp, x0\n\tldr x0, [sp]" ::: "x0", "memory");
}

static void crash_by_panic(void)
{
	guest_panic("the valve is stuck");
}

static void crash_by_assertion(void)
{
	assert(crash_null != NULL);
}

static void crash_on_interrupt(uint32_t intid)
{
	(void)intid;
	crash_by_null();
}

static void crash_in_handler(void)
{
	gic_enable(CRASH_SGI, crash_on_interrupt);
	gic_send(CRASH_SGI, 0);
	cpu_unmask_interrupts();
	for (;;)
		cpu_wfi();
}

static void crash_without_mmu(void)
{
	attempt_begin();
	crash_by_undefined();
}

/* Printing leads to a second exception. */
static void crash_without_words(void)
{
	guest_panic((const char *)crash_null + 8);
}

/* The page below the first CPU's stack for crashes. */
static void crash_by_guard(void)
{
	(void)*(volatile uint64_t *)crash_stacks;
}

/* A program's own use of TPIDR_EL1: the library can't know which CPU it is. */
static void crash_without_number(void)
{
	cpu_write(tpidr_el1, 0x123456789);
	crash_by_null();
}

static void crash_on_second(void)
{
	(void)cpu_start(1, crash_by_overflow);
	for (;;)
		cpu_wfi();
}

static const struct {
	const char *name;
	void (*run)(void);
} crash_ways[] = {
    {"null", crash_by_null},          {"undefined", crash_by_undefined},
    {"overflow", crash_by_overflow},  {"pointer", crash_by_pointer},
    {"panic", crash_by_panic},        {"assertion", crash_by_assertion},
    {"handler", crash_in_handler},    {"mmu", crash_without_mmu},
    {"words", crash_without_words},   {"guard", crash_by_guard},
    {"number", crash_without_number}, {"second", crash_on_second},
};

void guest_main(void *device_tree)
{
	const char *bootargs = tree_string(tree_named(device_tree, "chosen", 0), "bootargs", 0);
	const char *way = bootargs != NULL ? strstr(bootargs, "crash=") : NULL;

	printf("crash: begins\n");
	for (size_t i = 0; way != NULL && i < sizeof(crash_ways) / sizeof(crash_ways[0]); i++)
		if (strcmp(way + strlen("crash="), crash_ways[i].name) == 0)
			crash_ways[i].run();
	printf("crash: goes on\n");
}
