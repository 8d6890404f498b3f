/*
 * Several vCPUs on one core. The virtual GIC interface, the private interrupts and the timers of a
 * core are held by one of its vCPUs, the resident one (core.vcpu), and EL1 by one of them, too
 * (core.el1); the others' lie in their struct vcpu. Who wants to do something about a vCPU's GIC
 * state makes it resident first, for as long as it takes: the next choice puts everything where it
 * is to run. A core with one vCPU never changes either, and comes here for nothing.
 */
#ifndef FRAME_RESIDENT_H
#define FRAME_RESIDENT_H

#include <frame/types.h>

struct context;
struct partition;
struct vcpu;

/* Finds this core's vCPUs: at its start, after gic_init_core(). */
void resident_begin(void);

/* Makes it resident. Its core's, and nobody else's. */
void resident_enter(struct vcpu *vcpu);

/*
 * Makes its EL1 the core's, or leaves what is there if it begins anew; on the way to it. True:
 * another vCPU of its partition was here before, and what that one translated is to be forgotten.
 */
bool resident_enter_el1(struct vcpu *vcpu);

/*
 * A partition of this core, of which a vCPU is resident from now on, for what is done about the
 * partition as a whole; 0: it has none here.
 */
struct partition *resident_partition(uint32_t index);

/* A physical interrupt that isn't the frame's own came to a core that hasn't just one vCPU. */
void resident_interrupt(uint32_t intid);

/* Messages for vCPUs, by their indices in the bundle, on such a core. */
void resident_mail(uint64_t vcpus);

/* The running vCPU waits, as by WFI: until something is pending for it, or its timer is due. */
void resident_wait(struct vcpu *vcpu);

/* If the resident one waits and has something pending, it is ready. */
void resident_look(void);

/* Such a core is about to run it: a vCPU is resident then; a service takes nothing from who is. */
void resident_choose(struct context *next);

/* Deadlines of those that wait and aren't resident, if they are as urgent as that: armed; over. */
void resident_arm(uint32_t priority);
void resident_due(uint64_t now);

#endif
