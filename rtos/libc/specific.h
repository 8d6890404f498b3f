/* What each thread has of its own by a key (pthread.h), where a thread ends. */
#ifndef LIBC_SPECIFIC_H
#define LIBC_SPECIFIC_H

#include "thread.h"

/* Gives what it has to the keys' destructors. */
void specific_end(struct thread *self);

#endif
