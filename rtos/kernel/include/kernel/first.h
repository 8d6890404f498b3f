/* The first process: program 0 of the boot image, with all that nobody else has. */
#ifndef KERNEL_FIRST_H
#define KERNEL_FIRST_H

#include <kernel/process.h>
#include <kumiki/rtos/image.h>

struct first {
	const struct rtos_image *image; /* where the kernel sees it; in RAM */
	pa_t image_at;
	pa_t tree; /* the device tree, in RAM */
	uint64_t tree_size;
	uint64_t first_counter;
};

/* The process itself, without memory: pages are found for its pool next. */
void first_begin(void);

/* Starts it; NULL, or what is wrong with the boot image. */
const char *first_start(const struct first *first);

#endif
