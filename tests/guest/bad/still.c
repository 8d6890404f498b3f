/*
 * Fills two megabytes of its memory, from 1 MiB above the beginning on, with a pattern, says so,
 * and sleeps for ever. Another pattern in it later shows that another partition has written there.
 */
#include <guest/cpu.h>
#include <stdio.h>

#define STILL_IMAGE 0x80000ull /* where in the memory this program lies */
#define STILL_FROM  0x100000ull
#define STILL_TO    0x300000ull

extern const char __attribute__((visibility("hidden"))) _start[];

void guest_main(void *device_tree)
{
	uint64_t base = (uint64_t)(uintptr_t)_start - STILL_IMAGE;

	(void)device_tree;
	for (uint64_t at = base + STILL_FROM; at < base + STILL_TO; at += 8)
		*(volatile uint64_t *)at = at * 0x9e3779b97f4a7c15ull;
	printf("still\n");
	for (;;)
		__asm__ volatile("wfi");
}
