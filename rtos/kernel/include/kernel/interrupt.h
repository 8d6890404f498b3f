/*
 * Interrupts of devices. An interrupt signals a notification, and stays active until a program says
 * that it is done with the interrupt. The interrupt can't come again before.
 */
#ifndef KERNEL_INTERRUPT_H
#define KERNEL_INTERRUPT_H

#include <kernel/notification.h>

struct cpu;
struct thread;

struct interrupt {
	struct object object;
	struct source source;
	struct cpu *cpu; /* the CPU where the interrupt comes and has to be deactivated */
	struct interrupt *next_done; /* in the list of its CPU */
	uint32_t number;
	bool active; /* it came, and its program isn't done */
	bool done;   /* the program is done, but the CPU hasn't deactivated it: it is in the list */
};
_Static_assert(sizeof(struct interrupt) <= OBJECT_SMALL, "it is cut from a page");

#define INTERRUPT_FIRST 32 /* the first number of a shared interrupt */
#define INTERRUPT_LIMIT 1020

/* Takes an interrupt that came on this CPU, after its priority was dropped. */
void interrupt_take(struct cpu *cpu, uint32_t number);

/* Deactivates, on their own CPU, the interrupts that programs on other CPUs are done with. */
void interrupt_deactivate_done(struct cpu *cpu);

void interrupt_end(struct interrupt *interrupt);

int interrupt_call_create(struct thread *self);
int interrupt_call_done(struct thread *self);

#endif
