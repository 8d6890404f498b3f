/*
 * Checks all of its registers, again and again: the general ones, those of floating point, and
 * those of EL1, of debug and of the PMU that keep what is written to them, each time with other
 * values, for the length of a loop in which another partition's interrupt is sure to come. Prints
 * its progress now and then. It never waits or calls, so each change was made by others. Stands
 * alone: no Kumiki, no library.
 */
#include <stdint.h>

#define ROUNDS 100   /* between two lines */
#define SPINS  20000 /* of the loop */

__asm__(
    ".arch armv8-a+fp+simd\n"
    ".section .first, \"ax\"\n"
    "	.globl	first\n"
    "first:	adr	x1, first\n"
    "	add	x1, x1, #0x40000\n"
    "	mov	sp, x1\n"
    "	mov	x0, #0x300000\n"
    "	msr	cpacr_el1, x0\n"
    "	isb\n"
    "	bl	registers_main\n"
    "	.previous\n"
    /* registers_hold(in, out, spins): sp leads to `out` meanwhile, x0 counts. */
    "	.text\n"
    "	.globl	registers_hold\n"
    "registers_hold:\n"
    "	mov	x3, sp\n"
    "	add	x4, x1, #1024\n"
    "	stp	x19, x20, [x4]\n"
    "	stp	x21, x22, [x4, #16]\n"
    "	stp	x23, x24, [x4, #32]\n"
    "	stp	x25, x26, [x4, #48]\n"
    "	stp	x27, x28, [x4, #64]\n"
    "	stp	x29, x30, [x4, #80]\n"
    "	str	x3, [x4, #96]\n"
    "	mov	sp, x1\n"
    "	add	x4, x0, #256\n"
    "	.irp n, "
    "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
    "	ldr	q\\n, [x4], #16\n"
    "	.endr\n"
    "	mov	x1, x0\n"
    "	mov	x0, x2\n"
    "	.irp n, 2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30\n"
    "	ldr	x\\n, [x1, #8*\\n]\n"
    "	.endr\n"
    "	ldr	x1, [x1, #8]\n"
    "1:	subs	x0, x0, #1\n"
    "	b.ne	1b\n"
    "	.irp n, "
    "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30\n"
    "	str	x\\n, [sp, #8*\\n]\n"
    "	.endr\n"
    "	add	x0, sp, #256\n"
    "	.irp n, "
    "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
    "	str	q\\n, [x0], #16\n"
    "	.endr\n"
    "	mov	x4, sp\n"
    "	add	x4, x4, #1024\n"
    "	ldr	x3, [x4, #96]\n"
    "	mov	sp, x3\n"
    "	ldp	x19, x20, [x4]\n"
    "	ldp	x21, x22, [x4, #16]\n"
    "	ldp	x23, x24, [x4, #32]\n"
    "	ldp	x25, x26, [x4, #48]\n"
    "	ldp	x27, x28, [x4, #64]\n"
    "	ldp	x29, x30, [x4, #80]\n"
    "	ret\n");

/* In memory as registers_hold() wants it. */
struct registers {
	uint64_t x[32];
	uint64_t v[64];
	uint64_t unused[32];
	uint64_t saved[16];
};

void registers_hold(const struct registers *in, struct registers *out, uint64_t spins);
void registers_main(void);

/* A register's name, and its writable bits. */
#define SYSTEM(REGISTER)                                                                           \
	REGISTER(ttbr0_el1, ~0ull)                                                                 \
	REGISTER(ttbr1_el1, ~0ull)                                                                 \
	REGISTER(mair_el1, ~0ull)                                                                  \
	REGISTER(contextidr_el1, 0xffffffffull)                                                    \
	REGISTER(vbar_el1, 0xffffff800ull)                                                         \
	REGISTER(esr_el1, 0xffffffffull)                                                           \
	REGISTER(far_el1, ~0ull)                                                                   \
	REGISTER(elr_el1, ~0ull)                                                                   \
	REGISTER(spsr_el1, 0xf00003c5ull)                                                          \
	REGISTER(sp_el0, ~0ull)                                                                    \
	REGISTER(tpidr_el0, ~0ull)                                                                 \
	REGISTER(tpidrro_el0, ~0ull)                                                               \
	REGISTER(tpidr_el1, ~0ull)                                                                 \
	REGISTER(cntkctl_el1, 0x3ffull)                                                            \
	REGISTER(cntv_cval_el0, ~0ull)                                                             \
	REGISTER(cntp_cval_el0, ~0ull)                                                             \
	REGISTER(fpcr, 0x07c00000ull)                                                              \
	REGISTER(fpsr, 0xf800009full)                                                              \
	LENT(REGISTER)

/* Those that the frame lends. MDE of MDSCR_EL1 and a bit of PMUSERENR_EL0 say that they are at
 * work, by chance, and nothing else is: all counters stand, no breakpoint is on. */
#define LENT(REGISTER)                                                                             \
	REGISTER(mdscr_el1, 0x8000ull)                                                             \
	REGISTER(dbgbvr0_el1, 0xfffffffffffcull)                                                   \
	REGISTER(dbgbcr0_el1, 0xf0006ull)                                                          \
	REGISTER(dbgbvr5_el1, 0xfffffffffffcull)                                                   \
	REGISTER(dbgbcr5_el1, 0xf0006ull)                                                          \
	REGISTER(dbgwvr0_el1, 0xfffffffffffcull)                                                   \
	REGISTER(dbgwcr0_el1, 0x1ff8ull)                                                           \
	REGISTER(dbgwvr3_el1, 0xfffffffffffcull)                                                   \
	REGISTER(dbgwcr3_el1, 0x1ff8ull)                                                           \
	REGISTER(pmuserenr_el0, 1ull)                                                              \
	REGISTER(pmccntr_el0, ~0ull)                                                               \
	REGISTER(pmccfiltr_el0, 0xc0000000ull)                                                     \
	REGISTER(pmevcntr0_el0, 0xffffffffull)                                                     \
	REGISTER(pmevtyper0_el0, 0xc00003ffull)                                                    \
	REGISTER(pmevcntr3_el0, 0xffffffffull)                                                     \
	REGISTER(pmevtyper3_el0, 0xc00003ffull)                                                    \
	REGISTER(pmselr_el0, 0x3ull)

static struct registers in, out;
static uint64_t seed;

/* For a debugger that looks into its memory. */
struct {
	volatile uint64_t rounds, wrong;
} registers_told;

static uint64_t next(void)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return seed ^ seed >> 29;
}

static void put(const char *text)
{
	volatile uint32_t *uart = (volatile uint32_t *)ALONE_UART;

	for (; *text != '\0'; text++)
		*(volatile uint8_t *)uart = (uint8_t)*text;
}

static void put_number(uint64_t number)
{
	char digits[21], *at = &digits[20];

	*at = '\0';
	do
		*--at = (char)('0' + number % 10);
	while ((number /= 10) != 0);
	put(at);
}

static void write_system(uint64_t from)
{
	seed = from;
#define WRITE(name, bits) __asm__ volatile("msr " #name ", %0" ::"r"(next() & (bits)));
	SYSTEM(WRITE)
	__asm__ volatile("isb");
}

static uint64_t wrong_system(uint64_t from)
{
	uint64_t wrong = 0, value;

	seed = from;
#define CHECK(name, bits)                                                                          \
	__asm__ volatile("mrs %0, " #name : "=r"(value));                                          \
	if (((value ^ next()) & (bits)) != 0) {                                                    \
		wrong++;                                                                           \
		put("registers: " #name " isn't what it was\r\n");                                 \
	}
	SYSTEM(CHECK)
	return wrong;
}

static uint64_t round(void)
{
	uint64_t wrong = 0, from;

	for (uint32_t i = 1; i < 31; i++)
		in.x[i] = next();
	for (uint32_t i = 0; i < 64; i++)
		in.v[i] = next();
	from = seed;
	write_system(from);
	registers_hold(&in, &out, SPINS);
	wrong += wrong_system(from);
	for (uint32_t i = 1; i < 31; i++)
		wrong += out.x[i] != in.x[i];
	for (uint32_t i = 0; i < 64; i++)
		wrong += out.v[i] != in.v[i];
	return wrong;
}

void registers_main(void)
{
	uint64_t wrong = 0, affinity;

	__asm__ volatile("mrs %0, cntpct_el0" : "=r"(seed));
	__asm__ volatile("mrs %0, mpidr_el1" : "=r"(affinity));
	if ((affinity & 0xffffff) != 0)
		put("registers: MPIDR_EL1 is another's\r\n");
	for (uint64_t rounds = 1;; rounds++) {
		wrong += round();
		registers_told.rounds = rounds;
		registers_told.wrong = wrong;
		/* An emulator that lets its CPUs take turns: it's another one's. */
		__asm__ volatile("yield");
		if (rounds % ROUNDS != 0)
			continue;
		put("registers: ");
		put_number(rounds);
		put(" rounds, ");
		put_number(wrong);
		put(" wrong\r\n");
	}
}
