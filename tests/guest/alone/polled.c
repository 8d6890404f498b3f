/*
 * A program as people write their first one for QEMU's `virt`: linked at the beginning of RAM, no
 * vectors, no interrupts, no device tree; everything polled; half a program for the UART. Knows
 * nothing of Kumiki or of guests/lib.
 */
#include <stdint.h>

__asm__(".section .first, \"ax\"\n"
        "	.globl	first\n"
        "first:	ldr	x0, =0x40100000\n"
        "	mov	sp, x0\n"
        "	bl	polled_main\n"
        "	ldr	w0, =0x84000008\n" /* PSCI SYSTEM_OFF */
        "	hvc	#0\n"
        "1:	wfe\n"
        "	b	1b\n"
        "	.ltorg\n"
        "	.previous");

static volatile uint32_t *const uart = (volatile uint32_t *)ALONE_UART;

/* Initialised data, so that a wrong load address shows. */
static volatile uint64_t sum = 5;

static void put(const char *text)
{
	for (; *text != '\0'; text++) {
		while ((uart[6] & 0x20) != 0)
			__asm__ volatile("yield");
		*(volatile uint8_t *)uart = (uint8_t)*text;
	}
}

static uint64_t now(void)
{
	uint64_t ticks;

	__asm__ volatile("isb; mrs %0, cntpct_el0" : "=r"(ticks));
	return ticks;
}

void polled_main(void)
{
	uint64_t hz, begin = now();

	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(hz));
	for (int i = 0; i < 5; i++)
		sum += (uint64_t)i;
	while (now() - begin < hz / 100)
		__asm__ volatile("yield");
	put("polled: 10 ms by the counter, sum ");
	put(sum == 15 ? "15" : "wrong");
	put("\r\n");
}
