/*
 * The ID registers: all can be read, and they show what a guest at EL1 can really use.
 *
 * Shows: guests.id-registers.
 */
#include <guest/cpu.h>
#include <guest/exception.h>
#include <guest/test.h>
#include <guest/time.h>

/* All of op0 = 3, op1 = 0, CRn = 0, CRm = 1 to 7: 56 registers, defined or reserved. */
static void idreg_read_all(uint64_t values[7][8])
{
	uint64_t *at = &values[0][0];

	__asm__ volatile(".irp crm, 1, 2, 3, 4, 5, 6, 7\n\t"
	                 ".irp op2, 0, 1, 2, 3, 4, 5, 6, 7\n\t"
	                 "mrs x9, s3_0_c0_c\\crm\\()_\\op2\n\t"
	                 "str x9, [%0], #8\n\t"
	                 ".endr\n\t.endr"
	                 : "+r"(at)
	                 :
	                 : "x9", "memory");
}

static uint64_t idreg_values[7][8], idreg_again[7][8];

static void all_can_be_read(void)
{
	fault_expect();
	idreg_read_all(idreg_values);
	CHECK(fault_taken() == NULL);
	idreg_read_all(idreg_again);
	for (unsigned int i = 0; i < 7; i++)
		for (unsigned int j = 0; j < 8; j++)
			CHECK_EQUAL(idreg_again[i][j], idreg_values[i][j]);
}

static void reserved_are_zero(void)
{
	idreg_read_all(idreg_values);
	CHECK_EQUAL(idreg_values[3][2], 0); /* CRm 4, op2 2, 3, 6, 7 */
	CHECK_EQUAL(idreg_values[3][3], 0);
	CHECK_EQUAL(idreg_values[3][6], 0);
	CHECK_EQUAL(idreg_values[3][7], 0);
	CHECK_EQUAL(idreg_values[4][2], 0); /* CRm 5 */
	CHECK_EQUAL(idreg_values[4][3], 0);
	CHECK_EQUAL(idreg_values[5][6], 0); /* CRm 6 */
	CHECK_EQUAL(idreg_values[6][6], 0); /* CRm 7 */
}

static void exception_levels(void)
{
	uint64_t features = cpu_read(id_aa64pfr0_el1);

	CHECK((features & 0xf) >= 1);
	CHECK((features >> 4 & 0xf) >= 1);
	CHECK_EQUAL(features >> 8 & 0xf, 0);  /* no EL2 here */
	CHECK_EQUAL(features >> 12 & 0xf, 0); /* nor EL3 */
	CHECK_EQUAL(features >> 24 & 0xf, 1); /* the GIC's registers */
}

/* Features that are shown work; see also the tests of the PMU and of debug. */
static void shown_means_usable(void)
{
	uint64_t features = cpu_read(id_aa64pfr0_el1);

	fault_expect();
	if (time_has_pmu())
		cpu_read(pmcr_el0);
	if ((features >> 16 & 0xf) != 0xf)
		__asm__ volatile("fmov d0, xzr" ::: "v0");
	if (cpu_read(id_aa64isar0_el1) >> 16 & 0xf)
		__asm__ volatile(".arch_extension crc\n\tcrc32cb wzr, wzr, wzr");
	CHECK(fault_taken() == NULL);
}

/* Hidden features aren't there. */
static void hidden_means_undefined(void)
{
	if (cpu_read(id_aa64pfr0_el1) >> 32 & 0xf)
		return;
	fault_expect();
	__asm__ volatile(".inst 0x0420e3e0"); /* cntb x0: SVE */
	CHECK(fault_taken() != NULL);
}

static void who_am_i(void)
{
	CHECK_EQUAL(cpu_read(mpidr_el1) & 0xff00ffffff, cpu_number());
	CHECK_EQUAL(cpu_read(mpidr_el1) >> 31 & 1, 1);
	CHECK(cpu_read(midr_el1) != 0);
	CHECK_EQUAL(cpu_read(revidr_el1), cpu_read(revidr_el1));
	CHECK(cpu_read(ctr_el0) >> 31 & 1);
	CHECK_EQUAL(cpu_read(currentel) >> 2, 1);
}

/* A guest's own registers keep its values. */
static void own_registers(void)
{
	cpu_write(tpidr_el0, 0x1122334455667788);
	cpu_write(tpidrro_el0, 0x2233445566778899);
	cpu_write(contextidr_el1, 0x33445566);
	cpu_write(csselr_el1, 0);
	cpu_write(amair_el1, 0);
	cpu_write(afsr0_el1, 0);
	cpu_write(par_el1, 0x800);
	cpu_write(cntkctl_el1, 3);
	cpu_isb();
	CHECK_EQUAL(cpu_read(tpidr_el0), 0x1122334455667788);
	CHECK_EQUAL(cpu_read(tpidrro_el0), 0x2233445566778899);
	CHECK_EQUAL(cpu_read(contextidr_el1), 0x33445566);
	CHECK_EQUAL(cpu_read(cntkctl_el1), 3);
	CHECK(cpu_read(ccsidr_el1) != 0);
	CHECK(cpu_read(clidr_el1) != 0);
}

const struct test tests[] = {
    {"all-can-be-read", all_can_be_read, TEST_ANYWHERE},
    {"reserved-are-zero", reserved_are_zero, TEST_ANYWHERE},
    {"exception-levels", exception_levels, TEST_ANYWHERE},
    {"shown-means-usable", shown_means_usable, TEST_ANYWHERE},
    {"hidden-means-undefined", hidden_means_undefined, TEST_ANYWHERE},
    {"who-am-i", who_am_i, TEST_ANYWHERE},
    {"own-registers", own_registers, TEST_ANYWHERE},
    {0},
};
