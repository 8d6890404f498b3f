/* SPDX-License-Identifier: MIT-0 */
/*
 * Measures this guest's restart: from its call of SYSTEM_RESET to the first instruction of its next
 * life. Kept memory has the time of the call; after enough lives it prints the samples. Its image
 * has 64 KiB, its memory 1 MiB. With `bytes=N` on its command line both are as large as a Linux's.
 * Then it also does the same work in a plain way, to compare: copy and CRC of so many bytes, and a
 * wipe of the rest of its 512 MiB.
 */
#include <bench/bench.h>
#include <guest/cpu.h>
#include <guest/psci.h>
#include <guest/time.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIVES       200
#define LIVES_LINUX 5
#define MAGIC       0x7265737461727473ull

struct kept {
	uint64_t magic, called;
	uint64_t count;
	uint32_t took[LIVES];
};
#define kept ((volatile struct kept *)0x400ff000ull)

static const uint64_t filler[7168] = {[0 ... 7167] = 0x0123456789abcdef};

static void remember(uint64_t first)
{
	if (kept->magic != MAGIC) {
		kept->magic = MAGIC;
		kept->count = 0;
		return;
	}
	kept->took[kept->count] = (uint32_t)(bench_time_of_counter(first) - kept->called);
	kept->count++;
}

static void restart(void)
{
	kept->called = bench_time_of_counter(cpu_read(cntpct_el0));
	__asm__ volatile("dsb sy" ::: "memory");
	psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
}

/* The number behind `bytes=` in the device tree; 0: it isn't there. */
static uint64_t bytes_asked(const char *tree)
{
	uint32_t size;

	memcpy(&size, tree + 4, sizeof(size));
	for (const char *at = tree; at < tree + __builtin_bswap32(size) - 6; at++)
		if (memcmp(at, "bytes=", 6) == 0)
			return strtoull(at + 6, NULL, 0);
	return 0;
}

/* ---- the same work in a plain way ---- */

#define PLAIN_MEMORY (512ull << 20)
#define PLAIN_FROM   0x44000000ull
#define PLAIN_TO     0x50000000ull

static void plain_copy(uint64_t bytes)
{
	const uint64_t *from = (const uint64_t *)PLAIN_FROM;
	uint64_t *to = (uint64_t *)PLAIN_TO;

	for (uint64_t i = 0; i < bytes / 64; i++)
		for (int word = 0; word < 8; word++)
			*to++ = *from++;
}

static uint32_t plain_crc(uint64_t bytes)
{
	const uint64_t *from = (const uint64_t *)PLAIN_TO;
	uint32_t crc = ~0u;

	for (uint64_t i = 0; i < bytes / 8; i++)
		__asm__ volatile(".arch_extension crc\n\tcrc32cx %w0, %w0, %1"
		                 : "+r"(crc)
		                 : "r"(from[i]));
	return ~crc;
}

/* Wipes memory. This comes last, as it destroys contents, and it leaves out memory that is still
 * needed. */
static void plain_wipe(uint64_t size)
{
	for (uint64_t at = PLAIN_FROM; at < PLAIN_FROM + size; at += 64)
		__asm__ volatile("dc zva, %0" ::"r"(at) : "memory");
}

static void plain(uint64_t bytes)
{
	uint64_t begin = bench_time_of_counter(cpu_read(cntpct_el0)), took;

	plain_copy(bytes);
	(void)plain_crc(bytes);
	/* The lowest 64 MiB hold this program: the same bytes are wiped above it twice. */
	plain_wipe(PLAIN_MEMORY - (PLAIN_FROM - 0x40000000ull));
	plain_wipe(PLAIN_FROM - 0x40000000ull - bytes);
	took = bench_time_of_counter(cpu_read(cntpct_el0)) - begin;
	printf("FIGURE restart.plain %lu %lu 1\n", (unsigned long)took, (unsigned long)took);
}

void guest_main(void *device_tree)
{
	uint64_t bytes = bytes_asked(device_tree);
	uint64_t lives = bytes != 0 ? LIVES_LINUX : LIVES;

	(void)*(const volatile uint64_t *)filler;
	remember(cpu_first_counter(CPU_PHYSICAL_COUNTER));
	if (kept->count < lives)
		restart();
	for (uint64_t i = 0; i < lives; i++)
		bench_sample(kept->took[i]);
	bench_report(bytes != 0 ? "restart.linux" : "restart.small");
	if (bytes != 0)
		plain(bytes);
	printf("bench: done\n");
}
