/* SPDX-License-Identifier: MIT-0 */
/*
 * Cores that come from other partitions and go to them (docs/power.md). This system's CPUs on such
 * cores follow the cores' records. The first CPU, which stays, looks at the records. A CPU that
 * comes does its work until it has to go. This works under Kumiki only.
 */
#ifndef GUEST_CORES_H
#define GUEST_CORES_H

#include <stdbool.h>
#include <stdint.h>

#define CORES_MAX  8u
#define CORES_WAKE 15 /* the SGI that wakes a CPU that is to go */

/*
 * Prepares this. `work` runs on each CPU that comes, and must return when cores_must_go() is true.
 * Returns how many CPUs may come or go; 0: none, or this isn't Kumiki.
 */
uint32_t cores_begin(const void *device_tree, void (*work)(void));

/* This count grows when there may be something for cores_follow() to do; cpu_sleep_until() can wait
 * for it. */
extern volatile uint32_t cores_changes;

/*
 * Switches the CPUs on or off as the records say. `came` and `went`, unless NULL, are called for
 * each such CPU. A CPU that has to go goes when its work has returned, which counts as a change.
 */
void cores_follow(void (*came)(uint32_t cpu), void (*went)(uint32_t cpu));

/* The machine's number of a CPU's core. */
uint32_t cores_core(uint32_t cpu);

/* Whether this CPU has to go: the work must ask this. */
bool cores_must_go(void);

/* Asks that the partition holds the core, within a number of kumiki/hold.h's ticks. If the
 * partition is the present holder, the core stays. Returns the request's number, or an error of
 * hypercall.h. */
int64_t cores_ask(uint32_t core, uint32_t partition, uint64_t time);

/* The core's record (kumiki/hold.h). */
uint64_t cores_record(uint32_t core);

#endif
