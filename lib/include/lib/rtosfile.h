/*
 * The file of an RTOS image, for the host: the kernel, and behind it the boot image. The code is
 * pure, and touches only the bytes that it is given.
 */
#ifndef LIB_RTOSFILE_H
#define LIB_RTOSFILE_H

#include <kumiki/rtos/image.h>
#include <stdbool.h>
#include <stddef.h>

/* Reads the header of the kernel with which a file of `size` bytes begins, and no byte behind the
 * header. NULL: the header is good. Otherwise returns the fault, as the end of a sentence that
 * begins with the file's name. */
const char *rtosfile_kernel(const void *file, size_t size, struct rtos_kernel_header *header);

/* Finds the boot image, and verifies it. False: *why has the fault. */
bool rtosfile_find(const void *file, size_t size, const struct rtos_image **image,
                   const char **why);

#endif
