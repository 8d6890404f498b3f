/*
 * Stolen time (Arm DEN0057): for each vCPU a record in a page of its partition that the guest
 * reads, with the time that it was ready and another one ran instead. Written by the core that the
 * vCPU is on, at each switch to it, once the guest has asked where it is.
 */
#ifndef FRAME_STOLEN_H
#define FRAME_STOLEN_H

#include <frame/types.h>

/* DEN0057's layout. */
struct stolen_record {
	uint32_t revision;   /* 0 */
	uint32_t attributes; /* 0 */
	uint64_t nanoseconds;
	uint64_t reserved[6];
};
_Static_assert(sizeof(struct stolen_record) == 64, "DEN0057 says so");

struct partition;
struct vcpu;

/* The guest asks: PV_TIME_ST. The guest-physical address of the calling vCPU's record. */
uint64_t stolen_ask(struct vcpu *vcpu);

/* So many ticks more, of which one is `tick` nanoseconds, times 2^32. At once: the guest may be
 * reading on another vCPU. In place: each switch to who has asked comes here. */
static inline void stolen_add(volatile struct stolen_record *record, uint64_t ticks, uint64_t tick)
{
	record->nanoseconds += (uint64_t)((unsigned __int128)ticks * tick >> 32);
}

/* Another life of the partition begins, of which nobody has asked; its vCPUs are off. */
void stolen_reset(struct partition *partition);

#endif
