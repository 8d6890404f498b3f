/*
 * The first process: program 0 of the boot image, with all memory that is free at start. If the
 * process ends, the kernel begins it anew. The process keeps its handles and objects, as after a
 * reset.
 */
#ifndef KERNEL_FIRST_H
#define KERNEL_FIRST_H

#include <kernel/process.h>
#include <kumiki/rtos/image.h>

struct first {
	const struct rtos_image *image; /* where the kernel sees it; in RAM */
	pa_t image_at;
	pa_t tree; /* the device tree, in RAM */
	uint64_t tree_size;
	pa_t kernel; /* the kernel's text and constants */
	uint64_t kernel_size;
	uint64_t first_counter;
};

/* Makes the process itself, without memory: its pool gets its pages after this. */
void first_begin(void);

/* Starts the first process. Returns NULL, or why it can't be started. */
const char *first_start(const struct first *first);

/* The first process has ended. From now on its turn is in a ready queue, at the highest priority.
 */
void first_end(void);

/* Does one bounded step of beginning the process anew. False: `turn` isn't the process's turn. */
bool first_step(const struct thread *turn);

#endif
