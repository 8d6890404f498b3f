/*
 * A kernel by its header: an arm64 Image with text_offset 0, for 2 MiB boundaries, that turns its
 * MMU and caches on, reads its device tree's magic from x0, and starts a second CPU by PSCI. Knows
 * nothing of Kumiki or of guests/lib.
 */
#include <stdint.h>

__asm__(".section .first, \"ax\"\n"
        "	.globl	first\n"
        "first:	b	1f\n"
        "	.long	0\n"
        "	.quad	0, 0x200000, 0xa, 0, 0, 0\n"
        "	.ascii	\"ARM\\x64\"\n"
        "	.long	0\n"
        "1:	adr	x1, first\n"
        "	add	sp, x1, #0x100, lsl #12\n"
        "	bl	image_main\n"
        "2:	wfi\n"
        "	b	2b\n"
        "image_second:\n"
        "	adr	x1, first\n"
        "	add	sp, x1, #0x180, lsl #12\n"
        "	bl	image_other\n"
        "	b	2b\n"
        "	.previous");

extern const char image_second[];
static volatile uint32_t image_flag;
static uint64_t image_table[512] __attribute__((aligned(4096)));

static void put(const char *text)
{
	for (; *text != '\0'; text++) {
		while ((*(volatile uint32_t *)(ALONE_UART + 0x18) & 0x20) != 0)
			__asm__ volatile("yield");
		*(volatile uint32_t *)ALONE_UART = (uint32_t)*text;
	}
}

static uint64_t call(uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
	register uint64_t x0 __asm__("x0") = function;
	register uint64_t x1 __asm__("x1") = a;
	register uint64_t x2 __asm__("x2") = b;
	register uint64_t x3 __asm__("x3") = c;

	__asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"memory");
	return x0;
}

/* Blocks of 1 GiB: the UART's devices, all others memory. */
static void mmu_on(void)
{
	uint64_t sctlr;

	for (uint64_t i = 0; i < 512; i++)
		image_table[i] = i << 30 | 0x701 | (i == ALONE_UART >> 30 ? 1ull << 54 : 4);
	__asm__ volatile("msr mair_el1, %0" ::"r"(0xff00ul));
	__asm__ volatile("msr tcr_el1, %0" ::"r"(25ul | 1ul << 8 | 1ul << 10 | 3ul << 12 |
	                                         1ul << 23 | 2ul << 32));
	__asm__ volatile("msr ttbr0_el1, %0; dsb sy; tlbi vmalle1; dsb sy; isb" ::"r"(image_table));
	__asm__ volatile("mrs %0, sctlr_el1" : "=r"(sctlr));
	__asm__ volatile("msr sctlr_el1, %0; isb" ::"r"(sctlr | 1 | 1 << 2 | 1 << 12));
}

void image_other(uint64_t argument)
{
	mmu_on();
	image_flag = (uint32_t)argument;
	__asm__ volatile("dsb sy; sev");
}

void image_main(const uint32_t *tree)
{
	uint64_t status;

	mmu_on();
	put(*tree == 0xedfe0dd0 ? "image: has a tree\r\n" : "image: NO tree\r\n");
	status = call(0xc4000003, 1, (uint64_t)image_second, 42);
	while (status == 0 && image_flag == 0)
		__asm__ volatile("wfe");
	put(image_flag == 42 ? "image: second CPU runs\r\n" : "image: NO second CPU\r\n");
	(void)call(0x84000008, 0, 0, 0);
}
