/* The records of the counting server's two versions. */
#ifndef TESTS_RTOS_REPLACE_COUNTER_H
#define TESTS_RTOS_REPLACE_COUNTER_H

#include <replace/proto.h>
#include <rtos/journal.h>
#include <stdint.h>

#define COUNTER_OLD_VERSION 1
#define COUNTER_NEW_VERSION 2

struct counter_old {
	uint64_t value[COUNTERS];
	struct journal journal;
};

/* The new version's record: another order, other sizes, and a sum that the probe checks. */
struct counter_new {
	struct journal journal;
	uint64_t sum; /* of all values */
	struct {
		uint32_t low, high;
	} value[COUNTERS];
};

/* The fault of a new version. */
enum counter_fault {
	FAULT_NONE,
	FAULT_START,   /* faults before it does anything */
	FAULT_CONVERT, /* faults half-way through its converter */
	FAULT_PROBE,   /* its probe fails */
	FAULT_LOOP,    /* computes for ever in its converter */
	FAULT_WAIT,    /* waits for ever in its converter */
	FAULT_AFTER,   /* serves, and faults between a change and its answer */
};
extern const enum counter_fault counter_fault;

#endif
