/*
 * A manager that moves the vCPUs of its partitions from core to core, one after the other, and now
 * and then prints the number of moves. It sleeps between two moves, so that the host has time for
 * the other cores. Stands alone: no library.
 */
#include <kumiki/hypercall.h>
#include <stdint.h>

#define SAID   500  /* moves, between two lines */
#define PAUSES 2000 /* of them in a second */

#define REG(a) (*(volatile uint32_t *)(a))
#define SGI    (ALONE_GICR + 0x10000)
#define TIMER  27u

__asm__(".section .first, \"ax\"\n"
        "	.globl	first\n"
        "first:	adr	x1, first\n"
        "	add	x1, x1, #0x40000\n"
        "	mov	sp, x1\n"
        "	bl	mover_main\n"
        "	.previous");

void mover_main(void);

struct answer {
	uint64_t x0, x1;
};

static struct answer call(uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
	register uint64_t x0 __asm__("x0") = function;
	register uint64_t x1 __asm__("x1") = a;
	register uint64_t x2 __asm__("x2") = b;
	register uint64_t x3 __asm__("x3") = c;

	__asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"memory");
	return (struct answer){x0, x1};
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

static uint64_t now(void)
{
	uint64_t ticks;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks));
	return ticks;
}

/* Its timer, of group 1; no interrupt is ever taken: a pending one ends a WFI. */
static void listen(void)
{
	REG(ALONE_GICD) = 1u << 4 | 1u << 1; /* affinity routing, group 1 */
	REG(ALONE_GICR + 0x14) &= ~2u;
	while ((REG(ALONE_GICR + 0x14) & 4u) != 0)
		__asm__ volatile("yield");
	REG(SGI + 0x80) |= 1u << TIMER; /* group 1 */
	*(volatile uint8_t *)(SGI + 0x400 + TIMER) = 0x80;
	REG(SGI + 0x100) = 1u << TIMER;
	__asm__ volatile("msr S3_0_C12_C12_5, %0; isb" ::"r"(7ul)); /* ICC_SRE_EL1 */
	__asm__ volatile("msr S3_0_C4_C6_0, %0" ::"r"(0xfful));     /* ICC_PMR_EL1 */
	__asm__ volatile("msr S3_0_C12_C12_7, %0; isb" ::"r"(1ul)); /* ICC_IGRPEN1_EL1 */
}

static void sleep_until(uint64_t due)
{
	uint64_t intid;

	__asm__ volatile("msr cntv_cval_el0, %0; msr cntv_ctl_el0, %1; isb" ::"r"(due), "r"(1ul));
	while (now() < due)
		__asm__ volatile("wfi");
	__asm__ volatile("msr cntv_ctl_el0, xzr; isb");
	__asm__ volatile("mrs %0, S3_0_C12_C12_0" : "=r"(intid)); /* ICC_IAR1_EL1 */
	if (intid < 1020)
		__asm__ volatile("msr S3_0_C12_C12_1, %0" ::"r"(intid)); /* ICC_EOIR1_EL1 */
}

static uint64_t seed = 1;

static uint32_t next_below(uint32_t limit)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(seed >> 33) % limit;
}

/* Of any partition, CPU and core there might be; most are none of this one's. */
static void move_one(uint64_t managed)
{
	uint32_t partition = next_below(8);

	while ((managed >> partition & 1) == 0)
		partition = next_below(8);
	while ((int64_t)call(KUMIKI_CALL_MOVE, partition, next_below(4), next_below(4)).x0 != 0)
		;
}

void mover_main(void)
{
	uint64_t managed = call(KUMIKI_CALL_PARTITIONS, 0, 0, 0).x1, hz, due = now();

	listen();
	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(hz));
	for (uint64_t moves = 1;; moves++) {
		move_one(managed);
		sleep_until(due += hz / PAUSES);
		if (moves % SAID != 0)
			continue;
		put("mover: ");
		put_number(moves);
		put(" moves\r\n");
	}
}
