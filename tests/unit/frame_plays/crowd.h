/*
 * Several vCPUs, of several partitions, on each of two cores or three: programs that count what
 * comes for them, and at any time each interrupt is in one place, each vCPU finds its registers as
 * it left them, what runs is the most urgent, and in the end nothing was lost.
 */
#ifndef UNIT_FRAME_CROWD_H
#define UNIT_FRAME_CROWD_H

#include "cores.h"
#include <state/vcpu.h>

#define CROWD_PARTITIONS 3u
#define CROWD_VCPUS      6u
#define CROWD_SGIS       4u
#define CROWD_TIMER_PPI  27u

/* The first partition is the most urgent, the others are equals; and all of them of one class, so
 * that nothing that comes is held back from any. */
extern const struct cores_plan crowd_placed, crowd_level;

/* A guest's program: what it knows of itself. By its vCPU's number in the machine. */
extern struct crowd_guest {
	struct vcpu *vcpu;
	bool ready; /* it has set up its interrupts */
	uint64_t mark, compare;
	bool armed;
	uint32_t sgis; /* sent to it and not taken since */
	uint32_t sent[CROWD_SGIS];
	uint32_t active; /* what it is handling: 0: nothing */
	uint32_t taken;
} crowd_guests[CROWD_VCPUS];
struct crowd_guest *crowd_guest(const struct vcpu *vcpu);

/* Numbers of the seed that it began with; the counter; the plan. */
uint32_t crowd_random(uint32_t limit);
extern uint64_t crowd_now;
extern struct cores_plan crowd_plan;

/* All guests have their interrupts set up. */
void crowd_begin(uint32_t seed, const struct cores_plan *of);

/* What this core runs; NULL: a service, or nothing. */
struct crowd_guest *crowd_running(uint32_t number);

/* Takes one interrupt of this core: it is for nobody less urgent than who runs. False: none. */
bool crowd_interrupt(uint32_t number);

/* Messages for those who are less urgent than class, of all that wait at this core. */
uint64_t crowd_waiting_below(uint32_t number, uint32_t class);

/* ---- what a guest does, or what comes for it ---- */

/* A store to its GIC, in the end: it may lose its core meanwhile. */
void crowd_store(struct crowd_guest *guest, bool redistributor, uint32_t offset, uint64_t value);

/* It ends what it has taken, or takes what is pending, as it has to come. */
void crowd_handle(struct crowd_guest *guest);
void crowd_wait(void); /* for cores_do() */

/* Somebody sends it an SGI now. One of a partition's two wired interrupts has an edge. */
void crowd_expect_sgi(struct crowd_guest *guest, uint32_t sgi);
void crowd_pulse(uint32_t partition, uint32_t i);

/* ---- what must be so ---- */
void crowd_check(void);

/* Everybody takes what there is and waits: then all has arrived, and every core sleeps. */
void crowd_finish(void);

#endif
