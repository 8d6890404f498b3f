/*
 * A partition that gives its NVMe drive (NVM Express 1.4) queues and buffers that aren't its own:
 * others' memory, the frame's, devices, the registers of the interrupt controller for messages, a
 * window that it may only read, its own memory with further address bits set. Each of them it tries
 * in every way in which a drive touches memory, and says whether one went through. After each it
 * starts the drive anew; in the end that has to work with memory of its own.
 */
#include "nvme.h"
#include <guest/board.h>
#include <guest/cpu.h>
#include <guest/time.h>
#include <guest/tree.h>
#include <stdio.h>
#include <string.h>

#define OWN    0x60000000ull /* 4 MiB */
#define TARGET (OWN + 0x200000)
#define STILL  0x60800000ull
#define CONFIG (BOARD_ECAM + (1 << 15)) /* device 1 */

#define IDENTIFY   0x06u
#define CONTROLLER 1u
#define SIZE       4u

static struct {
	_Alignas(NVME_PAGE) struct nvme_command ask[SIZE];
	_Alignas(NVME_PAGE) struct nvme_completion done[SIZE];
	_Alignas(NVME_PAGE) uint8_t buffer[2 * NVME_PAGE];
} queues;

static uintptr_t queues_base;

/*
 * Starts the drive anew with these queues, and gives it one command: to write its own description
 * to an address.
 */
static bool queues_ask(uint64_t ask, uint64_t done, uint64_t first, uint64_t second)
{
	memset(&queues, 0, sizeof(queues));
	queues.ask[0].opcode = IDENTIFY;
	queues.ask[0].first = first;
	queues.ask[0].second = second;
	queues.ask[0].words[0] = CONTROLLER;
	if (!nvme_begin(queues_base, ask, done, SIZE))
		return false;
	cpu_dsb();
	board_write32(queues_base + NVME_DOORBELLS, 1);
	return true;
}

static bool queues_is_fatal(void)
{
	return (board_read32(queues_base + NVME_STATUS) & NVME_FATAL) != 0;
}

/* It has given up: neither was a command found there, nor an answer brought there. */
static bool queues_gives_up(void)
{
	return time_wait_until(queues_is_fatal() || queues.done[0].status != 0) &&
	       queues.done[0].status == 0;
}

/* QEMU's drive always answers that all went well: the test looks for written data. */
static bool queues_answers(void)
{
	return time_wait_until(queues.done[0].status != 0);
}

static bool queues_foreign(uint64_t at)
{
	const uint64_t ask = (uintptr_t)queues.ask, done = (uintptr_t)queues.done;
	const uint64_t buffer = (uintptr_t)queues.buffer;

	return queues_ask(at, done, buffer, 0) && queues_gives_up() &&
	       queues_ask(ask, at, buffer, 0) && queues_gives_up() &&
	       queues_ask(ask, done, at, 0) && queues_answers() &&
	       queues_ask(ask, done, buffer + NVME_PAGE / 2, at) && queues_answers();
}

static void queues_try(uint64_t at)
{
	printf("queues: 0x%llx %s\n", (unsigned long long)at,
	       queues_foreign(at) ? "refused" : "WENT THROUGH");
}

static bool queues_own(void)
{
	if (!queues_ask((uintptr_t)queues.ask, (uintptr_t)queues.done, (uintptr_t)queues.buffer, 0))
		return false;
	return time_wait_until(queues.done[0].status == NVME_DONE) && queues.buffer[0] == 0x36;
}

static void queues_start(void)
{
	queues_base = board_read32(CONFIG + 0x10) & ~0xfu;
	board_write32(CONFIG + 4, 6);
	memset((void *)TARGET, 0x5a, NVME_PAGE);
}

void guest_main(void *device_tree)
{
	static const uint64_t others[] = {
	    STILL,
	    STILL + 0x100000,
	    STILL + 0x2ff000,
	    OWN - NVME_PAGE,
	    OWN + 0x400000,
	    0x40000000,
	    0x40200000,
	    0x40400000,
	    0x08000000,
	    0x08080000,
	    0x09000000,
	    0x09050000,
	    0x4010008000,
	    TARGET + (1ull << 39),
	    TARGET + (1ull << 48),
	    TARGET + (0x80ull << 56),
	    TARGET + 0xffffff8000000000ull,
	};
	const struct tree_node window = tree_compatible(device_tree, "kumiki,window-1.0", 0);
	bool same = true;

	queues_start();
	printf("queues: its own %s\n", queues_own() ? "work" : "DON'T WORK");
	for (uint32_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		queues_try(others[i]);
	queues_try(tree_number(window, "reg", 0));
	queues_try(queues_base);
	for (uint32_t i = 0; i < NVME_PAGE; i++)
		same &= ((const volatile uint8_t *)TARGET)[i] == 0x5a;
	printf("queues: its own %s, and its memory is %s\n",
	       queues_own() ? "work again" : "DON'T WORK", same ? "as it was" : "CHANGED");
	for (;;)
		cpu_wfi();
}
