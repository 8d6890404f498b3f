/* System calls: the table of all of them. */
#ifndef KERNEL_CALL_H
#define KERNEL_CALL_H

#include <kernel/switch.h>

/* Handles the svc of the running thread if it can go a short way. False: it can't. Whether the FP
 * registers have to change hands is for the caller to look at. */
static inline bool call_go_short(struct cpu *cpu, struct thread *self)
{
	const uint64_t number = self->registers.x[X_NUMBER];

	if (self->lent)
		return false;
	if (number == RTOS_CALL)
		return switch_call(cpu, self);
	return number == RTOS_REPLY_WAIT && switch_reply_wait(cpu, self);
}

/* Handles an svc on the long way. The thread that runs afterwards is cpu->current, or
 * sched_choose()'s if cpu->choose is set. */
void call_handle(struct thread *self);

/* Handles any other exception of the thread: its process ends, unless the fault is over. */
void call_handle_fault(struct thread *self, uint64_t syndrome, uint64_t address);

#endif
