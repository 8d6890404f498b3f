/*
 * An NVMe controller of the tests' own, which knows the layout from the standard (NVM Express 1.4):
 * a good one with a disk of its own, and one that writes what it likes wherever it can.
 */
#ifndef TESTS_RTOS_SERVERS_NVME_CONTROLLER_H
#define TESTS_RTOS_SERVERS_NVME_CONTROLLER_H

#include <servers/nvme/drive.h>

#define FAKE_SIZE     (512 * 1024) /* of the memory for DMA */
#define FAKE_PHYSICAL 0x7c0000000ULL
#define FAKE_DISK     (64 * 1024)
#define FAKE_NEVER    UINT32_MAX
#define FAKE_SPACE    0x2000 /* bytes of registers */

struct fake_command {
	uint16_t id;
	uint8_t what;
	uint64_t block;
	uint32_t blocks;
	uint64_t pages[MEDIUM_BYTES / PAIR_PAGE + 1]; /* physical */
};

/* As it is, and what was done with it. */
struct fake {
	uint32_t registers[FAKE_SPACE / 4];
	_Alignas(4096) uint8_t memory[FAKE_SIZE];
	uint8_t disk[FAKE_DISK];
	uint32_t shift; /* of a block */
	uint64_t blocks;
	uint32_t random;

	/* What is wrong with it. */
	uint32_t ready_after, quiet_after; /* pauses */
	uint32_t refuses;  /* number of the admin command that is an error, from 1 on */
	uint32_t wrong_id; /* number of the one whose answer names another command */
	uint32_t silent;   /* number of the one that is never answered */
	uint32_t stuck;    /* times that it has to be told that all was taken */
	uint8_t most, format_flags, attributes, caches;
	uint16_t options, beside; /* bytes beside a block */
	uint32_t namespace_id;
	bool mad;
	uint32_t slow; /* milliseconds that a pause takes besides the first one */

	/* What it does. */
	bool works;
	uint32_t pauses, commands;
	uint64_t clock; /* milliseconds */
	uint32_t admin_tail, admin_head, done_tail;
	uint32_t io_head, io_done; /* counted on */
	uint64_t io_commands, io_answers;
	struct fake_command waits[PAIR_ENTRIES];
	uint32_t wait_count;
};
extern struct fake fake;

/* A good one. */
void fake_new(uint32_t seed, uint32_t shift);
uint32_t fake_below(uint32_t limit);
/* Takes over what the driver has offered. */
void fake_look(void);
/* Carries out a command that waits, and answers it. */
void fake_finish(uint32_t index, uint16_t status);
/* An answer of any kind. */
void fake_answer(uint16_t id, uint16_t status);
void fake_scribble(void);

#endif
