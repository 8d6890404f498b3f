/*
 * Which vCPUs are stuck in their vectors, and which only look so for a while.
 *
 * Shows: hostile.stops-alone.
 */
#include <fake/cpu.h>
#include <run/blame.h>
#include <run/stuck.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <word/report.h>
#include <word/timer.h>

#define VBAR  0x40080800ull
#define SURE  64
#define EL1H  0x3c5
#define EL0T  0x3c0
#define HZ    1000000u
#define AGAIN 500000u /* half a second */

struct core core;
static struct partition partition;
static struct vcpu *vcpu;
static uint32_t faults;

uint64_t timer_now(void)
{
	return sysreg_read(cntpct_el0);
}

uint64_t timer_ticks(uint64_t nanoseconds)
{
	return nanoseconds * HZ / 1000000000;
}

void timer_set_look(uint64_t soonest, uint64_t latest)
{
	assert_in_range(soonest, 1, latest);
	core.deadline[TIMER_STUCK] = timer_now() + latest;
}

void blame_fault(struct vcpu *whose, enum report_fault fault, uint64_t syndrome, uint64_t address)
{
	assert_ptr_equal(whose, vcpu);
	assert_int_equal(fault, REPORT_STUCK);
	assert_int_equal(syndrome, fake_sysregs->esr_el1);
	assert_int_equal(address, 0x1234);
	faults++;
}

static void put(uint64_t pc, uint64_t elr, uint64_t pstate)
{
	fake_sysregs->elr_el2 = pc;
	fake_sysregs->elr_el1 = elr;
	fake_sysregs->spsr_el2 = pstate;
}

static void setup(void)
{
	static _Alignas(struct vcpu) uint8_t memory[sizeof(struct vcpu)];

	fake_cpu_reset((struct fake_hooks){0});
	fake_time(1000);
	memset(&partition, 0, sizeof(partition));
	vcpu = (struct vcpu *)(void *)memory;
	memset(vcpu, 0, sizeof(*vcpu));
	vcpu->partition = &partition;
	vcpu->context.state = CONTEXT_READY;
	core.current = &vcpu->context;
	core.vcpu = core.only = vcpu;
	core.look = AGAIN;
	fake_sysregs->vbar_el1 = VBAR;
	fake_sysregs->esr_el1 = 0x96000045;
	fake_sysregs->far_el1 = 0x1234;
	put(VBAR + 0x200, VBAR + 0x200, EL1H);
	faults = 0;
	core.deadline[TIMER_STUCK] = TIMER_NEVER;
	stuck_watch();
	assert_int_equal(core.deadline[TIMER_STUCK], 1000 + AGAIN);
}

const struct unit_fixture unit_each = {setup, NULL};

static void look(void)
{
	fake_time(core.deadline[TIMER_STUCK]);
	core.deadline[TIMER_STUCK] = TIMER_NEVER; /* as timer_interrupt() does */
	stuck_look(vcpu);
}

TEST(test_stuck)
{
	for (uint32_t i = 1; i < SURE; i++) {
		look();
		assert_int_equal(faults, 0);
		assert_in_range(core.deadline[TIMER_STUCK], timer_now() + 1, timer_now() + 100);
	}
	look();
	assert_int_equal(faults, 1);
	assert_int_equal(core.deadline[TIMER_STUCK], timer_now() + AGAIN); /* it looks at others */
}

/* It is off after a new start, and its core has nothing else. */
TEST(test_off)
{
	vcpu->context.state = CONTEXT_OFF;
	for (uint32_t i = 0; i <= SURE; i++)
		look();
	assert_int_equal(faults, 0);
	assert_int_equal(core.deadline[TIMER_STUCK], timer_now() + AGAIN);
}

/* Its vectors' page is zeros, and is still mapped. */
TEST(test_no_instruction)
{
	fake_sysregs->esr_el1 = 0x2000000;
	for (uint32_t i = 0; i < SURE; i++)
		look();
	assert_int_equal(faults, 1);
}

/* One look that finds something else, and it begins anew. */
static void expect_innocent(void)
{
	look();
	assert_int_equal(vcpu->run.stuck, 0);
	assert_int_equal(core.deadline[TIMER_STUCK], timer_now() + AGAIN);
	assert_int_equal(faults, 0);
}

TEST(test_not_stuck)
{
	static const struct {
		uint64_t pc, elr, pstate;
	} rows[] = {
	    {VBAR + 0x800, VBAR + 0x200, EL1H}, /* behind the vectors */
	    {VBAR - 4, VBAR + 0x200, EL1H},
	    {VBAR + 0x200, VBAR + 0x800, EL1H}, /* a panic's endless loop in a vector */
	    {VBAR + 0x200, VBAR - 4, EL1H},
	    {VBAR + 0x800, VBAR + 0x800, EL1H}, /* a handler elsewhere */
	    {VBAR + 0x200, VBAR + 0x280, EL1H}, /* from another vector */
	    {VBAR + 0x204, VBAR + 0x200, EL1H}, /* behind the aborted instruction */
	    {VBAR + 0x200, VBAR + 0x200, EL0T},
	    {VBAR + 0x200, VBAR + 0x200, EL1H & ~0x80}, /* it may be interrupted */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put(VBAR + 0x780, VBAR + 0x7fc, EL1H);
		for (uint32_t n = 1; n < SURE; n++)
			look();
		put(rows[i].pc, rows[i].elr, rows[i].pstate);
		expect_innocent();
	}
}

/* A program that lives where its vectors would be, without any exception so far; an SVC in one. */
TEST(test_no_abort)
{
	put(VBAR + 0xc, VBAR + 0xc, EL1H);
	fake_sysregs->esr_el1 = 0;
	expect_innocent();
	fake_sysregs->vbar_el1 = 0;
	put(0xc, 0, EL1H);
	expect_innocent();
	fake_sysregs->vbar_el1 = VBAR;
	put(VBAR + 0x200, VBAR + 0x204, EL1H);
	fake_sysregs->esr_el1 = 0x56000000;
	expect_innocent();
}

TEST(test_a_service_runs)
{
	struct context service;

	core.current = &service;
	expect_innocent();
}

/* It says nothing of a vCPU that is to go on behind it, and waits for nothing: the next look comes
 * soon. */
TEST(test_a_service_runs_meanwhile)
{
	struct context service;

	vcpu->context.state = CONTEXT_READY;
	for (uint32_t i = 1; i < SURE; i++) {
		core.current = &vcpu->context;
		look();
		core.current = &service;
		look();
		assert_int_equal(vcpu->run.stuck, i);
		assert_in_range(core.deadline[TIMER_STUCK], timer_now() + 1, timer_now() + 100);
	}
	assert_int_equal(faults, 0);
	core.current = &vcpu->context;
	look();
	assert_int_equal(faults, 1);
}

/* It was ended meanwhile. */
TEST(test_a_service_runs_instead)
{
	struct context service;

	look();
	assert_int_equal(vcpu->run.stuck, 1);
	vcpu->context.state = CONTEXT_OFF;
	core.current = &service;
	expect_innocent();
}

TEST(test_its_watchdog_will_tell)
{
	partition.watchdog.enabled = 1;
	expect_innocent();
}
