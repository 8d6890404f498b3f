/*
 * Points its vectors at memory that it doesn't have (vectors=0x… of its command line), then errs:
 * nobody can give it the exception. Before that it puts a known number into some registers.
 */
#include "attempt.h"
#include <guest/cpu.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Size of a device tree: the second word, big-endian. */
static uint32_t vectors_tree_size(const uint32_t *tree)
{
	return __builtin_bswap32(tree[1]);
}

static uint64_t vectors_address(const char *tree)
{
	const char *end = tree + vectors_tree_size((const uint32_t *)(const void *)tree);

	for (const char *at = tree; at < end - 8; at++)
		if (memcmp(at, "vectors=", 8) == 0)
			return strtoull(at + 8, NULL, 0);
	return 0;
}

void guest_main(void *device_tree)
{
	uint64_t address = vectors_address(device_tree);

	printf("vectors: at 0x%lx from now on\n", (unsigned long)address);
	attempt_begin();
	__asm__ volatile("msr vbar_el1, %0\n\tisb\n\t"
	                 "mov x1, #0x1100\n\tmov x2, #0x2200\n\tmov x29, #0x2900\n\t"
	                 "mov x30, #0x3000\n\tmov x0, #0x4000\n\tmov x28, #0x2800\n\t"
	                 "ldr x0, [x0]" ::"r"(address)
	                 : "x0", "x1", "x2", "x30", "memory");
	__builtin_unreachable(); /* so x28 and x29, which are the compiler's, may change */
}
