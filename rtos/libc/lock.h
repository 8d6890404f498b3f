/* The kernel's locks, which the library makes when they are first needed: for mutexes, and for
 * picolibc's locks. */
#ifndef LIBC_LOCK_H
#define LIBC_LOCK_H

#include <kumiki/rtos/call.h>
#include <stdbool.h>
#include <stdint.h>

/* picolibc's lock (sys/lock.h). All zeros: the lock is free, and the kernel's lock isn't made yet.
 */
struct __lock {
	rtos_handle_t handle;
	uint32_t depth; /* how often the owner took the lock beyond the first time */
};

/* Whether the program ever had a second thread. Before that, picolibc's locks aren't taken. */
extern bool lock_several_threads;

/* Makes the kernel's lock, unless it is made already. Two threads may call this function at once.
 */
enum rtos_status lock_make(rtos_handle_t *handle);

#endif
