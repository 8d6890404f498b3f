/* Stolen time, written at each switch to a vCPU that has asked for it: state/stolen.h. */
#ifndef RUN_STOLEN_H
#define RUN_STOLEN_H

#include <state/stolen.h>

struct partition;
struct vcpu;

/* The guest asks: PV_TIME_ST. The guest-physical address of the calling vCPU's record. */
uint64_t stolen_ask(struct vcpu *vcpu);

/* So many ticks more, of which one is `tick` nanoseconds, times 2^32. At once: the guest may be
 * reading on another vCPU. In place: each switch to a vCPU that has asked comes here. */
static inline void stolen_add(volatile struct stolen_record *record, uint64_t ticks, uint64_t tick)
{
	record->nanoseconds += (uint64_t)((unsigned __int128)ticks * tick >> 32);
}

/* Another life of the partition begins, of which nobody has asked; its vCPUs are off. */
void stolen_reset(struct partition *partition);

#endif
