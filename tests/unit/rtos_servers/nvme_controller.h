/*
 * An NVMe controller for tests, written by the standard (NVM Express 1.4) alone. It has a disk of
 * its own. It works well, or if it is `mad`, it writes anything wherever it can.
 */
#ifndef TESTS_RTOS_SERVERS_NVME_CONTROLLER_H
#define TESTS_RTOS_SERVERS_NVME_CONTROLLER_H

#include <servers/nvme/drive.h>

#define FAKE_SIZE     (512 * 1024) /* bytes of memory for DMA */
#define FAKE_PHYSICAL 0x7c0000000ULL
#define FAKE_PAGES    48 /* of a client's memory */
#define FAKE_KEPT     0x640000000ULL
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

/* The controller's state, and counts of its actions. */
struct fake {
	uint32_t registers[FAKE_SPACE / 4];
	_Alignas(4096) uint8_t memory[FAKE_SIZE];
	uint8_t pages[FAKE_PAGES][PAIR_PAGE];
	uint8_t disk[FAKE_DISK];
	uint32_t shift; /* a block's size, as a power of two */
	uint64_t blocks;
	uint32_t random;

	/* The faults that it has. */
	uint32_t ready_after, quiet_after; /* so many pauses */
	uint32_t refuses;  /* the number of the admin command that fails, from 1 on */
	uint32_t wrong_id; /* the number of the command whose answer names another one */
	uint32_t silent;   /* the number of the command that gets no answer */
	uint32_t stuck;    /* how often it must be told that all answers were taken */
	uint8_t most, format_flags, attributes, caches;
	uint16_t options, beside; /* bytes beside a block */
	uint32_t namespace_id;
	bool mad;
	uint32_t slow; /* how many more milliseconds than one a pause takes */

	/* Its present work. */
	bool works;
	uint32_t pauses, commands;
	uint64_t clock; /* milliseconds */
	uint32_t admin_tail, admin_head, done_tail;
	uint32_t io_head, io_done; /* its places in the pair of queues for I/O */
	uint64_t io_commands, io_answers;
	struct fake_command waits[PAIR_ENTRIES];
	uint32_t wait_count;
};
extern struct fake fake;

/* Makes a controller without faults. */
void fake_new(uint32_t seed, uint32_t shift);
uint32_t fake_below(uint32_t limit);
/* Reads the commands that the driver has put into the queue. */
void fake_look(void);
/* Carries out a waiting command, and answers it. */
void fake_finish(uint32_t index, uint16_t status);
/* Gives any answer. */
void fake_answer(uint16_t id, uint16_t status);
void fake_scribble(void);

#endif
