/*
 * Interrupts of devices: an interrupt signals a notification and stays active, so that it can't
 * come again, until it is said to be done.
 */
#ifndef KERNEL_INTERRUPT_H
#define KERNEL_INTERRUPT_H

#include <kernel/notification.h>

struct cpu;
struct thread;

struct interrupt {
	struct object object;
	struct source source;
	struct cpu *cpu;             /* where it comes, and has to be deactivated */
	struct interrupt *next_done; /* in the list of its CPU */
	uint32_t number;
	bool active; /* it came, and isn't done */
	bool done;   /* it is, but its CPU hasn't deactivated it: it is in the list */
};
_Static_assert(sizeof(struct interrupt) <= OBJECT_SMALL, "it is cut from a page");

#define INTERRUPT_FIRST 32 /* shared ones */
#define INTERRUPT_LIMIT 1020

/* This one came, on this CPU, and was dropped in priority. */
void interrupt_take(struct cpu *cpu, uint32_t number);

/* Deactivates what others said is done, on its own CPU. */
void interrupt_deactivate_done(struct cpu *cpu);

void interrupt_end(struct interrupt *interrupt);

int interrupt_call_create(struct thread *self);
int interrupt_call_done(struct thread *self);

#endif
