/*
 * An arm64 Image with text_offset 0 that isn't position-independent after all: it has tables of
 * absolute addresses, right only where QEMU's -kernel puts such a file (0x40200000). Knows nothing
 * of Kumiki or of guests/lib.
 */
#include <stdint.h>

__asm__(".section .first, \"ax\"\n"
        "	.globl	first\n"
        "first:	b	1f\n"
        "	.long	0\n"
        "	.quad	0, 0x100000, 0xa, 0, 0, 0\n"
        "	.ascii	\"ARM\\x64\"\n"
        "	.long	0\n"
        "1:	ldr	x1, =first + 0x100000\n"
        "	mov	sp, x1\n"
        "	ldr	x1, =placed_main\n"
        "	blr	x1\n"
        "2:	wfi\n"
        "	b	2b\n"
        "	.ltorg\n"
        "	.previous");

static void say_one(void)
{
	*(volatile uint32_t *)ALONE_UART = '1';
}

static void say_two(void)
{
	*(volatile uint32_t *)ALONE_UART = '2';
}

static void (*const say[])(void) = {say_one, say_two};
static const char *const words[] = {"placed: ", " by tables\r\n"};

static void put(const char *text)
{
	for (; *text != '\0'; text++)
		*(volatile uint32_t *)ALONE_UART = (uint32_t)*text;
}

void placed_main(void)
{
	put(words[0]);
	for (volatile unsigned int i = 0; i < 2; i++)
		say[i]();
	put(words[1]);
	__asm__ volatile("ldr w0, =0x84000008; hvc #0" ::: "x0", "x1", "x2", "x3", "memory");
}
