/*
 * A guest with several CPUs that write their functions' command registers and BARs as fast as they
 * can, while one of them resets it all: a life ends in the middle of such an access. Each life
 * first looks whether anything of that came later: a function decodes nothing and is no bus master
 * until it is told, and lies where it lay. racer=LIVES of the command line; the counts are in
 * memory that restarts keep.
 */
#include <guest/board.h>
#include <guest/cpu.h>
#include <guest/psci.h>
#include <guest/time.h>
#include <kumiki/hypercall.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RACER_KEPT    0x601ff000ull
#define RACER_MAGIC   0x7265636172ull
#define RACER_DEVICES 2u /* 1 and 2 of the bus */
#define RACER_LOOKS   50u
#define RACER_MICROS  200u
#define RACER_SHOWN   0x0007u /* of a command register: ports, memory, bus master */
#define RACER_BARS    6u

struct kept {
	uint64_t magic, lives, late;
	uint32_t bar[RACER_DEVICES][RACER_BARS];
};

static volatile uint32_t racer_go, racer_writes;

static struct kept *racer_kept(void)
{
	return (struct kept *)RACER_KEPT;
}

static uintptr_t racer_config(uint32_t device, uint32_t offset)
{
	return BOARD_ECAM + ((uintptr_t)(device + 1) << 15) + offset;
}

/* Of another CPU, for ever. */
static void racer_write(void)
{
	const uint32_t first = cpu_number();

	cpu_wait_for(&racer_go, 1);
	for (uint32_t i = first;; i++) {
		const uint32_t device = i % RACER_DEVICES;

		board_write32(racer_config(device, 4), i % 3 == 0 ? 0 : 0xffffffff);
		board_write32(racer_config(device, 0x10 + 4 * (i % RACER_BARS)), 0xffffffff);
		*(volatile uint64_t *)racer_config(device, 0x20) = ~0ull;
		racer_writes = i;
	}
}

/* Nobody has written anything in this life. */
static void racer_look(bool first)
{
	struct kept *kept = racer_kept();

	for (uint32_t device = 0; device < RACER_DEVICES; device++) {
		kept->late += (board_read32(racer_config(device, 4)) & RACER_SHOWN) != 0;
		for (uint32_t i = 0; i < RACER_BARS; i++) {
			const uint32_t bar = board_read32(racer_config(device, 0x10 + 4 * i));

			if (first)
				kept->bar[device][i] = bar;
			kept->late += bar != kept->bar[device][i];
		}
	}
}

static uint64_t racer_lives(const char *tree)
{
	const char *end = tree + __builtin_bswap32(((const uint32_t *)(const void *)tree)[1]);

	for (const char *at = tree; at < end - 6; at++)
		if (memcmp(at, "racer=", 6) == 0)
			return strtoull(at + 6, NULL, 0);
	return 0;
}

static void racer_race(void)
{
	for (unsigned int number = 1; number < cpu_count(); number++)
		(void)cpu_start(number, racer_write);
	racer_go = 1;
	cpu_sev();
	if (cpu_count() > 1 && !time_wait_until(racer_writes != 0))
		printf("racer: nobody writes\n");
	time_spin(RACER_MICROS + racer_kept()->lives % 16 * 7);
	psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
}

void guest_main(void *device_tree)
{
	struct kept *kept = racer_kept();
	const bool first = kept->magic != RACER_MAGIC;

	if (first)
		*kept = (struct kept){.magic = RACER_MAGIC};
	for (uint32_t i = 0; i < RACER_LOOKS; i++)
		racer_look(first && i == 0);
	if (++kept->lives <= racer_lives(device_tree))
		racer_race();
	printf("racer: %lu lives, %lu late\n", (unsigned long)kept->lives,
	       (unsigned long)kept->late);
	for (;;)
		cpu_wfi();
}
