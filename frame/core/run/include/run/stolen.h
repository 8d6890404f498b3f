/* Stolen time, written at each switch to a vCPU that has asked for it: state/stolen.h. */
#ifndef RUN_STOLEN_H
#define RUN_STOLEN_H

#include <state/stolen.h>

struct partition;
struct vcpu;

/* Answers PV_TIME_ST: the guest-physical address of the calling vCPU's record. */
uint64_t stolen_ask(struct vcpu *vcpu);

/* Adds ticks of `tick` / 2^32 nanoseconds each. In one store, as the guest may be reading on
 * another vCPU. It is inline, as each switch to a vCPU that has asked comes here. */
static inline void stolen_add(volatile struct stolen_record *record, uint64_t ticks, uint64_t tick)
{
	record->nanoseconds += (uint64_t)((unsigned __int128)ticks * tick >> 32);
}

/* Resets the records for another life of the partition, whose vCPUs are off. */
void stolen_reset(struct partition *partition);

#endif
