/*
 * A guest that breaks every rule of its rings, at random from a seed: wrong descriptors, indices
 * and addresses, chains that loop, registers in any order. See unit/broker/lan.h.
 */
#ifndef UNIT_BROKER_SPOIL_H
#define UNIT_BROKER_SPOIL_H

#include <unit/broker/lan.h>

/* Chooses the guest at this place. Its driver begins anew at times, with no features or with
 * these. */
void spoil_begin(uint32_t place, uint64_t features, uint64_t seed);

/* A random number from 0 on, below the limit. */
uint32_t spoil_random(uint32_t limit);

/* Takes a step, which mostly breaks something. */
void spoil(void);

/* For kill_beside(): now and then breaks something in the guest's memory. */
void spoil_within(void);

#endif
