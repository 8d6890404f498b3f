/* Compares bytes of contents, which nearly always begin at words. */
#ifndef RAMFS_SAME_H
#define RAMFS_SAME_H

#include <stdbool.h>
#include <stddef.h>

bool same_bytes(const void *one, const void *other, size_t size);
bool same_zeros(const void *bytes, size_t size);

#endif
