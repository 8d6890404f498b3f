/* How objects end: in bounded steps, between which a call may be interrupted. */
#ifndef KERNEL_END_H
#define KERNEL_END_H

#include <kernel/handle.h>

struct thread;

enum end_step {
	END_DONE,  /* nothing was left to do: the object is freed */
	END_MORE,  /* one step was done */
	END_LATER, /* another CPU has to do something first, and was told */
};

/* Does one step of an object's end. Its handles are closed, too, `last` (NULL: any) as the last of
 * them. Not for threads and processes. */
enum end_step object_end_step(struct object *object, const struct handle *last);

int end_call_destroy(struct thread *self);

#endif
