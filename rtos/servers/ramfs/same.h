/*
 * Compares bytes. The host's tests have their own same.c: this one has instructions of AArch64.
 */
#ifndef RAMFS_SAME_H
#define RAMFS_SAME_H

#include <stdbool.h>
#include <stddef.h>

bool same_bytes(const void *one, const void *other, size_t size);
bool same_zeros(const void *bytes, size_t size);

#endif
