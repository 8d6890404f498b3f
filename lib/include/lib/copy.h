/* Copies for those who spend their time on it: brokers, and the RTOS's network server. */
#ifndef LIB_COPY_H
#define LIB_COPY_H

#include <stddef.h>

/* Like memcpy(), but with unaligned accesses, which normal memory allows. copy_arm.c has this
 * function for AArch64, copy_plain.c for hosts. */
void copy_bytes(void *to, const void *from, size_t size);

#endif
