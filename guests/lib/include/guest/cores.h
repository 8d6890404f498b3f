/* SPDX-License-Identifier: MIT-0 */
/*
 * Cores that come from other partitions and go to them (docs/power.md): this system's CPUs on such
 * cores follow the cores' records. The first CPU, which stays, looks. A CPU that comes does its
 * work until it has to go. Under Kumiki alone.
 */
#ifndef GUEST_CORES_H
#define GUEST_CORES_H

#include <stdbool.h>
#include <stdint.h>

#define CORES_MAX  8u
#define CORES_WAKE 15 /* the SGI that wakes a CPU that is to go */

/*
 * `work` runs on each CPU that comes, from its beginning, and returns when cores_must_go(). Returns
 * how many CPUs may come or go; 0: none, or this isn't Kumiki.
 */
uint32_t cores_begin(const void *device_tree, void (*work)(void));

/* Changes whenever there may be something for cores_follow(): cpu_sleep_until(). */
extern volatile uint32_t cores_changes;

/*
 * Compares, and switches the CPUs on or off as the records say. `came` and `went`, unless NULL, get
 * the CPU. A CPU that has to go goes when its work has returned, which counts as a change.
 */
void cores_follow(void (*came)(uint32_t cpu), void (*went)(uint32_t cpu));

/* The machine's number of the core of this CPU. */
uint32_t cores_core(uint32_t cpu);

/* The work asks this. */
bool cores_must_go(void);

/* Asks that the partition holds the core, within so many ticks of kumiki/hold.h; with the holder as
 * partition the core stays. Returns the request's number, or an error of hypercall.h. */
int64_t cores_ask(uint32_t core, uint32_t partition, uint64_t time);

/* The core's record: kumiki/hold.h. */
uint64_t cores_record(uint32_t core);

#endif
