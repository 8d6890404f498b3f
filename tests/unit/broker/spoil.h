/*
 * A guest that breaks every rule of its rings: random descriptors, indices, addresses, chains that
 * loop, registers in any order, at random from a seed. See unit/broker/lan.h.
 */
#ifndef UNIT_BROKER_SPOIL_H
#define UNIT_BROKER_SPOIL_H

#include <unit/broker/lan.h>

/* The guest at that place. Its driver begins anew now and then, with no features or with these. */
void spoil_begin(uint32_t place, uint64_t features, uint64_t seed);

/* From 0 on, below the limit. */
uint32_t spoil_random(uint32_t limit);

/* Breaks something, mostly. */
void spoil(void);

#endif
