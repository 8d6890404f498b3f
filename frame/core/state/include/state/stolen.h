/*
 * Stolen time (Arm DEN0057): for each vCPU a record in a page of its partition that the guest
 * reads, with the time in which the vCPU was ready and another one ran instead. Once the guest has
 * asked for its address, the vCPU's core writes the record at each switch to the vCPU.
 */
#ifndef STATE_STOLEN_H
#define STATE_STOLEN_H

#include <frame/types.h>

/* DEN0057's layout. */
struct stolen_record {
	uint32_t revision;   /* 0 */
	uint32_t attributes; /* 0 */
	uint64_t nanoseconds;
	uint64_t reserved[6];
};
_Static_assert(sizeof(struct stolen_record) == 64, "DEN0057 says so");

#endif
