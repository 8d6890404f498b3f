/*
 * Loses its stack, where its own tables map nothing, then errs: its vectors, which store there
 * first, take nothing but their own exception any more, and the frame never hears of it.
 */
#include <guest/cpu.h>
#include <stdio.h>

#define STUCK_NOWHERE 0x7000000000ull
#define STUCK_BLOCK   (1ull | 1ull << 10 | 3ull << 8) /* accessed, inner shareable */
#define STUCK_MEMORY  (1ull << 30 | STUCK_BLOCK | 1ull << 2)

static uint64_t stuck_table[512] __attribute__((aligned(4096)));

static void stuck_translate(void)
{
	stuck_table[0] = STUCK_BLOCK;
	stuck_table[1] = STUCK_MEMORY;
	cpu_write(mair_el1, 0xff00);
	cpu_write(tcr_el1, 2ull << 32 | 1ull << 23 | 3ull << 12 | 1ull << 10 | 1ull << 8 | 25);
	cpu_write(ttbr0_el1, (uintptr_t)stuck_table);
	__asm__ volatile("dsb sy\n\ttlbi vmalle1\n\tdsb sy\n\tisb" ::: "memory");
	cpu_write(sctlr_el1, cpu_read(sctlr_el1) | 1);
	cpu_isb();
}

void stuck_vectors(void);
__asm__(".balign 0x800\n"
        "stuck_vectors:\n"
        ".rept 16\n"
        ".balign 0x80\n"
        "stp x0, x1, [sp, #-16]!\n"
        "b .\n"
        ".endr\n");

void guest_main(void *device_tree)
{
	(void)device_tree;
	printf("stuck: from now on\n");
	stuck_translate();
	cpu_write(vbar_el1, (uintptr_t)stuck_vectors);
	__asm__ volatile("isb\n\tmov sp, %0\n\tmov x19, #0x1900\n\tmov x23, #0x2300\n\t"
	                 "mov x28, #0x2800\n\tldr x0, [sp]" ::"r"(STUCK_NOWHERE)
	                 : "x0", "memory"); /* it never comes back: the others are lost to nobody */
	__builtin_unreachable();
}
