/*
 * Position-independent, without a header, where QEMU's -kernel puts such a file (0x40080000). Takes
 * its timer as a secure monitor would: GIC group 0, which arrives as FIQ. Knows nothing of Kumiki
 * or of guests/lib.
 */
#include <stdint.h>

__asm__(".section .first, \"ax\"\n"
        "	.globl	first\n"
        "first:	adr	x0, first\n"
        "	mov	x1, #0x40000\n"
        "	add	sp, x0, x1\n"
        "	adrp	x0, fiq_vectors\n"
        "	add	x0, x0, :lo12:fiq_vectors\n"
        "	msr	vbar_el1, x0\n"
        "	isb\n"
        "	bl	fiq_main\n"
        "1:	wfi\n"
        "	b	1b\n"
        "	.previous\n"
        "	.text\n"
        "	.balign 2048\n"
        "fiq_vectors:\n"
        "	.skip	0x300\n" /* FIQ from the same level */
        "	stp	x29, x30, [sp, #-16]!\n"
        "	stp	x0, x1, [sp, #-16]!\n"
        "	stp	x2, x3, [sp, #-16]!\n"
        "	stp	x4, x5, [sp, #-16]!\n"
        "	stp	x6, x7, [sp, #-16]!\n"
        "	stp	x8, x9, [sp, #-16]!\n"
        "	stp	x10, x11, [sp, #-16]!\n"
        "	stp	x12, x13, [sp, #-16]!\n"
        "	stp	x14, x15, [sp, #-16]!\n"
        "	stp	x16, x17, [sp, #-16]!\n"
        "	stp	x18, x19, [sp, #-16]!\n"
        "	bl	fiq_taken\n"
        "	ldp	x18, x19, [sp], #16\n"
        "	ldp	x16, x17, [sp], #16\n"
        "	ldp	x14, x15, [sp], #16\n"
        "	ldp	x12, x13, [sp], #16\n"
        "	ldp	x10, x11, [sp], #16\n"
        "	ldp	x8, x9, [sp], #16\n"
        "	ldp	x6, x7, [sp], #16\n"
        "	ldp	x4, x5, [sp], #16\n"
        "	ldp	x2, x3, [sp], #16\n"
        "	ldp	x0, x1, [sp], #16\n"
        "	ldp	x29, x30, [sp], #16\n"
        "	eret");

#define SGI    (ALONE_GICR + 0x10000)
#define REG(a) (*(volatile uint32_t *)(a))
#define TIMER  27u

static volatile uint32_t fiq_count;
static volatile uint32_t fiq_wrong;

static void put(const char *text)
{
	for (; *text != '\0'; text++)
		REG(ALONE_UART) = (uint32_t)*text;
}

static void arm_timer(void)
{
	uint64_t hz;

	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(hz));
	__asm__ volatile("msr cntv_tval_el0, %0; msr cntv_ctl_el0, %1; isb" ::"r"(hz / 1000),
	                 "r"(1ul));
}

void fiq_taken(void)
{
	uint64_t intid;

	__asm__ volatile("mrs %0, S3_0_C12_C8_0" : "=r"(intid)); /* ICC_IAR0_EL1 */
	if (intid == TIMER)
		fiq_count++;
	else
		fiq_wrong++;
	arm_timer();
	__asm__ volatile("msr S3_0_C12_C8_1, %0" ::"r"(intid)); /* ICC_EOIR0_EL1 */
}

void fiq_main(void)
{
	REG(ALONE_GICD) = 1u << 4 | 1u; /* affinity routing, group 0 */
	REG(ALONE_GICR + 0x14) &= ~2u;
	while ((REG(ALONE_GICR + 0x14) & 4u) != 0)
		__asm__ volatile("yield");
	REG(SGI + 0x80) &= ~(1u << TIMER); /* group 0 */
	*(volatile uint8_t *)(SGI + 0x400 + TIMER) = 0x40;
	REG(SGI + 0x100) = 1u << TIMER;
	__asm__ volatile("msr S3_0_C12_C12_5, %0; isb" ::"r"(7ul)); /* ICC_SRE_EL1 */
	__asm__ volatile("msr S3_0_C4_C6_0, %0" ::"r"(0xfful));     /* ICC_PMR_EL1 */
	__asm__ volatile("msr S3_0_C12_C12_6, %0; isb" ::"r"(1ul)); /* ICC_IGRPEN0_EL1 */
	arm_timer();
	__asm__ volatile("msr daifclr, #1");
	while (fiq_count < 10 && fiq_wrong == 0)
		__asm__ volatile("wfi");
	put(fiq_wrong == 0 ? "fiq: 10 ticks by FIQ\r\n" : "fiq: WRONG interrupt\r\n");
	__asm__ volatile("ldr w0, =0x84000008; smc #0" ::: "x0", "x1", "x2", "x3", "memory");
}
