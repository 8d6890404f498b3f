/*
 * Traps to the frame again and again, in the way that `trapped.way` says, with known values in all
 * general registers. Checks that the answer is right, and that nothing else has changed. The
 * campaign that breaks the frame in the middle of these traps (tests/system/frame_campaign.py)
 * writes the way, and reads the counts. Stands alone: no library.
 */
#include <kumiki/hypercall.h>
#include <stdbool.h>
#include <stdint.h>

#define REG(a)    (*(volatile uint32_t *)(a))
#define SGI       (ALONE_GICR + 0x10000)
#define TIMER     27u
#define ITSELF    5u   /* the SGI that it sends to itself */
#define SHARED    39u  /* the SPI that it makes pending, where it owns a PL061 */
#define SOON      1000 /* until that has come, in ticks of 16 ns */
#define SPURIOUS  1023u
#define UART_IBRD (ALONE_UART + 0x24)
#define PRIORITY  (SGI + 0x400 + 8) /* of interrupts 8 to 11, which nobody uses */
#define PSCI      0x84000000ull     /* its version */
#define PAUSE     8                 /* traps, until it leaves the core to others for as long */
#define SPINS     2000              /* until a timer is due, in ticks of 16 ns: 32 us */

struct registers {
	uint64_t x[32];
	uint64_t saved[16];
};

__asm__(
    "	.section .first, \"ax\"\n"
    "	.globl	first\n"
    "first:	adr	x1, first\n"
    "	add	x1, x1, #0x40000\n"
    "	mov	sp, x1\n"
    "	bl	trapped_main\n"
    "	.previous\n"
    "	.text\n"
    /* NAME(in, out): loads all general registers, executes one instruction, stores them all. sp
       leads to `out` meanwhile. */
    "	.macro	trapped name, instruction:vararg\n"
    "	.globl	\\name\n"
    "\\name:	mov	x3, sp\n"
    "	add	x4, x1, #256\n"
    "	stp	x19, x20, [x4]\n"
    "	stp	x21, x22, [x4, #16]\n"
    "	stp	x23, x24, [x4, #32]\n"
    "	stp	x25, x26, [x4, #48]\n"
    "	stp	x27, x28, [x4, #64]\n"
    "	stp	x29, x30, [x4, #80]\n"
    "	str	x3, [x4, #96]\n"
    "	mov	sp, x1\n"
    "	.irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30\n"
    "	ldr	x\\n, [x0, #8*\\n]\n"
    "	.endr\n"
    "	ldr	x0, [x0]\n"
    "	.globl	\\name\\()_here\n"
    "\\name\\()_here:\n"
    "	\\instruction\n"
    "	.irp n, "
    "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30\n"
    "	str	x\\n, [sp, #8*\\n]\n"
    "	.endr\n"
    "	mov	x4, sp\n"
    "	add	x4, x4, #256\n"
    "	ldr	x3, [x4, #96]\n"
    "	mov	sp, x3\n"
    "	ldp	x19, x20, [x4]\n"
    "	ldp	x21, x22, [x4, #16]\n"
    "	ldp	x23, x24, [x4, #32]\n"
    "	ldp	x25, x26, [x4, #48]\n"
    "	ldp	x27, x28, [x4, #64]\n"
    "	ldp	x29, x30, [x4, #80]\n"
    "	ret\n"
    "	.endm\n"
    "	trapped	trapped_hvc, hvc #0\n"
    "	trapped	trapped_smc, smc #0\n"
    "	trapped	trapped_store, str w0, [x1]\n"
    "	trapped	trapped_load, ldr w0, [x1]\n"
    "	trapped	trapped_sgi, msr S3_0_C12_C11_5, x0\n" /* ICC_SGI1R_EL1 */
    "	trapped	trapped_wait, wfi\n"
    "	trapped	trapped_spin, 1: subs x0, x0, #1; b.ne 1b\n");

typedef void trapped_way(const struct registers *in, struct registers *out);
trapped_way trapped_hvc, trapped_smc, trapped_store, trapped_load, trapped_sgi, trapped_wait,
    trapped_spin;
/* Called in turn, each time that 2 ms are over: for breakpoints. */
void trapped_odd(void);
void trapped_even(void);
void trapped_main(void);

enum way {
	HYPERCALL,
	PSCI_CALL,
	SMC_CALL,
	UART_WRITE,
	UART_READ,
	GIC_WRITE,
	SEND_SGI,
	WAIT,
	SPIN,
	SEND_SPI,
	RING,
	READ_PLACE,
	WRITE_PLACE
};

struct {
	volatile uint32_t way;         /* written by others alone */
	volatile uint32_t rounds;      /* traps so far */
	volatile uint32_t wrong;       /* wrong values */
	volatile uint32_t lost, twice; /* interrupts */
	volatile uint32_t last;    /* 1 + the register that was wrong last; 33: a device's value */
	volatile uint64_t differs; /* in these bits */
	volatile uint64_t place;   /* of READ_PLACE and WRITE_PLACE: written by others alone */
} trapped;

static struct registers in, out;
static uint64_t seed = 1;

static uint64_t next(void)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return seed ^ seed >> 29;
}

static uint64_t now(void)
{
	uint64_t ticks;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks));
	return ticks;
}

static void put(const char *text)
{
	for (; *text != '\0'; text++)
		*(volatile uint8_t *)ALONE_UART = (uint8_t)*text;
}

static void expect(uint32_t place, uint64_t value, uint64_t wanted)
{
	if (value == wanted)
		return;
	trapped.wrong++;
	trapped.last = place + 1;
	trapped.differs = value ^ wanted;
}

/* Interrupts stay masked: they are taken here. Returns how often this one was pending. */
static uint32_t take(uint32_t intid)
{
	uint32_t times = 0;
	uint64_t found;

	for (;;) {
		__asm__ volatile("isb; mrs %0, S3_0_C12_C12_0" : "=r"(found)); /* ICC_IAR1_EL1 */
		if (found >= 1020)
			return times;
		if (intid == TIMER && found == TIMER)
			__asm__ volatile("msr cntv_ctl_el0, xzr; isb");
		times += found == intid;
		__asm__ volatile("msr S3_0_C12_C12_1, %0; isb" ::"r"(found)); /* ICC_EOIR1_EL1 */
	}
}

static void taken_once(uint32_t intid)
{
	uint32_t times = take(intid);

	trapped.lost += times == 0;
	trapped.twice += times > 1;
}

static uint64_t affinity(void)
{
	uint64_t mpidr;

	__asm__ volatile("mrs %0, mpidr_el1" : "=r"(mpidr));
	return mpidr & 0xff00ffffffull;
}

static void listen(void)
{
	REG(ALONE_GICD) = 1u << 4 | 1u << 1; /* affinity routing, group 1 */
	REG(ALONE_GICR + 0x14) &= ~2u;
	while ((REG(ALONE_GICR + 0x14) & 4u) != 0)
		__asm__ volatile("yield");
	REG(SGI + 0x80) |= 1u << TIMER | 1u << ITSELF; /* group 1 */
	*(volatile uint8_t *)(SGI + 0x400 + TIMER) = 0x80;
	*(volatile uint8_t *)(SGI + 0x400 + ITSELF) = 0x80;
	REG(SGI + 0x100) = 1u << TIMER | 1u << ITSELF;
	REG(ALONE_GICD + 0x84) |= 1u << SHARED % 32; /* group 1 */
	*(volatile uint8_t *)(ALONE_GICD + 0x400 + SHARED) = 0x80;
	*(volatile uint64_t *)(ALONE_GICD + 0x6000 + 8 * SHARED) = affinity();
	REG(ALONE_GICD + 0x104) = 1u << SHARED % 32;
	__asm__ volatile("msr S3_0_C12_C12_5, %0; isb" ::"r"(7ul)); /* ICC_SRE_EL1 */
	__asm__ volatile("msr S3_0_C4_C6_0, %0" ::"r"(0xfful));     /* ICC_PMR_EL1 */
	__asm__ volatile("msr S3_0_C12_C12_7, %0; isb" ::"r"(1ul)); /* ICC_IGRPEN1_EL1 */
}

/* Registers in all; those from `first` on stay as they are. */
static void go(trapped_way *way, uint32_t first)
{
	for (uint32_t i = first; i < 31; i++)
		in.x[i] = next();
	way(&in, &out);
	for (uint32_t i = first; i < 31; i++)
		expect(i, out.x[i], in.x[i]);
}

static void call(trapped_way *way, uint64_t function, uint64_t answer)
{
	in.x[0] = function;
	go(way, 1);
	expect(0, out.x[0], answer);
}

/* A value goes to a device's register, or comes from there; nothing else changes. */
static void store(uintptr_t at, uint32_t mask)
{
	in.x[0] = next() & mask;
	in.x[1] = at;
	go(trapped_store, 2);
	expect(0, out.x[0], in.x[0]);
	expect(1, out.x[1], at);
	expect(32, REG(at) & mask, in.x[0]);
}

static void load(uintptr_t at, uint32_t mask)
{
	uint32_t value = (uint32_t)next() & mask;

	REG(at) = value;
	in.x[0] = next();
	in.x[1] = at;
	go(trapped_load, 2);
	expect(0, out.x[0], value);
	expect(1, out.x[1], at);
}

static void send(void)
{
	uint64_t self = affinity();

	in.x[0] = (uint64_t)ITSELF << 24 | 1ull << (self & 15) | (self & 0xff00) << 8;
	go(trapped_sgi, 1);
	expect(0, out.x[0], in.x[0]);
	taken_once(ITSELF);
}

static void send_shared(void)
{
	uint64_t due;
	uint32_t times = 0;

	in.x[0] = 1u << SHARED % 32;
	in.x[1] = ALONE_GICD + 0x204;
	go(trapped_store, 2);
	due = now() + SOON;
	do
		times += take(SHARED);
	while (now() < due);
	trapped.lost += times == 0;
	trapped.twice += times > 1;
}

/* Its first doorbell. */
static void ring(void)
{
	in.x[0] = KUMIKI_CALL_RING;
	in.x[1] = 0;
	go(trapped_hvc, 2);
	expect(0, out.x[0], 0);
}

/* A register that always says the same. */
static void read_place(void)
{
	uint32_t value = REG(trapped.place);

	in.x[0] = next();
	in.x[1] = trapped.place;
	go(trapped_load, 2);
	expect(0, out.x[0], value);
	expect(1, out.x[1], in.x[1]);
}

/* Its timer comes while it waits, or while it works. */
static void wait(trapped_way *way, uint32_t first)
{
	uint64_t due = now() + SPINS;

	__asm__ volatile("msr cntv_cval_el0, %0; msr cntv_ctl_el0, %1; isb" ::"r"(due), "r"(1ul));
	do {
		in.x[0] = SPINS;
		go(way, first);
	} while (now() < due);
	taken_once(TIMER);
}

static void round(void)
{
	switch (trapped.way) {
	case HYPERCALL:
		call(trapped_hvc, KUMIKI_CALL_NOP, 0);
		break;
	case PSCI_CALL:
		call(trapped_hvc, PSCI, 0x10001);
		break;
	case SMC_CALL:
		call(trapped_smc, PSCI, 0x10001);
		break;
	case UART_WRITE:
		store(UART_IBRD, 0xffff);
		break;
	case UART_READ:
		load(UART_IBRD, 0xffff);
		break;
	case GIC_WRITE:
		store(PRIORITY, 0x80808080u);
		break;
	case SEND_SGI:
		send();
		break;
	case WAIT:
		wait(trapped_wait, 0);
		break;
	case SPIN:
		wait(trapped_spin, 1);
		break;
	case SEND_SPI:
		send_shared();
		break;
	case RING:
		ring();
		break;
	case READ_PLACE:
		read_place();
		break;
	case WRITE_PLACE:
		store(trapped.place, 0xff);
		break;
	}
}

__attribute__((noinline)) void trapped_odd(void)
{
	__asm__ volatile("");
}

__attribute__((noinline)) void trapped_even(void)
{
	__asm__ volatile("" ::"r"(1));
}

/* Returns when the next one is due. */
static uint64_t tell(uint64_t due)
{
	static bool odd;
	uint64_t hz;

	if (now() < due)
		return due;
	odd = !odd;
	if (odd)
		trapped_odd();
	else
		trapped_even();
	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(hz));
	return now() + hz / 500;
}

void trapped_main(void)
{
	uint64_t due = now();

	listen();
	put("trapped: begins\r\n");
	for (;;) {
		round();
		trapped.rounds++;
		if (trapped.rounds % PAUSE == 0)
			wait(trapped_wait, 0);
		due = tell(due);
	}
}
