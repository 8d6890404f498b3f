/*
 * Stores to kept memory. They happen in the order of the calls. A crash comes between two of them,
 * or in the middle of a store that isn't a single word. The host's tests have their own stores,
 * which end where a test tells them to.
 */
#ifndef RAMFS_STORE_H
#define RAMFS_STORE_H

#include <stddef.h>
#include <stdint.h>

void store_word(uint32_t *to, uint32_t value);
void store_bytes(void *to, const void *from, size_t size);
void store_zeros(void *to, size_t size);

#endif
