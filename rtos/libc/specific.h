/* What a thread's values of keys (pthread.h) need when the thread ends. */
#ifndef LIBC_SPECIFIC_H
#define LIBC_SPECIFIC_H

#include "thread.h"

/* Calls the keys' destructors with the thread's values. */
void specific_end(struct thread *self);

#endif
