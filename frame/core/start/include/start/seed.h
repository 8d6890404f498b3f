/*
 * Random bytes for guests' seeds: from the firmware's /chosen/rng-seed and the CPU's RNDR. One
 * secret for each partition is derived at start; each of its loaders takes the seeds from it and
 * moves it on (frame/service/loader/seeds.c).
 */
#ifndef START_SEED_H
#define START_SEED_H

#include <frame/types.h>

#define SEED_SIZE 32

/* Once, by the boot core: `tree` is the firmware's device tree, or 0. Its seed is wiped. */
void seed_init(void *tree);

/* A partition's own secret; all zero where the machine has no source. */
void seed_partition(uint8_t secret[SEED_SIZE], uint32_t index);

/* The same for the first key of a channel. False: the machine has no source. */
bool seed_channel(uint8_t key[SEED_SIZE], uint32_t channel);

#endif
