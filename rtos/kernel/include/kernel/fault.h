/*
 * Faults of programs. A fault ends its process, but one: a load from a place of a window that shows
 * nothing, if the window has a handler. Then the thread goes on at the handler, and the kernel
 * keeps what the handler can't save, until RTOS_RESUME. A fault in a handler ends the process.
 */
#ifndef KERNEL_FAULT_H
#define KERNEL_FAULT_H

#include <kernel/thread.h>

struct fault {
	struct object object;
	struct fault *next; /* of its process */
	const struct thread *thread;
	uint64_t x0, x8, pc, pstate; /* of the thread */
	uint64_t syndrome, address;
};
_Static_assert(sizeof(struct fault) <= OBJECT_SMALL, "it is cut from a page");

/* The thread's fault is forgotten, if there is one: the thread goes. */
void fault_forget(const struct thread *thread);

int fault_call_resume(struct thread *self);

#endif
