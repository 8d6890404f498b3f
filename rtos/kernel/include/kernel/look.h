/* A manager's look at a program: whether it keeps to its rights, and whether it answers. */
#ifndef KERNEL_LOOK_H
#define KERNEL_LOOK_H

#include <kernel/thread.h>

/* True for a status that a program never gets if it knows its handles and its quota. */
static inline bool look_is_broken(int status)
{
	return status >= RTOS_BAD_CALL && status <= RTOS_NO_HANDLE;
}

/* Ends a strict process whose thread got such a status for the call `number`. */
void look_break(struct thread *self, uint64_t number, int status);

int look_call_oldest(struct thread *self);
int look_call_blamed(struct thread *self);

#endif
