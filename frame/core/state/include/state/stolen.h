/*
 * Stolen time (Arm DEN0057): the time in which the vCPU was ready and another context ran, or in
 * which its budget was used up. Each vCPU has a record of it in a page that its guest reads. Once
 * the guest has asked for the record's address, the vCPU's core writes the record at each switch to
 * the vCPU.
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
