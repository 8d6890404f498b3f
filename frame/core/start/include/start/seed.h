/*
 * Random bytes for guests' seeds: from the firmware's /chosen/rng-seed and the CPU's RNDR. The
 * start derives one secret for each partition. Each run of the partition's loader takes seeds from
 * the secret and moves it on (frame/service/loader/seeds.c).
 */
#ifndef START_SEED_H
#define START_SEED_H

#include <frame/types.h>

#define SEED_SIZE 32

/* Gathers the random bytes, once, on the boot core. `tree` is the firmware's device tree, or 0; its
 * seed is wiped. */
void seed_init(void *tree);

/* Derives a partition's own secret; all zero if the machine has no source of random bytes. */
void seed_partition(uint8_t secret[SEED_SIZE], uint32_t index);

/* Derives the first key of a channel. False: the machine has no source of random bytes. */
bool seed_channel(uint8_t key[SEED_SIZE], uint32_t channel);

#endif
