/* Checks whether the kernel's text and constants still equal those of its copy in the boot image, a
 * piece at each call. */
#ifndef INIT_KERNEL_H
#define INIT_KERNEL_H

#include <kumiki/rtos/image.h>
#include <stdbool.h>

/* False: this piece differs. */
bool kernel_check_piece(const struct rtos_start *start);

/* Checks all pieces at once. */
bool kernel_check_all(const struct rtos_start *start);

#endif
