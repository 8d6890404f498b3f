/*
 * The file of an RTOS image, for the host: the kernel, and the boot image behind it. Pure; touches
 * only the bytes given.
 */
#ifndef LIB_RTOSFILE_H
#define LIB_RTOSFILE_H

#include <kumiki/rtos/image.h>
#include <stdbool.h>
#include <stddef.h>

/* The header of the kernel that a file of that size begins with; reads no byte behind it. NULL: it
 * is good. Else the fault, as the end of a sentence that begins with the file's name. */
const char *rtosfile_kernel(const void *file, size_t size, struct rtos_kernel_header *header);

/* The verified boot image. False: `why` has the fault. */
bool rtosfile_find(const void *file, size_t size, const struct rtos_image **image,
                   const char **why);

#endif
