/* A vCPU, as the frame keeps it: in its partition's slot of memory. */
#ifndef STATE_VCPU_H
#define STATE_VCPU_H

#include <machine/resident.h>
#include <state/context.h>
#include <state/debug.h>
#include <state/lent.h>
#include <state/vcpu_life.h>
#include <state/vcpu_run.h>
#include <state/vgic.h>

struct partition;

/* The registers of a vCPU that isn't resident, or doesn't have EL1 (resident.h). */
struct vcpu_saved {
	struct resident_gic gic;
	uint32_t active; /* its private interrupts that are active */
	struct resident_el1 el1;
	struct resident_float floating;
};

/* The size of a struct vcpu: a power of two, so that a vCPU's address is its index shifted. */
#define VCPU_ROOM 8192

struct vcpu {
	/* ---- kept (keep.h), except what struct context and struct vcpu_run say is derived ---- */
	/* First: a context of kind CONTEXT_VCPU is a vCPU. */
	_Alignas(VCPU_ROOM) struct context context;
	struct vcpu_run run; /* behind the context: both are used at each switch */
	struct vcpu_saved saved;
	struct vcpu_life life;
	struct debug_vcpu debug;
	uint32_t lent; /* groups of registers that it has, or gets together with EL1: lent.h */

	/* ---- derived: its identity, and its place ---- */
	struct partition *partition;
	uint64_t affinity; /* MPIDR_EL1 without bit 31 */
	uint8_t index;     /* in its partition */
	uint8_t owner;     /* its partition's index */
	uint8_t core;      /* the core that it is on; the core that it leaves writes this */
	uint8_t comes;     /* `core` hasn't taken it over yet */

	/* ---- kept ---- */
	struct vgic_cpu vgic;          /* so far behind because it is large */
	struct lent_counters counters; /* seldom used */
};

_Static_assert(sizeof(struct vcpu) == VCPU_ROOM, "a vCPU outgrew the room that it has");

/* True: an interrupt for the vCPU wakes it, or makes it more urgent. */
static inline bool vcpu_is_roused(const struct vcpu *vcpu)
{
	return (vcpu->run.waits | vcpu->run.below) != 0;
}

static inline struct vcpu *vcpu_of(struct context *context)
{
	return (struct vcpu *)context;
}

#endif
