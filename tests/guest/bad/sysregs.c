/*
 * Tries every encoding of system registers and system instructions (op0 1 to 3; reads and writes),
 * at EL1 and EL0, in an order that a seed fixes, with values that mean harm; then each coprocessor
 * access of 32-bit programs, and SVE, SME and AArch32 at EL1. What gets through is shown as a map,
 * one line for each op0, op1 and CRn, so that a reader can compare machines.
 */
#include "attempt.h"
#include <guest/cpu.h>
#include <guest/psci.h>
#include <kumiki/hypercall.h>
#include <stdio.h>

#define SYSREGS_WRITE 0xd5000000u
#define SYSREGS_READ  0xd5200000u
/* op0:op1:CRn:CRm:op2, the instruction's bits 20:5, from op0 = 1 on. */
#define SYSREGS_FIRST 0x4000u
#define SYSREGS_COUNT 0xc000u
#define SYSREGS_MRC   0xee100e10u /* mrc p14, 0, r0, c0, c0, 0 */
#define SYSREGS_MCR   0xee000e10u

enum { SYSREGS_THROUGH, SYSREGS_UNDEFINED, SYSREGS_OWN_TRAP, SYSREGS_ELSE, SYSREGS_KINDS };
static uint32_t sysregs_count[SYSREGS_KINDS];
/* By state, direction and encoding (op0 1 to 3): got through. */
static uint8_t sysregs_map[2][2][SYSREGS_COUNT / 8];
#define SYSREGS_OWN 0x400e0000u
static uint64_t sysregs_seed = 6502;

/* The outcome of such an access on the bare CPU: through, undefined, or EL1's own trap of EL0. */
static int sysregs_judge(uint64_t esr)
{
	if (ATTEMPT_THROUGH(esr))
		return SYSREGS_THROUGH;
	switch (ATTEMPT_CLASS(esr)) {
	case 0x00:
		return SYSREGS_UNDEFINED;
	case 0x07:
	case 0x18:
	case 0x19: /* SVE, SME by CPACR_EL1 */
	case 0x1d:
		return SYSREGS_OWN_TRAP;
	default:
		return SYSREGS_ELSE;
	}
}

/* Takes the ground away from under the attempt itself, as on any CPU: vectors, translation. */
static int sysregs_fells_itself(uint32_t encoding)
{
	return encoding == 0xc600 || encoding == 0xc080; /* VBAR_EL1, SCTLR_EL1 */
}

/* System instructions get an address in the guest's own memory, where they do no harm. */
static uint64_t sysregs_value(uint32_t encoding)
{
	uint64_t random = attempt_random(&sysregs_seed);

	if (encoding < 0x8000)
		return SYSREGS_OWN;
	switch (random & 3) {
	case 0:
		return 0;
	case 1:
		return ~0ull;
	default:
		return random >> 2;
	}
}

static uint32_t sysregs_reported;

static void sysregs_try(uint32_t encoding, unsigned int read, unsigned int el0)
{
	const uint64_t x[4] = {sysregs_value(encoding), 0, 0, 0};
	uint32_t instruction = (read ? SYSREGS_READ : SYSREGS_WRITE) | encoding << 5;
	uint64_t esr = attempt(instruction, el0 ? ATTEMPT_EL0 : ATTEMPT_EL1, x);
	int kind = sysregs_judge(esr);

	sysregs_count[kind]++;
	if (kind == SYSREGS_THROUGH)
		sysregs_map[el0][read][(encoding - SYSREGS_FIRST) / 8] |=
		    (uint8_t)(1u << encoding % 8);
	if (kind == SYSREGS_ELSE && sysregs_reported++ < 20)
		printf("sysregs: instruction 0x%x: syndrome 0x%lx\n", instruction,
		       (unsigned long)esr);
}

/* Each once, shuffled. */
static void sysregs_all(void)
{
	for (uint32_t i = 0; i < 0x10000; i++) {
		uint32_t encoding = (i * 0x9e35u + 0x1234u) & 0xffff;

		if (encoding < SYSREGS_FIRST)
			continue;
		for (unsigned int way = 0; way < 4; way++) {
			if (way == 0 && sysregs_fells_itself(encoding))
				continue;
			sysregs_try(encoding, way & 1, way >> 1);
		}
	}
}

static void sysregs_show(void)
{
	for (unsigned int way = 0; way < 4; way++)
		for (uint32_t row = 0; row < SYSREGS_COUNT / 128; row++) {
			const uint8_t *map = &sysregs_map[way >> 1][way & 1][row * 16];
			unsigned int any = 0;

			for (unsigned int i = 0; i < 16; i++)
				any |= map[i];
			if (any == 0)
				continue;
			printf("map el%d %s %03x ", way >> 1 ? 0 : 1, way & 1 ? "read" : "write",
			       row + SYSREGS_FIRST / 128);
			for (unsigned int i = 0; i < 16; i++)
				printf("%02x", map[i]);
			printf("\n");
		}
}

static uint32_t sysregs_try32(uint32_t instruction)
{
	const uint64_t x[4] = {0, 0, 0, 0};
	uint64_t esr = attempt(instruction, ATTEMPT_AARCH32, x);
	uint32_t class = ATTEMPT_CLASS(esr);

	/* Through, undefined, or what EL1 itself traps of a 32-bit program. */
	if (ATTEMPT_THROUGH(esr) || class == 0 || (class >= 3 && class <= 8) || class == 0xc)
		return 0;
	if (sysregs_reported++ < 20)
		printf("sysregs: A32 0x%x: syndrome 0x%lx\n", instruction, (unsigned long)esr);
	return 1;
}

static void sysregs_coprocessors(void)
{
	uint32_t tries = 0, wrong = 0;

	for (uint32_t i = 0; i < 0x8000; i++) {
		uint32_t fields = (i & 7) << 21 | (i >> 3 & 0xf) << 16 | (i >> 7 & 0xf) |
		                  (i >> 11 & 7) << 5 | (i >> 14 & 1) << 8;

		wrong += sysregs_try32(SYSREGS_MRC | fields) + sysregs_try32(SYSREGS_MCR | fields);
		tries += 2;
	}
	for (uint32_t i = 0; i < 0x200; i++) { /* mrrc, mcrr p14, p15; ldc, stc p14 */
		uint32_t fields = (i & 0xf) << 4 | (i >> 4 & 0xf) | (i >> 8 & 1) << 8;

		wrong += sysregs_try32(0xec510e00u | fields) + sysregs_try32(0xec410e00u | fields);
		tries += 2;
	}
	wrong += sysregs_try32(0xe7f000f0u) + sysregs_try32(0xe1600070u) +
	         sysregs_try32(0xe1400070u); /* udf, smc, hvc */
	printf("sysregs: 32-bit: %u tries, %u wrong\n", tries + 3, wrong);
}

/* One that must be undefined. */
static void sysregs_must_be_undefined(const char *name, uint32_t instruction)
{
	const uint64_t x[4] = {0, 0, 0, 0};

	for (int el0 = 0; el0 < 2; el0++) {
		uint64_t esr = attempt(instruction, el0 ? ATTEMPT_EL0 : ATTEMPT_EL1, x);

		printf("sysregs: %s at EL%d: %s\n", name, el0 ? 0 : 1,
		       ATTEMPT_CLASS(esr) == 0 ? "undefined" : "NOT undefined");
	}
}

/* Features of some CPUs that a partition doesn't have. */
static void sysregs_hidden(void)
{
	/* EL1 itself allows both levels floating point, SVE and SME. */
	cpu_write(cpacr_el1, 0x03330000);
	cpu_isb();
	sysregs_must_be_undefined("SVE ptrue", 0x2518e3e0u);
	sysregs_must_be_undefined("SVE rdvl", 0x04bf5020u);
	sysregs_must_be_undefined("SME smstart", 0xd503477fu);
	sysregs_must_be_undefined("SME rdsvl", 0x04bf5820u);
}

void guest_main(void *device_tree)
{
	const uint64_t x[4] = {0, 0, 0, 0};

	(void)device_tree;
	attempt_begin();
	printf("sysregs: begins\n");
	sysregs_all();
	sysregs_show();
	printf("sysregs: %u through, %u undefined, %u trapped by EL1, %u else\n",
	       sysregs_count[SYSREGS_THROUGH], sysregs_count[SYSREGS_UNDEFINED],
	       sysregs_count[SYSREGS_OWN_TRAP], sysregs_count[SYSREGS_ELSE]);
	sysregs_coprocessors();
	printf("sysregs: AArch32 at EL1: class 0x%x\n",
	       ATTEMPT_CLASS(attempt(0, ATTEMPT_SVC32, x)));
	if ((uint32_t)psci_call4(KUMIKI_CALL_UID, 0, 0, 0).x[0] == KUMIKI_UID_0)
		sysregs_hidden();
	printf("sysregs: done\n");
}
