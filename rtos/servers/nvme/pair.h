/*
 * A pair of NVMe's queues (NVM Express 1.4, 4.1): commands for the controller, and what it is done
 * with. Both lie in the memory for DMA, which the controller can write at any time. So an entry is
 * copied before it is looked at. No system call, so it is tested on the host
 * (tests/unit/rtos_servers/test_nvme.c).
 */
#ifndef NVME_PAIR_H
#define NVME_PAIR_H

#include <stdbool.h>
#include <stdint.h>

#define PAIR_ENTRIES 32   /* of each queue: more than there are ever open commands */
#define PAIR_PAGE    4096 /* a queue begins at a page, and is smaller */
#define PAIR_BYTES   (2 * PAIR_PAGE)

/* In the controller's words (4.2). */
struct pair_command {
	uint32_t word[16];
};

struct pair_done {
	uint16_t id; /* of the command, as the controller says */
	uint16_t status;
	uint32_t result;
};

struct pair {
	volatile struct pair_command *commands;
	const volatile uint32_t *done; /* four words an entry */
	volatile uint32_t *tail_bell, *head_bell;
	uint16_t tail, head;
	uint16_t phase;    /* the bit of a new entry: it changes with each round */
	bool untold;       /* entries were taken, and the controller doesn't know yet */
	uint64_t physical; /* of the commands; the other queue is a page behind */
};

/* Lays the pair out in PAIR_BYTES of memory that the controller doesn't use. */
void pair_begin(struct pair *pair, uint8_t *memory, uint64_t physical);
/* Where the controller is told of it: two of its registers. */
void pair_connect(struct pair *pair, volatile uint32_t *tail_bell, volatile uint32_t *head_bell);

/* Gives the controller a command. Fewer than PAIR_ENTRIES are open. */
void pair_give(struct pair *pair, const struct pair_command *command);
/* The next command that the controller is done with. False: there is none. */
bool pair_take(struct pair *pair, struct pair_done *done);
/* Tells the controller what was taken. */
void pair_settle(struct pair *pair);
/* Tells it once more. */
void pair_tell(const struct pair *pair);

/* Made by the user of pair.c: orders all reads and writes before it before all after it, for the
 * device, too. */
void pair_barrier(void);

#endif
