/*
 * What a watcher reads of the partition that it watches (docs/watching.md): a page of registers,
 * each of 64 bits. Other widths, and registers that aren't listed, read 0. Part of the contract
 * with guests.
 */
/* SPDX-License-Identifier: MIT-0 */
#ifndef KUMIKI_WATCH_H
#define KUMIKI_WATCH_H

#include <stdint.h>

/* Write, any value: if the partition runs, each vCPU that is on writes its record anew, soon. */
#define WATCH_ASK 0x000u
/* Read: the partition's state (enum life_state), the number of its starts, its number of vCPUs. */
#define WATCH_STATE  0x000u
#define WATCH_STARTS 0x008u
#define WATCH_VCPUS  0x010u
/* Read: a struct watch_record. */
#define WATCH_RECORD(vcpu) (0x100u + (vcpu)*WATCH_RECORD_SIZE)
#define WATCH_RECORD_SIZE  64u

/* A vCPU's registers as they were when it was asked. */
struct watch_record {
	uint64_t changes; /* odd: it is being written; 0: never. The same before and after reading
	                   * the others: they belong together */
	uint64_t ttbr1, tcr, vbar, sctlr, sp_el0; /* of EL1 */
	uint64_t reserved[2];
};
_Static_assert(sizeof(struct watch_record) == WATCH_RECORD_SIZE, "guests rely on it");

#endif
