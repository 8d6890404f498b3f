/*
 * A guest's state is kept over interrupts, calls, trapped accesses and sleep: general registers,
 * floating point and SIMD registers, flags, system registers.
 */
#include <guest/board.h>
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/psci.h>
#include <guest/test.h>
#include <guest/time.h>

#define ROUNDS 200

static volatile uint32_t state_ticks;

static void state_on_tick(uint32_t intid)
{
	(void)intid;
	cpu_write(cntv_cval_el0, time_counter() + time_frequency() / 20000);
	cpu_isb();
	state_ticks++;
}

/* A timer that comes all the time, every 50 µs. */
static void state_begin(void)
{
	state_ticks = 0;
	gic_enable(BOARD_VTIMER_INTERRUPT, state_on_tick);
	cpu_write(cntv_cval_el0, time_counter());
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	cpu_unmask_interrupts();
}

static void state_end(void)
{
	cpu_mask_interrupts();
	cpu_write(cntv_ctl_el0, 0);
	gic_disable(BOARD_VTIMER_INTERRUPT);
	CHECK(state_ticks >= ROUNDS / 2);
}

/* Sleep, an emulated register, a call: then every register is compared with its own number. */
static uint64_t state_general_round(void)
{
	uint64_t wrong;

	__asm__ volatile(".irp n, 4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25\n\t"
	                 "mov x\\n, #0x1000 + \\n\n\t"
	                 ".endr\n\t"
	                 "wfi\n\t"
	                 "ldr w3, [%1]\n\t"
	                 "mov w0, #0x84000000\n\thvc #0\n\t"
	                 "mov %0, #0\n\t"
	                 ".irp n, 4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25\n\t"
	                 "sub x\\n, x\\n, #0x1000\n\t"
	                 "sub x\\n, x\\n, #\\n\n\t"
	                 "orr %0, %0, x\\n\n\t"
	                 ".endr\n\t"
	                 : "=&r"(wrong)
	                 : "r"(BOARD_GICD + GICD_TYPER)
	                 : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
	                   "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21",
	                   "x22", "x23", "x24", "x25", "memory");
	return wrong;
}

static void general_registers(void)
{
	state_begin();
	for (unsigned int i = 0; i < ROUNDS; i++)
		if (!CHECK_EQUAL(state_general_round(), 0))
			break;
	state_end();
}

typedef uint8_t state_vector[16];
static state_vector state_in[32] __attribute__((aligned(16)));
static state_vector state_out[32] __attribute__((aligned(16)));

static void state_vectors_load(void)
{
	const state_vector *at = state_in;

	__asm__ volatile(".irp n, 0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30\n\t"
	                 "ldr q\\n, [%0], #16\n\t"
	                 ".endr\n\t"
	                 ".irp n, 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31\n\t"
	                 "ldr q\\n, [%0], #16\n\t"
	                 ".endr"
	                 : "+r"(at)
	                 :
	                 : "memory");
}

static void state_vectors_store(void)
{
	state_vector *at = state_out;

	__asm__ volatile(".irp n, 0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30\n\t"
	                 "str q\\n, [%0], #16\n\t"
	                 ".endr\n\t"
	                 ".irp n, 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31\n\t"
	                 "str q\\n, [%0], #16\n\t"
	                 ".endr"
	                 : "+r"(at)
	                 :
	                 : "memory");
}

/* Nothing between load and store uses these registers: the library doesn't, but to print. */
static void state_vectors_round(uint8_t seed)
{
	for (unsigned int i = 0; i < 32; i++)
		for (unsigned int j = 0; j < 16; j++)
			state_in[i][j] = (uint8_t)(seed + i * 16 + j);
	state_vectors_load();
	cpu_write(fpsr, 0x0800001f);
	for (unsigned int i = 0; i < 8; i++) {
		cpu_wfi();
		board_read32(BOARD_GICD + GICD_TYPER);
		psci_call(PSCI_VERSION, 0, 0, 0);
	}
	state_vectors_store();
	CHECK_EQUAL(cpu_read(fpsr), 0x0800001f);
	for (unsigned int i = 0; i < 32; i++)
		for (unsigned int j = 0; j < 16; j++)
			CHECK_EQUAL(state_out[i][j], state_in[i][j]);
}

static void vector_registers(void)
{
	state_begin();
	for (unsigned int i = 0; i < ROUNDS / 8; i++)
		state_vectors_round((uint8_t)(i * 37));
	state_end();
}

static void flags(void)
{
	uint64_t before, after;

	state_begin();
	for (unsigned int i = 0; i < ROUNDS; i++) {
		__asm__ volatile(
		    "msr nzcv, %2\n\tmrs %0, nzcv\n\twfi\n\tldr w3, [%3]\n\tmrs %1, nzcv"
		    : "=&r"(before), "=&r"(after)
		    : "r"((uint64_t)(i & 15) << 28), "r"(BOARD_GICD + GICD_TYPER)
		    : "x3", "cc", "memory");
		if (!CHECK_EQUAL(after, before))
			break;
	}
	state_end();
}

static void system_registers(void)
{
	uint64_t before[6], after[6];

	cpu_write(tpidr_el0, 0xfeedface);
	state_begin();
	for (unsigned int i = 0; i < ROUNDS; i++) {
		uint64_t *at = i == 0 ? before : after;

		at[0] = cpu_read(sctlr_el1);
		at[1] = cpu_read(ttbr0_el1);
		at[2] = cpu_read(vbar_el1);
		at[3] = cpu_read(tpidr_el0);
		at[4] = cpu_read(mair_el1);
		at[5] = cpu_read(cpacr_el1);
		for (unsigned int j = 0; j < 6; j++)
			CHECK_EQUAL(at[j], before[j]);
		cpu_wfi();
	}
	state_end();
}

/* nTWE, nTWI, CP15BEN, SA0, SA: set after a reset, and kept by programs that change other bits. */
static void sctlr_after_reset(void)
{
	CHECK_EQUAL(cpu_read(sctlr_el1) & 0x50038, 0x50038);
}

/* Each CPU checks its registers while all of them are interrupted. */
static volatile uint32_t state_finished;
static uint64_t state_wrong[8];

static void state_on_other(void)
{
	gic_enable(BOARD_PTIMER_INTERRUPT, NULL); /* wakes, and stays masked */
	for (unsigned int i = 0; i < ROUNDS; i++) {
		cpu_write(cntp_cval_el0, time_counter() + 1000);
		cpu_write(cntp_ctl_el0, TIMER_ENABLE);
		cpu_isb();
		state_wrong[cpu_number()] |= state_general_round();
	}
	__atomic_fetch_add(&state_finished, 1, __ATOMIC_SEQ_CST);
	cpu_sev();
}

static void every_cpu(void)
{
	unsigned int count = cpu_count();

	for (unsigned int cpu = 1; cpu < count; cpu++)
		CHECK_EQUAL(cpu_start(cpu, state_on_other), PSCI_SUCCESS);
	cpu_wait_for(&state_finished, count - 1);
	for (unsigned int cpu = 1; cpu < count; cpu++)
		CHECK_EQUAL(state_wrong[cpu], 0);
}

const struct test tests[] = {
    {"general-registers", general_registers, TEST_ANYWHERE},
    {"vector-registers", vector_registers, TEST_ANYWHERE},
    {"flags", flags, TEST_ANYWHERE},
    {"system-registers", system_registers, TEST_ANYWHERE},
    {"sctlr-after-reset", sctlr_after_reset, TEST_ANYWHERE},
    {"every-cpu", every_cpu, TEST_SMP},
    {0},
};
