/* The machine as its device tree describes it, as far as the kernel has to know it. */
#ifndef KERNEL_BOARD_H
#define KERNEL_BOARD_H

#include <kernel/tree.h>
#include <kumiki/rtos/call.h>

#define BOARD_RAM_MAX 8

struct board_range {
	uint64_t base, size;
};

struct board {
	struct board_range ram[BOARD_RAM_MAX];
	uint32_t ram_count;
	uint64_t uart; /* a PL011; 0: there is none */
	struct board_range distributor, redistributors;
	uint32_t timer; /* interrupt number of the virtual timer; 0: there is none */
	bool psci_smc;  /* PSCI is called by smc; otherwise by hvc */
	uint32_t cpus;
	uint64_t affinity[RTOS_CPUS_MAX];
};

void board_read(struct board *board, const struct tree *tree);

/* A part that the kernel needs and the machine lacks; NULL: nothing is lacking. */
const char *board_lacks(const struct board *board);

#endif
