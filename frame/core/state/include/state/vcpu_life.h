/* What the room `life` keeps of a vCPU: what it is asked for, its start, and how it stands. */
#ifndef STATE_VCPU_LIFE_H
#define STATE_VCPU_LIFE_H

#include <frame/types.h>

/* What a vCPU may be asked for; a bit each. */
enum vcpu_ask {
	VCPU_START = 1u << 0, /* CPU_ON */
	VCPU_STOP = 1u << 1,
	VCPU_FOLLOW = 1u << 2, /* the partition's state: park, or go on */
};

struct vcpu_life {
	/* Written by the caller of CPU_ON before VCPU_START: it is for this start of the partition.
	 */
	uint64_t entry, argument;
	uint32_t start;
	uint32_t asked;                         /* enum vcpu_ask; atomically, then MAIL_VCPU */
	uint32_t parked;                        /* it is out of the queue, and its timers stand */
	uint32_t ending;                        /* it is off, and its GIC state is given up */
	uint32_t prepared;                      /* it is off, and its GIC state is as after reset */
	uint64_t virtual_timer, physical_timer; /* control registers while it is parked */
	uint64_t stood;                         /* counter: when it was parked last */
};

#endif
