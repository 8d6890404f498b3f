/*
 * The loader service: lays images out in a partition's memory from the pristine copies that no
 * guest can write, checks them on the way, and leaves nothing of it in a cache: a guest starts
 * with its caches off. Runs once for each start of a partition, at that partition's cost.
 */
#ifndef SERVICE_LOADER_H
#define SERVICE_LOADER_H

#include <kumiki/service.h>
#include <stdbool.h>
#include <stddef.h>

/* Does all jobs; returns the status for SERVICE_DONE. Stops at the first damaged image. */
uint64_t loader_run(const struct loader_info *info);

/*
 * What the machine does faster than C: loader/machine_arm.c, or machine_plain.c in host tests.
 */
#define LOADER_BLOCK 64u

/* Copies so many blocks, 8-byte aligned on both sides, and takes their CRC-32C further: `crc` is
 * as the polynomial division has it (not inverted). Cleans what lies behind it but the last block.
 */
uint32_t machine_copy(void *to, const void *from, size_t blocks, uint32_t crc);

/* Zeroes and cleans. */
void machine_zero(void *to, size_t size);

/* Cleans to the point of coherency, and invalidates. */
void machine_clean(const void *from, size_t size);

/* Waits until all that was cleaned has arrived. */
void machine_finish(void);

#endif
