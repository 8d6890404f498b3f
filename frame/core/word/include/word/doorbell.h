/*
 * Doorbells: interrupts that one partition raises in another partition. A ring is a bit in the
 * mailbox of the receiver's home core, so ringing never waits, and two rings may be heard as one.
 * If a partition rings all the time, the receiver's core has one interrupt for each that the
 * receiving guest takes, and no more.
 */
#ifndef WORD_DOORBELL_H
#define WORD_DOORBELL_H

#include <state/core.h>

struct partition;

/* Returns the bundle's entry of a doorbell. */
static inline const struct bundle_doorbell *doorbell_at(uint64_t number)
{
	const char *bells = (const char *)core_bundle + core_bundle->doorbells.offset;

	return &((const struct bundle_doorbell *)(const void *)bells)[number];
}

/* Rings doorbell `number` of the bundle, for partition `from`. Returns 0, or an error of
 * kumiki/hypercall.h. */
int64_t doorbell_ring(uint32_t from, uint64_t number);

/* Rings the managers of a partition, as its life has changed. */
void doorbell_tell_managers(uint32_t partition);

/* The guest cleared these bits of its panel's PENDING register: has their doorbells heard again. */
void doorbell_cleared(const struct partition *partition, uint32_t bits);

/* The partition is about to run: drops the rings that came before. On the partition's home core. */
void doorbell_begin(const struct partition *partition);

#endif
