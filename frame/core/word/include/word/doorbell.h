/*
 * Doorbells: an interrupt that one partition raises in another one. A ring is a bit in the mailbox
 * of the receiver's home core: ringing never waits, and two rings may be heard as one. A partition
 * that rings all the time costs the receiver's core one interrupt for each that the receiving guest
 * takes, and no more.
 */
#ifndef WORD_DOORBELL_H
#define WORD_DOORBELL_H

#include <state/core.h>

struct partition;

/* The bundle's entry of a doorbell. */
static inline const struct bundle_doorbell *doorbell_at(uint64_t number)
{
	const char *bells = (const char *)core_bundle + core_bundle->doorbells.offset;

	return &((const struct bundle_doorbell *)(const void *)bells)[number];
}

/* Rings doorbell `number` of the bundle for a partition. 0, or an error of kumiki/hypercall.h. */
int64_t doorbell_ring(uint32_t from, uint64_t number);

/* Rings the managers of a partition, as its life has changed. */
void doorbell_tell_managers(uint32_t partition);

/* The guest cleared these bits of its panel's PENDING: their doorbells are heard again. */
void doorbell_cleared(const struct partition *partition, uint32_t bits);

/* The partition is about to run: rings before that are lost. On its home core. */
void doorbell_begin(const struct partition *partition);

#endif
