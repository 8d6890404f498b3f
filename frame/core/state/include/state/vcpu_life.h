/* What the room `life` keeps of a vCPU: what it is asked for, its start, and how it stands. */
#ifndef STATE_VCPU_LIFE_H
#define STATE_VCPU_LIFE_H

#include <frame/types.h>

/* Requests to a vCPU; a bit each. */
enum vcpu_ask {
	VCPU_START = 1u << 0, /* CPU_ON */
	VCPU_STOP = 1u << 1,
	VCPU_FOLLOW = 1u << 2, /* park or go on, by the partition's state */
};

struct vcpu_life {
	/* The caller of CPU_ON writes these before VCPU_START. */
	uint64_t entry, argument;
	uint32_t start;                         /* the start of the partition that it is for */
	uint32_t asked;                         /* enum vcpu_ask; atomically, then MAIL_VCPU */
	uint32_t parked;                        /* out of the queue, and its timers stand */
	uint32_t ending;                        /* off, and its GIC state is given up */
	uint32_t prepared;                      /* off, and its GIC state is as after reset */
	uint64_t virtual_timer, physical_timer; /* control registers while it is parked */
	uint64_t stood;                         /* counter: when it was parked last */
};

#endif
