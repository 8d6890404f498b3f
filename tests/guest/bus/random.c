/*
 * A million random accesses to configuration space, from a seed (random=SEED,ACCESSES of the
 * command line): a partition with a panel and real functions reads and writes words and parts of
 * words all over its bus. Each word that it reads has to have its first value, but for writable
 * bits, which have their last written value. Tries at the begin find the writable bits. They have
 * to be among those that the frame allows. Beside its own functions there is nothing.
 */
#include "bus.h"
#include <guest/cpu.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RANDOM_FUNCTIONS 8u
#define RANDOM_WORDS     1024u /* of a function */
#define RANDOM_STATUS    0xffff0000u
#define RANDOM_BARS      (0x10u / 4)
#define RANDOM_BARS_END  (0x28u / 4)

/*
 * The bits that a guest may write: memory, bus master, parity, no INTx; cache line and latency;
 * line; MSI-X on, and masked.
 */
#define RANDOM_COMMAND  0x0446u
#define RANDOM_LATENCY  0xffffu
#define RANDOM_LINE     0xffu
#define RANDOM_MESSAGES 0xc0000000u
#define RANDOM_MSIX     0x11u

static struct random_function {
	uint32_t slot;
	uint32_t now[RANDOM_WORDS];      /* the value that a read answers */
	uint32_t writable[RANDOM_WORDS]; /* of it */
	uint32_t messages;               /* the word of MSI-X; 0: it has none */
	uint32_t size[6];                /* the value that a BAR answers after a write of ones */
} random_functions[RANDOM_FUNCTIONS];
static uint32_t random_count, random_shown, random_wrong;
static uint64_t random_seed = 1, random_accesses = 1000000;

static uint64_t random_next(void)
{
	uint64_t z = random_seed += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	return z ^ z >> 31;
}

static void random_complain(uint32_t slot, uint32_t offset, uint64_t value, uint64_t wanted)
{
	if (random_wrong++ < 10)
		printf("random: slot %x, 0x%x is 0x%llx, not 0x%llx\n", slot, offset,
		       (unsigned long long)value, (unsigned long long)wanted);
}

/* ---- what is there ---- */

static uint32_t random_allowed(const struct random_function *function, uint32_t word)
{
	if (word != 0 && word == function->messages)
		return RANDOM_MESSAGES;
	switch (word) {
	case BUS_COMMAND / 4:
		return RANDOM_COMMAND;
	case 0x0c / 4:
		return RANDOM_LATENCY;
	case 0x3c / 4:
		return RANDOM_LINE;
	default:
		return 0;
	}
}

static bool random_is_bar(uint32_t word)
{
	return word >= RANDOM_BARS && word < RANDOM_BARS_END;
}

static void random_try_word(struct random_function *function, uint32_t word)
{
	const uintptr_t at = bus_config(function->slot, 4 * word);
	const uint32_t first = board_read32(at);
	uint32_t ones;

	board_write32(at, 0xffffffff);
	ones = board_read32(at);
	board_write32(at, 0);
	function->now[word] = board_read32(at);
	if (random_is_bar(word)) {
		function->size[word - RANDOM_BARS] = ones;
		return;
	}
	function->writable[word] = ones ^ function->now[word];
	if (word == BUS_COMMAND / 4)
		function->writable[word] &= ~RANDOM_STATUS;
	if ((function->writable[word] & ~random_allowed(function, word)) != 0)
		random_complain(function->slot, 4 * word, ones, first);
}

/* Vendor's, subsystem, PCI Express, MSI-X, SATA. */
static bool random_may_be_shown(uint32_t kind)
{
	return kind == 0x09 || kind == 0x0d || kind == 0x10 || kind == RANDOM_MSIX || kind == 0x12;
}

/* No MSI, no power states, no way around the BARs. Returns the word of MSI-X; 0: there is none. */
static uint32_t random_look_at_capabilities(uint32_t slot)
{
	uint32_t messages = 0;
	uint32_t at = board_read32(bus_config(slot, 0x34));

	for (uint32_t i = 0; i < 48 && at != 0; i++) {
		const uint32_t word = board_read32(bus_config(slot, at));

		if (!random_may_be_shown(word & 0xff))
			random_complain(slot, at, word & 0xff, 0);
		if ((word & 0xff) == RANDOM_MSIX)
			messages = at / 4;
		random_shown++;
		at = word >> 8 & 0xff;
	}
	return messages;
}

static void random_find(void)
{
	for (uint32_t slot = 0; slot < BUS_DEVICES; slot++) {
		struct random_function *function = &random_functions[random_count];

		if (board_read32(bus_config(slot, 0)) == 0xffffffff)
			continue;
		function->slot = slot;
		function->messages = random_look_at_capabilities(slot);
		for (uint32_t word = 0; word < RANDOM_WORDS; word++)
			random_try_word(function, word);
		if (++random_count == RANDOM_FUNCTIONS)
			break;
	}
}

/* ---- one access ---- */

struct random_access {
	uint32_t slot, offset, size;
	struct random_function *function; /* NULL: nobody's */
};

static struct random_access random_think(void)
{
	const uint64_t random = random_next();
	struct random_access access = {.size = 1u << (random & 3)};

	access.slot = (uint32_t)(random >> 8) % BUS_DEVICES;
	if (random & 4)
		access.slot = random_functions[(random >> 16) % random_count].slot;
	access.offset = (uint32_t)(random >> 24) % 0x1000;
	if (random & 0x10)
		access.offset %= random & 0x20 ? 0x40 : 0x100;
	access.offset &= ~(access.size - 1);
	for (uint32_t i = 0; i < random_count; i++)
		if (random_functions[i].slot == access.slot)
			access.function = &random_functions[i];
	return access;
}

static uint64_t random_load(const struct random_access *access)
{
	const uintptr_t at = bus_config(access->slot, access->offset);

	switch (access->size) {
	case 1:
		return *(volatile uint8_t *)at;
	case 2:
		return *(volatile uint16_t *)at;
	case 4:
		return board_read32(at);
	default:
		return board_read64(at);
	}
}

static void random_store(const struct random_access *access, uint64_t value)
{
	const uintptr_t at = bus_config(access->slot, access->offset);

	switch (access->size) {
	case 1:
		*(volatile uint8_t *)at = (uint8_t)value;
		break;
	case 2:
		*(volatile uint16_t *)at = (uint16_t)value;
		break;
	case 4:
		board_write32(at, (uint32_t)value);
		break;
	default:
		board_write64(at, value);
	}
}

/* The bits of a word that an access is about, beginning with its lowest. */
static uint32_t random_bits(const struct random_access *access)
{
	return access->size >= 4 ? 0xffffffff : (1u << 8 * access->size) - 1;
}

/* `value`: the part of this word that was read, from the access's first bit on. */
static void random_judge(const struct random_access *access, uint32_t word, uint32_t value)
{
	const uint32_t shift = access->size < 4 ? 8 * (access->offset & 3) : 0;
	const struct random_function *function = access->function;
	const uint32_t wanted = function == NULL ? 0xffffffff : function->now[word];
	uint32_t bits = random_bits(access);

	if (function != NULL && word == BUS_COMMAND / 4)
		bits &= ~RANDOM_STATUS >> shift;
	if (((value ^ wanted >> shift) & bits) == 0)
		return;
	if (function != NULL && random_is_bar(word) &&
	    ((value ^ function->size[word - RANDOM_BARS] >> shift) & bits) == 0)
		return;
	random_complain(access->slot, access->offset, value, wanted);
}

static void random_write_word(const struct random_access *access, uint32_t word, uint32_t value)
{
	const uint32_t shift = access->size < 4 ? 8 * (access->offset & 3) : 0;
	struct random_function *function = access->function;
	uint32_t mask;

	if (function == NULL)
		return;
	mask = function->writable[word] & random_bits(access) << shift;
	function->now[word] = (function->now[word] & ~mask) | (value << shift & mask);
}

static void random_one(void)
{
	const struct random_access access = random_think();
	const uint32_t word = access.offset / 4;
	const uint64_t kind = random_next();
	uint64_t value = kind & 1 ? random_next() : kind & 2 ? ~0ull : 0;

	if (kind & 4) {
		random_store(&access, value);
		random_write_word(&access, word, (uint32_t)value);
		if (access.size == 8)
			random_write_word(&access, word + 1, (uint32_t)(value >> 32));
		return;
	}
	value = random_load(&access);
	random_judge(&access, word, (uint32_t)value);
	if (access.size == 8)
		random_judge(&access, word + 1, (uint32_t)(value >> 32));
}

static void random_read_orders(const char *tree)
{
	const char *end = tree + __builtin_bswap32(((const uint32_t *)(const void *)tree)[1]);

	for (const char *at = tree; at < end - 7; at++)
		if (memcmp(at, "random=", 7) == 0) {
			char *next;

			random_seed = strtoull(at + 7, &next, 0);
			random_accesses = strtoull(next + 1, NULL, 0);
			return;
		}
}

void guest_main(void *device_tree)
{
	random_read_orders(device_tree);
	random_find();
	printf("random: begins, with %u functions, %u capabilities\n", random_count, random_shown);
	for (uint64_t i = 0; i < random_accesses; i++)
		random_one();
	printf("random: %lu accesses, %u wrong\n", (unsigned long)random_accesses, random_wrong);
	for (;;)
		cpu_wfi();
}
