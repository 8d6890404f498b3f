/*
 * Reads, writes and jumps everywhere but at home: each 64 KiB of the devices' gigabytes, each
 * megabyte of memory, each power of two above. Says how many tries were refused with an exception,
 * and names those that got through.
 */
#include "attempt.h"
#include <board/tests.h>
#include <guest/cpu.h>
#include <guest/psci.h>
#include <stdio.h>

#define WILD_LOAD  0xf9400000u /* ldr x0, [x0] */
#define WILD_STORE 0xf9000001u /* str x1, [x0] */
#define WILD_PAIR  0xa9000801u /* stp x1, x2, [x0] */
#define WILD_SWAP  0xc85f7c00u /* ldxr x0, [x0] */
#define WILD_ZERO  0xd50b7420u /* dc zva, x0 */
#define WILD_JUMP  0xd61f0000u /* br x0 */
/* Fault status: what a bus says of an address where nothing is; beyond the CPU's addresses. */
#define WILD_EXTERNAL     0x10u
#define WILD_ADDRESS_SIZE 0x00u
#define WILD_PATTERN      0xbadbadbadbadbad0ull

#define WILD_SLOT_SIZE 0x200ull

#define WILD_PV_TIME_ST 0xc5000021u

/* Its memory: the description's. */
#define WILD_HOME_SIZE    0x100000ull
#define WILD_IMAGE_OFFSET 0x80000ull

extern const char __attribute__((visibility("hidden"))) _start[];

static uint32_t wild_tries, wild_refused;

/*
 * Its memory, its emulated devices, and slots of virtio-mmio, which read as empty ones
 * (tests/guest/slots.c).
 */
static int wild_is_home(uint64_t address)
{
	if (address - BOARD_VIRTIO < BOARD_VIRTIO_SLOTS * WILD_SLOT_SIZE)
		return 1;
	for (unsigned int i = 0; i < sizeof(board_emulated) / sizeof(board_emulated[0]); i++)
		if (address - board_emulated[i].base < board_emulated[i].size)
			return 1;
	return address - ((uintptr_t)_start - WILD_IMAGE_OFFSET) < WILD_HOME_SIZE;
}

/* Up to the next place to try. Places of devices are closer to each other. */
static uint64_t wild_step(uint64_t address)
{
	static const uint32_t devices[] = BOARD_DEVICES;

	for (unsigned int i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		if (address >> 30 == devices[i])
			return 0x10000;
	return 0x100000;
}

static void wild_at(uint64_t address)
{
	static const struct {
		uint32_t instruction;
		uint64_t state;
	} ways[] = {{WILD_LOAD, ATTEMPT_EL0}, {WILD_STORE, ATTEMPT_EL1}, {WILD_PAIR, ATTEMPT_EL0},
	            {WILD_SWAP, ATTEMPT_EL1}, {WILD_ZERO, ATTEMPT_EL1},  {WILD_JUMP, ATTEMPT_EL0}};
	const uint64_t x[4] = {address, WILD_PATTERN, ~WILD_PATTERN, 0};

	if (wild_is_home(address))
		return;
	for (unsigned int i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		uint64_t esr = attempt(ways[i].instruction, ways[i].state, x);
		uint32_t class = ATTEMPT_CLASS(esr);

		wild_tries++;
		if ((class == 0x20 || class == 0x21 || class == 0x24 || class == 0x25) &&
		    ((esr & 0x3f) == WILD_EXTERNAL || (esr & 0x3c) == WILD_ADDRESS_SIZE))
			wild_refused++;
		else
			printf("wild: 0x%lx, way %u: syndrome 0x%lx\n", (unsigned long)address, i,
			       (unsigned long)esr);
	}
}

/* The one page that it may read and not write (docs/reference/guest-interface.md: stolen time), and
 * those beside it. */
static void wild_stolen(void)
{
	uint64_t record = psci_call4(WILD_PV_TIME_ST, 0, 0, 0).x[0];
	const uint64_t x[4] = {record, WILD_PATTERN, ~WILD_PATTERN, 0};
	static const uint32_t writes[] = {WILD_STORE, WILD_PAIR, WILD_ZERO};

	wild_at(record - 0x1000);
	wild_at(record + 0x1000);
	for (unsigned int i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
		uint64_t esr = attempt(writes[i], ATTEMPT_EL1, x);

		wild_tries++;
		if (ATTEMPT_CLASS(esr) == 0x25 && (esr & 0x3f) == WILD_EXTERNAL)
			wild_refused++;
		else
			printf("wild: stolen time, way %u: syndrome 0x%lx\n", i,
			       (unsigned long)esr);
	}
	if (!ATTEMPT_THROUGH(attempt(WILD_LOAD, ATTEMPT_EL0, x)) || attempt_x0 != 0)
		printf("wild: stolen time can't be read\n");
}

void guest_main(void *device_tree)
{
	(void)device_tree;
	attempt_begin();
	printf("wild: begins\n");
	for (uint64_t at = 0x40; at < 0x200000000ull; at += wild_step(at))
		wild_at(at);
	for (unsigned int bit = 33; bit < 52; bit++)
		wild_at((1ull << bit) + 0x40001000);
	wild_stolen();
	printf("wild: %u tries, %u refused\n", wild_tries, wild_refused);
}
