/*
 * Debug registers: hardware breakpoints, watchpoints, single step, as a self-hosted debugger uses
 * them.
 *
 * Shows: guests.debug.
 */
#include <guest/cpu.h>
#include <guest/exception.h>
#include <guest/test.h>

#define MDSCR_STEP    1ul
#define MDSCR_KERNEL  (1ul << 13)
#define MDSCR_MONITOR (1ul << 15)
#define SPSR_STEP     (1ul << 21)
#define DEBUG_EL1     (1ul << 1) /* PMC of a control register: EL1 only */
#define DEBUG_ON      1ul
#define DEBUG_BYTES   (0xful << 5)

static struct guest_frame debug_frame; /* the last debug exception */
static volatile uint32_t debug_hits;

static void debug_begin(void)
{
	debug_hits = 0;
	cpu_write(oslar_el1, 0);
	cpu_write(mdscr_el1, MDSCR_KERNEL | MDSCR_MONITOR);
	cpu_isb();
	__asm__ volatile("msr daifclr, #8" ::: "memory");
}

static void debug_end(void)
{
	__asm__ volatile("msr daifset, #8" ::: "memory");
	cpu_write(mdscr_el1, 0);
	cpu_write(dbgbcr0_el1, 0);
	cpu_write(dbgwcr0_el1, 0);
	cpu_isb();
	fault_debug_handler = NULL;
}

/* The place is reached once more after this: without the breakpoint. */
static void debug_on_hit(struct guest_frame *frame)
{
	debug_frame = *frame;
	debug_hits++;
	cpu_write(dbgbcr0_el1, 0);
	cpu_write(dbgwcr0_el1, 0);
	cpu_isb();
}

__attribute__((noinline)) static uint32_t debug_target(uint32_t value)
{
	__asm__ volatile("" : "+r"(value));
	return value + 1;
}

static void counts(void)
{
	uint64_t features = cpu_read(id_aa64dfr0_el1);

	CHECK((features & 0xf) >= 6);       /* debug architecture 8 or later */
	CHECK((features >> 12 & 0xf) >= 1); /* two breakpoints */
	CHECK((features >> 20 & 0xf) >= 1); /* two watchpoints */
}

static void breakpoint(void)
{
	fault_debug_handler = debug_on_hit;
	debug_begin();
	cpu_write(dbgbvr0_el1, (uintptr_t)debug_target);
	cpu_write(dbgbcr0_el1, DEBUG_ON | DEBUG_EL1 | DEBUG_BYTES);
	cpu_isb();
	CHECK_EQUAL(debug_target(41), 42);
	CHECK_EQUAL(debug_hits, 1);
	CHECK_EQUAL(ESR_CLASS(debug_frame.esr), ESR_CLASS_BREAKPOINT);
	CHECK_EQUAL(debug_frame.elr, (uintptr_t)debug_target);
	debug_end();
}

static volatile uint32_t debug_watched[4];

static void watchpoint(void)
{
	debug_watched[2] = 0;
	fault_debug_handler = debug_on_hit;
	debug_begin();
	cpu_write(dbgwvr0_el1, (uintptr_t)&debug_watched[2]);
	cpu_write(dbgwcr0_el1, DEBUG_ON | DEBUG_EL1 | 2ul << 3 | DEBUG_BYTES); /* stores */
	cpu_isb();
	debug_watched[1] = 1;
	CHECK_EQUAL(debug_watched[2], 0);
	CHECK_EQUAL(debug_hits, 0);
	debug_watched[2] = 7;
	CHECK_EQUAL(debug_hits, 1);
	CHECK_EQUAL(ESR_CLASS(debug_frame.esr), ESR_CLASS_WATCHPOINT);
	CHECK_EQUAL(debug_frame.far, (uintptr_t)&debug_watched[2]);
	CHECK_EQUAL(debug_watched[2], 7);
	debug_end();
}

#define STEPS 5
static uint64_t debug_steps[STEPS];

/* A BRK begins the stepping, each step exception goes on with it, the last one ends it. */
static void debug_on_step(struct guest_frame *frame)
{
	if (ESR_CLASS(frame->esr) == ESR_CLASS_BRK) {
		frame->elr += 4;
	} else {
		CHECK_EQUAL(ESR_CLASS(frame->esr), ESR_CLASS_STEP);
		debug_steps[debug_hits++] = frame->elr;
	}
	if (debug_hits < STEPS) {
		cpu_write(mdscr_el1, MDSCR_KERNEL | MDSCR_STEP);
		frame->spsr |= SPSR_STEP;
	} else {
		cpu_write(mdscr_el1, MDSCR_KERNEL);
		frame->spsr &= ~SPSR_STEP;
	}
	cpu_isb();
}

static void single_step(void)
{
	fault_debug_handler = debug_on_step;
	debug_begin();
	__asm__ volatile("brk #0\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop" ::: "memory");
	CHECK_EQUAL(debug_hits, STEPS);
	for (unsigned int i = 1; i < STEPS; i++)
		CHECK_EQUAL(debug_steps[i] - debug_steps[i - 1], 4);
	debug_end();
}

static void registers_read_back(void)
{
	cpu_write(dbgbvr1_el1, 0x40001234);
	cpu_write(dbgwvr1_el1, 0x40005678);
	cpu_isb();
	CHECK_EQUAL(cpu_read(dbgbvr1_el1), 0x40001234);
	CHECK_EQUAL(cpu_read(dbgwvr1_el1), 0x40005678);
	cpu_write(dbgbvr1_el1, 0);
	cpu_write(dbgwvr1_el1, 0);
}

const struct test tests[] = {
    {"counts", counts, TEST_ANYWHERE},
    {"registers-read-back", registers_read_back, TEST_ANYWHERE},
    {"breakpoint", breakpoint, TEST_ANYWHERE},
    {"watchpoint", watchpoint, TEST_ANYWHERE},
    {"single-step", single_step, TEST_ANYWHERE},
    {0},
};
