/* What the room `life` keeps of a vCPU: its start, what others ask of it, and whether it stands
 * still. */
#ifndef STATE_VCPU_LIFE_H
#define STATE_VCPU_LIFE_H

#include <frame/types.h>

/* Requests to a vCPU; a bit each. */
enum vcpu_ask {
	VCPU_START = 1u << 0, /* CPU_ON */
	VCPU_STOP = 1u << 1,
	VCPU_FOLLOW = 1u << 2, /* to park or go on, as the partition's state says */
	VCPU_SHOW = 1u << 3,   /* to write its registers for a watcher */
};

/* A parked vCPU is out of the queue, and its timers are off. A bit each. */
enum vcpu_parked {
	VCPU_UNPARKED = 0,
	VCPU_PARKED = 1u << 0,
	VCPU_WAITED = 1u << 1, /* for its next period, as it was parked for a mend */
	VCPU_LAID = 1u << 2,   /* its struct mend_registers has what it goes on with */
};

struct vcpu_life {
	/* The caller of CPU_ON writes these before VCPU_START. */
	uint64_t entry, argument;
	uint32_t start;    /* the partition's start that CPU_ON belongs to */
	uint32_t asked;    /* enum vcpu_ask; atomically, then MAIL_VCPU */
	uint32_t parked;   /* enum vcpu_parked */
	uint32_t ending;   /* the vCPU is off, and gives up its GIC state */
	uint32_t prepared; /* the vCPU is off, and its GIC state is as after reset */
	uint64_t virtual_timer, physical_timer; /* control registers while it is parked */
	uint64_t stood;                         /* counter: when it was parked last */
};

#endif
