/*
 * A guest that is a debugger itself: it writes its debug registers and reads them back, runs into
 * breakpoint instructions of its own, and says now and then how often all was as it should be. It
 * mustn't notice that somebody debugs it from outside.
 */
#include <guest/cpu.h>
#include <guest/exception.h>
#include <guest/psci.h>
#include <guest/time.h>
#include <stdio.h>

#define MDSCR_KERNEL   (1ul << 13)
#define MDSCR_MONITOR  (1ul << 15)
#define OSLSR_LOCKED   2ul
#define BREAK_DISABLED 0x1e4ul /* for any level, and not enabled */
#define WATCH_DISABLED 0x1ff4ul

static volatile uint64_t debugger_rounds, debugger_breaks;

static void debugger_on_break(struct guest_frame *frame)
{
	debugger_breaks++;
	frame->elr += 4;
}

static void debugger_expect(uint64_t value, uint64_t want, const char *what)
{
	if (value == want)
		return;
	printf("debugger: FAILED: %s is 0x%lx, not 0x%lx\n", what, (unsigned long)value,
	       (unsigned long)want);
	guest_power_off();
}

static void debugger_round(uint64_t round)
{
	uint64_t locked = round & 1, value = round << 2;

	cpu_write(dbgbvr1_el1, value);
	cpu_write(dbgbcr1_el1, BREAK_DISABLED);
	cpu_write(dbgwvr1_el1, value + 8);
	cpu_write(dbgwcr1_el1, WATCH_DISABLED);
	cpu_write(mdscr_el1, locked ? MDSCR_KERNEL : MDSCR_MONITOR);
	cpu_write(oslar_el1, locked);
	cpu_isb();
	time_spin(200);
	debugger_expect(cpu_read(dbgbvr1_el1), value, "DBGBVR1_EL1");
	debugger_expect(cpu_read(dbgbcr1_el1), BREAK_DISABLED, "DBGBCR1_EL1");
	debugger_expect(cpu_read(dbgwvr1_el1), value + 8, "DBGWVR1_EL1");
	debugger_expect(cpu_read(dbgwcr1_el1), WATCH_DISABLED, "DBGWCR1_EL1");
	debugger_expect(cpu_read(mdscr_el1), locked ? MDSCR_KERNEL : MDSCR_MONITOR, "MDSCR_EL1");
	debugger_expect(cpu_read(oslsr_el1) & OSLSR_LOCKED, locked * OSLSR_LOCKED, "OSLSR_EL1");
	__asm__ volatile("brk #0x800" ::: "memory");
	debugger_expect(debugger_breaks, round + 1, "the count of breakpoints");
}

void guest_main(void *device_tree)
{
	(void)device_tree;
	fault_debug_handler = debugger_on_break;
	for (;; debugger_rounds++) {
		debugger_round(debugger_rounds);
		if (debugger_rounds % 500 == 0)
			printf("debugger: %lu rounds\n", (unsigned long)debugger_rounds);
	}
}
