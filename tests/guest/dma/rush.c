/*
 * A guest that ends in the middle of its disks' DMA, again and again (rush=LIVES of its command
 * line). Each life finds its memory empty, has its disks read into every second piece of it, waits
 * until some of the requests are done, and resets itself while the others are on their way. A late
 * transfer of a former life would show: before the first request all memory has to be 0, and
 * afterwards the pieces without requests. Counts are in memory that restarts keep.
 */
#include "rush.h"
#include <guest/psci.h>
#include <guest/time.h>
#include <kumiki/hypercall.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUSH_IMAGE  0x80000ull /* where in the memory this program lies */
#define RUSH_AREA   0x200000ull
#define RUSH_PIECES (2 * RUSH_REQUESTS) /* for each disk */
#define RUSH_KEPT   0x7ff000ull
#define RUSH_MAGIC  0x68737572656b6d69ull
#define RUSH_SLOTS  256u

extern const char __attribute__((visibility("hidden"))) _start[];

struct kept {
	uint64_t magic;
	uint64_t damaged, done, unfinished; /* words, requests */
};

static const struct rush_disk *const rush_disks[] = {&rush_virtio, &rush_nvme};
#define DISKS (sizeof(rush_disks) / sizeof(rush_disks[0]))

static uint64_t rush_base, rush_life, rush_lives, rush_seed;

static struct kept *rush_kept(void)
{
	return (struct kept *)(rush_base + RUSH_KEPT);
}

static uint32_t rush_below(uint32_t limit)
{
	rush_seed = rush_seed * 0x5851f42d4c957f2dull + 0x14057b7ef767814full;
	return (uint32_t)(rush_seed >> 40) % limit;
}

static uint64_t rush_piece(uint32_t disk, uint32_t piece)
{
	return rush_base + RUSH_AREA + (uint64_t)(disk * RUSH_PIECES + piece) * RUSH_BYTES;
}

/* The words of a piece that aren't 0. */
static void rush_look(uint32_t disk, uint32_t piece)
{
	const volatile uint64_t *word = (const volatile uint64_t *)rush_piece(disk, piece);

	for (uint32_t i = 0; i < RUSH_BYTES / 8; i++)
		rush_kept()->damaged += word[i] != 0;
}

/* Pieces that this life leaves alone. */
static uint32_t rush_idle(void)
{
	return rush_life % 2;
}

static void rush_look_everywhere(void)
{
	for (uint32_t disk = 0; disk < DISKS; disk++)
		for (uint32_t piece = 0; piece < RUSH_PIECES; piece++)
			rush_look(disk, piece);
}

/* ---- disks ---- */

static bool rush_start(const struct rush_disk *disk)
{
	for (uint32_t slot = 0; slot < RUSH_SLOTS; slot++) {
		if (board_read32(rush_config(slot, 0)) != disk->identity)
			continue;
		board_write32(rush_config(slot, 4), 6);
		return disk->start(slot);
	}
	return false;
}

static void rush_read(uint32_t disk)
{
	uint64_t to[RUSH_REQUESTS];

	for (uint32_t i = 0; i < RUSH_REQUESTS; i++)
		to[i] = rush_piece(disk, 2 * i + 1 - rush_idle());
	rush_disks[disk]->read(to, RUSH_REQUESTS);
}

/* Waits until so many requests are done, or all. Checks an idle piece meanwhile. */
static bool rush_wait(uint32_t disk, uint32_t count)
{
	rush_look(disk, 2 * rush_below(RUSH_REQUESTS) + rush_idle());
	return time_wait_until(rush_disks[disk]->done() >= count);
}

static void rush_fail(const char *what, const char *which)
{
	printf("rush: life %lu: %s %s\n", (unsigned long)rush_life, which, what);
	for (;;)
		cpu_wfi();
}

/* ---- a life ---- */

static void rush_begin(const char *tree)
{
	const char *end = tree + __builtin_bswap32(((const uint32_t *)(const void *)tree)[1]);
	struct kept *kept = rush_kept();

	for (const char *at = tree; at < end - 5; at++)
		if (memcmp(at, "rush=", 5) == 0)
			rush_lives = strtoull(at + 5, NULL, 0);
	rush_life = psci_call4(KUMIKI_CALL_SELF, 0, 0, 0).x[3];
	rush_seed = rush_life;
	if (kept->magic != RUSH_MAGIC)
		*kept = (struct kept){.magic = RUSH_MAGIC};
}

static void rush_end(void)
{
	for (uint32_t disk = 0; disk < DISKS; disk++) {
		uint32_t done = rush_disks[disk]->done();

		rush_kept()->done += done;
		rush_kept()->unfinished += RUSH_REQUESTS - done;
	}
	cpu_dsb();
	psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
}

static void rush_report(void)
{
	printf("rush: %lu lives, %lu requests done, %lu unfinished, %lu words damaged\n",
	       (unsigned long)rush_life, (unsigned long)rush_kept()->done,
	       (unsigned long)rush_kept()->unfinished, (unsigned long)rush_kept()->damaged);
	for (;;)
		cpu_wfi();
}

void guest_main(void *device_tree)
{
	rush_base = (uintptr_t)_start - RUSH_IMAGE;
	rush_begin(device_tree);
	for (uint32_t disk = 0; disk < DISKS; disk++)
		if (!rush_start(rush_disks[disk]))
			rush_fail("doesn't start", rush_disks[disk]->name);
	rush_look_everywhere();
	if (rush_life > rush_lives)
		rush_report();
	for (uint32_t disk = 0; disk < DISKS; disk++)
		rush_read(disk);
	for (uint32_t disk = 0; disk < DISKS; disk++)
		if (!rush_wait(disk, rush_below(RUSH_REQUESTS / 2)))
			rush_fail("is stuck", rush_disks[disk]->name);
	rush_end();
}
