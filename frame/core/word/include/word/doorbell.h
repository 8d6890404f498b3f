/*
 * Doorbells: an interrupt that one partition raises in another one. Ringing is a bit in the mailbox
 * of the other's home core, so it never waits, and ringing twice may be heard once. A partition
 * that rings all the time costs the other's core one interrupt for each that the other guest takes,
 * and no more.
 */
#ifndef WORD_DOORBELL_H
#define WORD_DOORBELL_H

#include <state/core.h>

struct partition;

/* Of the bundle. */
static inline const struct bundle_doorbell *doorbell_at(uint64_t number)
{
	const char *bells = (const char *)core_bundle + core_bundle->doorbells.offset;

	return &((const struct bundle_doorbell *)(const void *)bells)[number];
}

/* A partition rings doorbell `number` of the bundle: 0, or an error of kumiki/hypercall.h. */
int64_t doorbell_ring(uint32_t from, uint64_t number);

/* The life of a partition changed: those that manage it hear of it. */
void doorbell_tell_managers(uint32_t partition);

/* The guest cleared these bits of its panel's PENDING: what they stand for is heard again. */
void doorbell_cleared(const struct partition *partition, uint32_t bits);

/* The partition is about to run: what was rung before that is lost. On its home core. */
void doorbell_begin(const struct partition *partition);

#endif
