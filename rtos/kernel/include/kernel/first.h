/*
 * The first process: program 0 of the boot image, with all memory that is free at start. If it
 * ends, the kernel begins it anew: it keeps its handles and objects, as after a reset.
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
	pa_t kernel; /* its text and constants */
	uint64_t kernel_size;
	uint64_t first_counter;
};

/* Makes the process itself, without memory: its pool gets its pages after this. */
void first_begin(void);

/* Starts the first process; returns NULL, or what is wrong with the boot image. */
const char *first_start(const struct first *first);

/* The first process has ended. From now on its turn is in a ready queue, at the highest priority.
 */
void first_end(void);

/* One bounded step of beginning it anew, if `turn` is its turn; otherwise false. */
bool first_step(const struct thread *turn);

#endif
