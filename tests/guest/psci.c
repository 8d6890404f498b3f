/*
 * PSCI and the SMC Calling Convention as a guest sees them: exact answers, CPUs on and off.
 *
 * Shows: guests.psci.
 */
#include <guest/board.h>
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/psci.h>
#include <guest/test.h>
#include <guest/time.h>

#define NO_SUCH_CPU 0x777
#define HERE        ((uintptr_t)psci_count_run) /* an address in this guest's memory */

static void psci_count_run(void);

static volatile uint32_t psci_runs; /* how often CPU 1 has run */

static void psci_count_run(void)
{
	psci_runs++;
	cpu_sev();
}

static void psci_wait_off(unsigned int cpu)
{
	while (psci_call(PSCI_AFFINITY_INFO, cpu, 0, 0) != PSCI_OFF)
		time_spin(5);
}

static void version(void)
{
	int64_t value = psci_call(PSCI_VERSION, 0, 0, 0);

	CHECK(value >= 0x10000 && value < 0x20000);
}

static void features(void)
{
	static const uint32_t known[] = {
	    PSCI_VERSION,       PSCI_CPU_OFF,    PSCI_CPU_ON,
	    PSCI_CPU_ON_32,     PSCI_SYSTEM_OFF, PSCI_SYSTEM_RESET,
	    PSCI_AFFINITY_INFO, PSCI_FEATURES,   PSCI_MIGRATE_INFO_TYPE};

	for (unsigned int i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		CHECK_EQUAL(psci_call(PSCI_FEATURES, known[i], 0, 0), 0);
	CHECK_EQUAL(psci_call(PSCI_FEATURES, PSCI_CPU_SUSPEND, 0, 0), 0);
	CHECK_EQUAL(psci_call(PSCI_FEATURES, 0x84000abc, 0, 0), PSCI_NOT_SUPPORTED);
	CHECK_EQUAL(psci_call(PSCI_MIGRATE_INFO_TYPE, 0, 0, 0), 2);
}

/* The whole register is -1, in the 64-bit convention and in the 32-bit one's 32 bits. */
static void unknown_functions(void)
{
	CHECK_EQUAL(psci_call4(0xc4000abc, 0, 0, 0).x[0], ~0ul);
	CHECK_EQUAL((uint32_t)psci_call4(0x84000abc, 0, 0, 0).x[0], 0xffffffff);
	CHECK_EQUAL((uint32_t)psci_call4(0x8600cafe, 0, 0, 0).x[0], 0xffffffff);
	CHECK_EQUAL((uint32_t)psci_call4(0x0badc0de, 0, 0, 0).x[0], 0xffffffff);
}

static void cpu_on_errors(void)
{
	CHECK_EQUAL(psci_call(PSCI_CPU_ON, 0, HERE, 0), PSCI_ALREADY_ON);
	CHECK_EQUAL(psci_call(PSCI_CPU_ON, NO_SUCH_CPU, HERE, 0), PSCI_INVALID_PARAMETERS);
	CHECK_EQUAL(psci_call(PSCI_AFFINITY_INFO, NO_SUCH_CPU, 0, 0), PSCI_INVALID_PARAMETERS);
	CHECK_EQUAL(psci_call(PSCI_AFFINITY_INFO, 0, 0, 0), PSCI_ON);
}

static void cpu_on_wild_entry(void)
{
	if (cpu_count() < 2)
		return;
	CHECK_EQUAL(psci_call(PSCI_CPU_ON, 1, BOARD_UART, 0), PSCI_INVALID_ADDRESS);
	CHECK_EQUAL(psci_call(PSCI_CPU_ON, 1, 0x7000000000ul, 0), PSCI_INVALID_ADDRESS);
	CHECK_EQUAL(psci_call(PSCI_AFFINITY_INFO, 1, 0, 0), PSCI_OFF);
}

/* A hundred lives of the second CPU. */
static void cpu_on_and_off(void)
{
	CHECK_EQUAL(psci_call(PSCI_AFFINITY_INFO, 1, 0, 0), PSCI_OFF);
	for (uint32_t life = 0; life < 100; life++) {
		psci_runs = 0;
		if (!CHECK_EQUAL(cpu_start(1, psci_count_run), PSCI_SUCCESS))
			return;
		cpu_wait_for(&psci_runs, 1);
		psci_wait_off(1);
	}
}

static volatile uint32_t psci_hold, psci_held;

static void psci_stay(void)
{
	psci_held = 1;
	cpu_sev();
	cpu_wait_for(&psci_hold, 0);
}

static void cpu_on_twice(void)
{
	psci_hold = 1;
	psci_held = 0;
	CHECK_EQUAL(cpu_start(1, psci_stay), PSCI_SUCCESS);
	cpu_wait_for(&psci_held, 1);
	CHECK_EQUAL(psci_call(PSCI_CPU_ON, 1, HERE, 0), PSCI_ALREADY_ON);
	CHECK_EQUAL(psci_call(PSCI_AFFINITY_INFO, 1, 0, 0), PSCI_ON);
	psci_hold = 0;
	cpu_sev();
	psci_wait_off(1);
}

/* All CPUs of the machine run at once, and each is the one it was asked for. */
static volatile uint32_t psci_seen[8];

static void psci_sign(void)
{
	psci_seen[cpu_read(mpidr_el1) & 0xff] = cpu_number() + 1;
	cpu_sev();
}

static void every_cpu(void)
{
	unsigned int count = cpu_count();

	for (unsigned int cpu = 1; cpu < count; cpu++)
		CHECK_EQUAL(cpu_start(cpu, psci_sign), PSCI_SUCCESS);
	for (unsigned int cpu = 1; cpu < count; cpu++) {
		cpu_wait_for(&psci_seen[cpu], cpu + 1);
		psci_wait_off(cpu);
	}
}

/* All other CPUs ask for the last one at the same moment: one of them has turned it on. */
static volatile uint32_t race_ready, race_round;
static volatile int64_t race_answers[8];

static void race_run(void)
{
	unsigned int own = cpu_number(), last = cpu_count() - 1;

	for (uint32_t round = 1; round <= 50; round++) {
		__atomic_fetch_add(&race_ready, 1, __ATOMIC_SEQ_CST);
		cpu_sev();
		cpu_wait_for(&race_round, round);
		race_answers[own] = cpu_start(last, psci_count_run);
	}
	__atomic_fetch_add(&race_ready, 1, __ATOMIC_SEQ_CST);
	cpu_sev();
}

static void race_judge(unsigned int last)
{
	unsigned int successes = 0;

	for (unsigned int cpu = 1; cpu < last; cpu++)
		if (race_answers[cpu] == PSCI_SUCCESS)
			successes++;
		else
			CHECK_EQUAL(race_answers[cpu], PSCI_ALREADY_ON);
	CHECK(successes >= 1); /* more, if it was off again before the last one asked */
	psci_wait_off(last);
	CHECK_EQUAL(psci_runs, successes);
}

static void cpu_on_at_once(void)
{
	unsigned int last = cpu_count() - 1;

	if (last < 3)
		return;
	for (unsigned int cpu = 1; cpu < last; cpu++)
		CHECK_EQUAL(cpu_start(cpu, race_run), PSCI_SUCCESS);
	for (uint32_t round = 1; round <= 50; round++) {
		cpu_wait_for(&race_ready, round * (last - 1));
		if (round > 1)
			race_judge(last);
		psci_runs = 0;
		race_round = round;
		cpu_sev();
	}
	cpu_wait_for(&race_ready, 51 * (last - 1));
	race_judge(last);
	for (unsigned int cpu = 1; cpu < last; cpu++)
		psci_wait_off(cpu);
}

/*
 * Standby: it returns when an interrupt waits, though this CPU has masked it. It may return for
 * other reasons, but it does sleep: far fewer calls than a spinning CPU would make.
 */
static void suspend_in_standby(void)
{
	uint64_t begin = time_counter(), calls = 0;

	cpu_write(cntv_cval_el0, begin + time_frequency() / 1000);
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	gic_enable(BOARD_VTIMER_INTERRUPT, NULL);
	do {
		CHECK_EQUAL(psci_call(PSCI_CPU_SUSPEND, 0, 0, 0), PSCI_SUCCESS);
		calls++;
	} while (time_counter() - begin < time_frequency() / 1000);
	CHECK(calls < 20);
	cpu_write(cntv_ctl_el0, 0);
	gic_disable(BOARD_VTIMER_INTERRUPT);
}

static void suspend_bad_state(void)
{
	CHECK_EQUAL(psci_call(PSCI_CPU_SUSPEND, 0xfc000000, 0, 0), PSCI_INVALID_PARAMETERS);
}

/* SMCCC 1.1: a call changes nothing but x0 to x3. */
static void registers_kept(void)
{
	uint64_t changed;

	__asm__ volatile("mov x4, #0x44\n\tmov x5, #0x55\n\tmov x6, #0x66\n\tmov x7, #0x77\n\t"
	                 "mov x8, #0x88\n\tmov x9, #0x99\n\tmov x10, #0xaa\n\tmov x11, #0xbb\n\t"
	                 "mov x12, #0xcc\n\tmov x13, #0xdd\n\tmov x14, #0xee\n\tmov x15, #0xff\n\t"
	                 "mov x16, #0x16\n\tmov x17, #0x17\n\t"
	                 "mov w0, #0x84000000\n\thvc #0\n\t"
	                 "sub x4, x4, #0x44\n\tsub x5, x5, #0x55\n\tsub x6, x6, #0x66\n\t"
	                 "sub x7, x7, #0x77\n\tsub x8, x8, #0x88\n\tsub x9, x9, #0x99\n\t"
	                 "sub x10, x10, #0xaa\n\tsub x11, x11, #0xbb\n\tsub x12, x12, #0xcc\n\t"
	                 "sub x13, x13, #0xdd\n\tsub x14, x14, #0xee\n\tsub x15, x15, #0xff\n\t"
	                 "sub x16, x16, #0x16\n\tsub x17, x17, #0x17\n\t"
	                 "orr x4, x4, x5\n\torr x4, x4, x6\n\torr x4, x4, x7\n\torr x4, x4, x8\n\t"
	                 "orr x4, x4, x9\n\torr x4, x4, x10\n\torr x4, x4, x11\n\t"
	                 "orr x4, x4, x12\n\torr x4, x4, x13\n\torr x4, x4, x14\n\t"
	                 "orr x4, x4, x15\n\torr x4, x4, x16\n\torr %0, x4, x17"
	                 : "=r"(changed)
	                 :
	                 : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
	                   "x12", "x13", "x14", "x15", "x16", "x17", "memory");
	CHECK_EQUAL(changed, 0);
}

static void smccc(void)
{
	CHECK(psci_call(SMCCC_VERSION, 0, 0, 0) >= 0x10001);
	CHECK_EQUAL(psci_call(PSCI_FEATURES, SMCCC_VERSION, 0, 0), 0);
	CHECK_EQUAL(psci_call(SMCCC_ARCH_FEATURES, SMCCC_VERSION, 0, 0), 0);
	CHECK_EQUAL(psci_call(SMCCC_ARCH_FEATURES, 0x80001234, 0, 0), -1);
}

/* Each query has an answer of its own; a workaround that is offered can be called. */
static void smccc_workarounds(void)
{
	static const uint32_t workarounds[] = {SMCCC_ARCH_WORKAROUND_1, SMCCC_ARCH_WORKAROUND_2,
	                                       SMCCC_ARCH_WORKAROUND_3};

	for (unsigned int i = 0; i < 3; i++) {
		int64_t answer = psci_call(SMCCC_ARCH_FEATURES, workarounds[i], 0, 0);

		CHECK(answer >= -2 && answer <= 1);
		if (answer == 0)
			psci_call(workarounds[i], 0, 0, 0);
	}
}

const struct test tests[] = {
    {"version", version, TEST_ANYWHERE},
    {"features", features, TEST_ANYWHERE},
    {"unknown-functions", unknown_functions, TEST_ANYWHERE},
    {"cpu-on-errors", cpu_on_errors, TEST_ANYWHERE},
    {"cpu-on-wild-entry", cpu_on_wild_entry, TEST_KUMIKI},
    {"cpu-on-and-off", cpu_on_and_off, TEST_SMP},
    {"cpu-on-twice", cpu_on_twice, TEST_SMP},
    {"every-cpu", every_cpu, TEST_SMP},
    {"cpu-on-at-once", cpu_on_at_once, TEST_KUMIKI},
    {"suspend-in-standby", suspend_in_standby, TEST_ANYWHERE},
    {"suspend-bad-state", suspend_bad_state, TEST_ANYWHERE},
    {"registers-kept", registers_kept, TEST_ANYWHERE},
    {"smccc", smccc, TEST_KUMIKI},
    {"smccc-workarounds", smccc_workarounds, TEST_KUMIKI},
    {0},
};
