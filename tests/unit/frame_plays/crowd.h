/*
 * Several vCPUs of several partitions on each of two or three cores. Their programs count the
 * interrupts that come for them. At any time each interrupt is in one place, each vCPU finds its
 * registers as it left them, and the most urgent context runs. In the end nothing was lost.
 */
#ifndef UNIT_FRAME_CROWD_H
#define UNIT_FRAME_CROWD_H

#include "cores.h"
#include <state/vcpu.h>

#define CROWD_PARTITIONS 3u
#define CROWD_VCPUS      6u
#define CROWD_SGIS       4u
#define CROWD_TIMER_PPI  27u

/* In both plans the first partition is the most urgent, and the others are equals. In crowd_level
 * all are of one class, so no interrupt is held back from any of them. */
extern const struct cores_plan crowd_placed, crowd_level;

/* Each guest's own record of itself, by its vCPU's number in the machine. */
extern struct crowd_guest {
	struct vcpu *vcpu;
	bool ready; /* it has set up its interrupts */
	uint64_t mark, compare;
	bool armed;
	uint32_t sgis; /* SGIs that were sent to it, and that it hasn't taken yet */
	uint32_t sent[CROWD_SGIS];
	uint32_t active; /* the interrupt that it handles; 0: none */
	uint32_t taken;
} crowd_guests[CROWD_VCPUS];
struct crowd_guest *crowd_guest(const struct vcpu *vcpu);

/* Random numbers of the seed; the counter; the plan. */
uint32_t crowd_random(uint32_t limit);
extern uint64_t crowd_now;
extern struct cores_plan crowd_plan;

/* Begins the machine: all guests have set up their interrupts. */
void crowd_begin(uint32_t seed, const struct cores_plan *of);

/* The guest that this core runs; NULL: a service, or nothing. */
struct crowd_guest *crowd_running(uint32_t number);

/* Takes one interrupt of this core, and checks that it isn't for a guest less urgent than the
 * running one. False: there is none. */
bool crowd_interrupt(uint32_t number);

/* The messages waiting at this core that are for guests of a class below `class`. */
uint64_t crowd_waiting_below(uint32_t number, uint32_t class);

/* ---- a guest's actions, and the interrupts that come for it ---- */

/* Plays a guest's store to its GIC until it is done: the guest may lose its core meanwhile. */
void crowd_store(struct crowd_guest *guest, bool redistributor, uint32_t offset, uint64_t value);

/* Lets a guest end the interrupt that it has taken, or take the next one; checks that it is the
 * right one. */
void crowd_handle(struct crowd_guest *guest);
void crowd_wait(void); /* for cores_do() */

/* Notes that a guest is sent an SGI now; the second function gives an edge to one of a partition's
 * two wired interrupts. */
void crowd_expect_sgi(struct crowd_guest *guest, uint32_t sgi);
void crowd_pulse(uint32_t partition, uint32_t i);

/* ---- checks ---- */
void crowd_check(void);

/* Lets all guests take their interrupts and wait. Then everything must have arrived, and every core
 * sleeps. */
void crowd_finish(void);

#endif
