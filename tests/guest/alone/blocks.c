/*
 * A single-core system as a course or a board support package has it: linked for 0x40080000 (where
 * QEMU's -kernel puts it) with absolute addresses, caches invalidated by set and way first, an MMU
 * with 2 MiB blocks over devices and memory, floating point on, interrupts by a loop over the
 * controller. The UART speaks and listens by interrupts at FIFO levels, the EL1 physical timer
 * ticks, the clock is read and wakes it once. Knows nothing of Kumiki or of guests/lib.
 */
#include <stdint.h>

__asm__(".section .first, \"ax\"\n"
        "	.globl	first\n"
        "first:	mrs	x0, mpidr_el1\n"
        "	and	x0, x0, #0xff\n"
        "	cbnz	x0, 1f\n"
        "	mov	x0, #3 << 20\n"
        "	msr	cpacr_el1, x0\n"
        "	ldr	x0, =0x40100000\n"
        "	mov	sp, x0\n"
        "	ldr	x0, =blocks_vectors\n"
        "	msr	vbar_el1, x0\n"
        "	isb\n"
        "	bl	blocks_main\n"
        "1:	wfi\n"
        "	b	1b\n"
        "	.ltorg\n"
        "	.previous\n"
        "	.text\n"
        "	.balign	2048\n"
        "blocks_vectors:\n"
        "	.skip	0x200\n"
        "	mrs	x0, esr_el1\n" /* a synchronous exception is an error here */
        "	b	blocks_died\n"
        "	.balign	128\n"
        "	sub	sp, sp, #192\n" /* IRQ from the same level */
        "	stp	x0, x1, [sp]\n"
        "	stp	x2, x3, [sp, #16]\n"
        "	stp	x4, x5, [sp, #32]\n"
        "	stp	x6, x7, [sp, #48]\n"
        "	stp	x8, x9, [sp, #64]\n"
        "	stp	x10, x11, [sp, #80]\n"
        "	stp	x12, x13, [sp, #96]\n"
        "	stp	x14, x15, [sp, #112]\n"
        "	stp	x16, x17, [sp, #128]\n"
        "	stp	x18, x30, [sp, #144]\n"
        "	mrs	x0, elr_el1\n"
        "	mrs	x1, spsr_el1\n"
        "	stp	x0, x1, [sp, #160]\n"
        "	bl	blocks_irq\n"
        "	ldp	x0, x1, [sp, #160]\n"
        "	msr	elr_el1, x0\n"
        "	msr	spsr_el1, x1\n"
        "	ldp	x18, x30, [sp, #144]\n"
        "	ldp	x16, x17, [sp, #128]\n"
        "	ldp	x14, x15, [sp, #112]\n"
        "	ldp	x12, x13, [sp, #96]\n"
        "	ldp	x10, x11, [sp, #80]\n"
        "	ldp	x8, x9, [sp, #64]\n"
        "	ldp	x6, x7, [sp, #48]\n"
        "	ldp	x4, x5, [sp, #32]\n"
        "	ldp	x2, x3, [sp, #16]\n"
        "	ldp	x0, x1, [sp]\n"
        "	add	sp, sp, #192\n"
        "	eret");

extern const char blocks_vectors[];

/* A struct over the registers: the compiler chooses the instructions. */
struct uart {
	uint32_t data, error, unused0[4], flag, unused1[2], integer, fraction, line, control, level;
	uint32_t mask, raw, masked, clear;
};
struct rtc {
	uint32_t data, match, load, control, mask, raw, masked, clear;
};
#define UART       ((volatile struct uart *)0x09000000)
#define RTC        ((volatile struct rtc *)0x09010000)
#define GICD       0x08000000ul
#define GICR       0x080a0000ul
#define REG(a)     (*(volatile uint32_t *)(a))
#define TIMER      30u
#define UART_INTID 33u
#define RTC_INTID  34u
#define DEVICE     0x401ull /* a block, accessed, MAIR 0 */
#define MEMORY     0x705ull /* the same, inner shareable, MAIR 1 */
#define NO_EXECUTE (3ull << 53)

static uint64_t level1[512] __attribute__((aligned(4096)));
static uint64_t devices[512] __attribute__((aligned(4096)));
static uint64_t memory[512] __attribute__((aligned(4096)));

static volatile uint32_t ticks, alarms, spurious;
static const char *volatile speech; /* text that the UART's interrupt still has to print */
static volatile char heard[64];
static volatile uint32_t heard_length;

static void power_off(void)
{
	__asm__ volatile("ldr w0, =0x84000008; hvc #0" ::: "x0", "x1", "x2", "x3", "memory");
}

/* ---- caches and MMU ---- */

static void invalidate_level(uint64_t level)
{
	uint64_t size, sets, ways, shift;

	__asm__ volatile("msr csselr_el1, %1; isb; mrs %0, ccsidr_el1"
	                 : "=r"(size)
	                 : "r"(level << 1));
	sets = (size >> 13 & 0x7fff) + 1;
	ways = (size >> 3 & 0x3ff) + 1;
	shift = ways > 1 ? (uint64_t)__builtin_clz((uint32_t)ways - 1) : 0;
	for (uint64_t set = 0; set < sets; set++)
		for (uint64_t way = 0; way < ways; way++)
			__asm__ volatile("dc isw, %0" ::"r"(way << shift | set << ((size & 7) + 4) |
			                                    level << 1));
}

static void caches_invalidate(void)
{
	uint64_t clidr;

	__asm__ volatile("mrs %0, clidr_el1" : "=r"(clidr));
	for (uint64_t level = 0; level < (clidr >> 24 & 7); level++)
		if ((clidr >> (3 * level) & 7) >= 2)
			invalidate_level(level);
	__asm__ volatile("dsb sy; ic iallu; dsb sy; isb");
}

static void mmu_on(void)
{
	uint64_t sctlr;

	for (uint64_t at = 0x08000000; at < 0x0a000000; at += 2u << 20)
		devices[at >> 21] = at | DEVICE | NO_EXECUTE;
	for (uint64_t i = 0; i < 8; i++)
		memory[i] = (0x40000000 + (i << 21)) | MEMORY;
	level1[0] = (uint64_t)devices | 3;
	level1[1] = (uint64_t)memory | 3;
	__asm__ volatile("msr mair_el1, %0" ::"r"(0xff00ul)); /* nGnRnE, write-back */
	__asm__ volatile(
	    "msr tcr_el1, %0" ::"r"(25ul | 1ul << 8 | 1ul << 10 | 3ul << 12 | 1ul << 23));
	__asm__ volatile("msr ttbr0_el1, %0; dsb ish; tlbi vmalle1; dsb ish; isb" ::"r"(level1));
	__asm__ volatile("mrs %0, sctlr_el1" : "=r"(sctlr));
	__asm__ volatile("msr sctlr_el1, %0; isb" ::"r"(sctlr | 1 | 1 << 2 | 1 << 12));
}

/* ---- interrupts ---- */

static void gic_on(void)
{
	REG(GICD) = 0;
	while ((REG(GICD) >> 31) != 0)
		__asm__ volatile("yield");
	for (uint64_t i = 32; i < 32 * ((REG(GICD + 4) & 0x1f) + 1); i += 32) {
		REG(GICD + 0x180 + i / 8) = ~0u; /* all off */
		REG(GICD + 0x080 + i / 8) = ~0u; /* group 1 */
		for (uint64_t j = 0; j < 32; j += 4)
			REG(GICD + 0x400 + i + j) = 0xa0a0a0a0;
	}
	REG(GICD) = 0x12;
	REG(GICR + 0x14) &= ~2u;
	while ((REG(GICR + 0x14) & 4) != 0)
		__asm__ volatile("yield");
	REG(GICR + 0x10080) = ~0u;
	for (uint64_t i = 0; i < 32; i += 4)
		REG(GICR + 0x10400 + i) = 0xa0a0a0a0;
	REG(GICR + 0x10100) = 1u << TIMER;
	for (uint32_t intid = UART_INTID; intid <= RTC_INTID; intid++) {
		*(volatile uint64_t *)(GICD + 0x6000 + 8ul * intid) = 0;
		REG(GICD + 0x104) = 1u << (intid - 32);
	}
	__asm__ volatile("msr S3_0_C12_C12_5, %0; isb" ::"r"(7ul));
	__asm__ volatile("msr S3_0_C4_C6_0, %0; msr S3_0_C12_C12_3, xzr" ::"r"(0xf0ul));
	__asm__ volatile("msr S3_0_C12_C12_4, %0" ::"r"(2ul)); /* EOI drops, DIR deactivates */
	__asm__ volatile("msr S3_0_C12_C12_7, %0; isb" ::"r"(1ul));
}

static void timer_next(void)
{
	uint64_t hz, now;

	__asm__ volatile("mrs %0, cntfrq_el0; isb; mrs %1, cntpct_el0" : "=r"(hz), "=r"(now));
	__asm__ volatile("msr cntp_cval_el0, %0; msr cntp_ctl_el0, %1; isb" ::"r"(now + hz / 1000),
	                 "r"(1ul));
}

/* Fills the FIFO; at its level the UART asks for more. */
static void uart_speak(void)
{
	const char *next = speech;

	while (*next != '\0' && (UART->flag & 0x20) == 0)
		UART->data = (uint32_t)*next++;
	speech = next;
	if (*next == '\0')
		UART->mask &= ~0x20u;
}

static void uart_listen(void)
{
	while ((UART->flag & 0x10) == 0) {
		uint32_t data = UART->data;

		if (heard_length < sizeof(heard) - 1)
			heard[heard_length++] = (char)data;
	}
}

static void uart_interrupt(void)
{
	uint32_t masked = UART->masked;

	UART->clear = masked;
	if ((masked & 0x50) != 0)
		uart_listen();
	if ((masked & 0x20) != 0)
		uart_speak();
}

static uint64_t acknowledge(void)
{
	uint64_t intid;

	__asm__ volatile("mrs %0, S3_0_C12_C12_0; dsb sy" : "=r"(intid));
	return intid;
}

void blocks_irq(void)
{
	for (uint64_t intid = acknowledge(); intid < 1020; intid = acknowledge()) {
		__asm__ volatile("msr S3_0_C12_C12_1, %0; isb" ::"r"(intid));
		if (intid == TIMER) {
			ticks++;
			timer_next();
		} else if (intid == UART_INTID) {
			uart_interrupt();
		} else if (intid == RTC_INTID) {
			alarms++;
			RTC->clear = 1;
		} else {
			spurious++;
		}
		__asm__ volatile("msr S3_0_C12_C11_1, %0; isb" ::"r"(intid));
	}
}

/* ---- the program ---- */

static void uart_on(void)
{
	UART->control = 0;
	UART->clear = 0x7ff;
	UART->integer = 13;
	UART->fraction = 1;
	UART->line = 0x70;  /* 8 bits, FIFOs */
	UART->level = 0x12; /* both at half */
	UART->mask = 0x50;  /* receive, and receive timed out */
	UART->control = 0x301;
}

/* The first bytes are written by hand: the level interrupt comes when a FIFO drains to it. */
static void say(const char *text)
{
	__asm__ volatile("msr daifset, #2");
	speech = text;
	uart_speak();
	if (*speech != '\0')
		UART->mask |= 0x20;
	__asm__ volatile("msr daifclr, #2");
	while (*speech != '\0')
		__asm__ volatile("wfi");
}

void blocks_died(uint64_t esr)
{
	static const char digits[] = "0123456789abcdef";
	static const char text[] = "blocks: DIED of esr ";

	for (const char *c = text; *c != '\0'; c++)
		UART->data = (uint32_t)*c;
	for (int shift = 28; shift >= 0; shift -= 4)
		UART->data = (uint32_t)digits[esr >> shift & 15];
	UART->data = '\r';
	UART->data = '\n';
	power_off();
}

/* Between interrupts that use none of its registers. */
static double floating(void)
{
	volatile double sum = 0;

	for (int i = 1; i <= 1000; i++)
		sum = sum + 1.0 / i;
	return sum;
}

static void wait_alarm(void)
{
	RTC->match = RTC->data + 1;
	RTC->mask = 1;
	while (alarms == 0)
		__asm__ volatile("wfi");
}

static void wait_line(void)
{
	while (heard_length == 0 || heard[heard_length - 1] != '\r')
		__asm__ volatile("wfi");
	heard[heard_length - 1] = '\0';
}

void blocks_main(void)
{
	static char answer[sizeof(heard) + 1];

	caches_invalidate();
	mmu_on();
	uart_on();
	gic_on();
	timer_next();
	__asm__ volatile("msr daifclr, #2");
	while (ticks < 10)
		__asm__ volatile("wfi");
	say("blocks: 10 ticks by the physical timer, and a line that is longer than any FIFO\r\n");
	say(floating() > 7.48 && floating() < 7.49 ? "blocks: floats\r\n"
	                                           : "blocks: WRONG float\r\n");
	wait_alarm();
	say("blocks: woken by the clock\r\n");
	say("blocks: say something\r\n");
	wait_line();
	for (uint32_t i = 0; i <= heard_length; i++)
		answer[i] = heard[i];
	say("blocks: heard ");
	say(answer);
	say(spurious == 0 ? "\r\n" : ", and WRONG interrupts\r\n");
	say("blocks: done\r\n");
	power_off();
}
