/* System calls: the table of all of them. */
#ifndef KERNEL_CALL_H
#define KERNEL_CALL_H

#include <kernel/switch.h>

/* The svc of the thread that runs on this CPU, if it can go a short way; false: it can't. Whether
 * the FP registers have to change hands isn't looked at. */
static inline bool call_go_short(struct cpu *cpu, struct thread *self)
{
	const uint64_t number = self->registers.x[X_NUMBER];

	if (self->lent)
		return false;
	if (number == RTOS_CALL)
		return switch_call(cpu, self);
	return number == RTOS_REPLY_WAIT && switch_reply_wait(cpu, self);
}

/* The long way. Who runs then is the CPU's current one, after sched_choose() if that is asked
 * for. */
void call_handle(struct thread *self);

/* Any other exception of it: its process ends. */
void call_handle_fault(struct thread *self, uint64_t syndrome, uint64_t address);

#endif
