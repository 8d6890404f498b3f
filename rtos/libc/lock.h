/* The kernel's locks, made when they are first needed: for mutexes, and for picolibc's locks. */
#ifndef LIBC_LOCK_H
#define LIBC_LOCK_H

#include <kumiki/rtos/call.h>
#include <stdbool.h>
#include <stdint.h>

/* picolibc's lock (sys/lock.h). All zeros: it is free, and the kernel's lock isn't made yet. */
struct __lock {
	rtos_handle_t handle;
	uint32_t depth; /* the owner's: how often it took the lock beyond the first time */
};

/* Whether the program ever had a second thread; before, picolibc's locks are left alone. */
extern bool lock_several_threads;

/* Makes the kernel's lock, unless there is one. Two threads may come at once. */
enum rtos_status lock_make(rtos_handle_t *handle);

#endif
