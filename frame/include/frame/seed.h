/*
 * Random bytes for guests' seeds: from the firmware's /chosen/rng-seed and the CPU's RNDR. One
 * secret for each partition is derived at start; each of its starts takes from it and moves it on,
 * so that an earlier or another guest's seed tells nothing of the next.
 */
#ifndef FRAME_SEED_H
#define FRAME_SEED_H

#include <frame/types.h>

#define SEED_SIZE 32

/* Once, by the boot core: `tree` is the firmware's device tree, or 0. Its seed is wiped. */
void seed_init(void *tree);

/* A partition's own secret; all zero where the machine has no source. */
void seed_partition(uint8_t secret[SEED_SIZE], uint32_t index);

/* Up to SEED_SIZE fresh bytes; false if there is no source. */
bool seed_take(uint8_t secret[SEED_SIZE], uint8_t *bytes, size_t size);

#endif
