/* SPDX-License-Identifier: MIT-0 */
/*
 * Cores that come from other partitions and go to them (docs/power.md): the CPUs of this system
 * whose cores may move follow the cores' records. The first CPU, which stays, looks; those that
 * come do the work that they are given until they are to go. Under Kumiki alone.
 */
#ifndef GUEST_CORES_H
#define GUEST_CORES_H

#include <stdbool.h>
#include <stdint.h>

#define CORES_MAX  8u
#define CORES_WAKE 15 /* the SGI that wakes a CPU that is to go */

/*
 * `work` runs on each CPU that comes, from its beginning, and comes back when cores_must_go(). How
 * many CPUs there are that may come or go; 0: none, or this isn't Kumiki.
 */
uint32_t cores_begin(const void *device_tree, void (*work)(void));

/* Changes whenever there may be something for cores_follow(): cpu_sleep_until(). */
extern volatile uint32_t cores_changes;

/*
 * Compares, and switches on or off what isn't as the records say. `came` and `went`, unless NULL,
 * are told which CPU it was. A CPU that is to go goes when its work has come back, which counts as
 * a change.
 */
void cores_follow(void (*came)(uint32_t cpu), void (*went)(uint32_t cpu));

/* The machine's number of the core of this CPU. */
uint32_t cores_core(uint32_t cpu);

/* Asked by the work. */
bool cores_must_go(void);

/* The core is to be held by that partition, if that comes about within so many ticks of
 * kumiki/hold.h; with its holder it stays. The request's number, or an error of hypercall.h. */
int64_t cores_ask(uint32_t core, uint32_t partition, uint64_t time);

/* Who holds it, and who is to have it: kumiki/hold.h. */
uint64_t cores_record(uint32_t core);

#endif
