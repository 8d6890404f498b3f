/* What who manages a program wants to know of it: whether it keeps to what it may, and whether it
 * answers. */
#ifndef KERNEL_LOOK_H
#define KERNEL_LOOK_H

#include <kernel/thread.h>

/* True for an answer that a program which knows what it has never gets. */
static inline bool look_is_broken(int status)
{
	return status >= RTOS_BAD_CALL && status <= RTOS_NO_HANDLE;
}

/* A strict process whose thread was answered like this ends. */
void look_break(struct thread *self, uint64_t number, int status);

int look_call_oldest(struct thread *self);

#endif
