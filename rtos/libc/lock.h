/* The kernel's locks, made when they are first needed: mutexes, and what picolibc wants as locks.
 */
#ifndef LIBC_LOCK_H
#define LIBC_LOCK_H

#include <kumiki/rtos/call.h>
#include <stdbool.h>
#include <stdint.h>

/* picolibc's (sys/lock.h). All zeros: nobody has it, and the kernel's isn't made yet. */
struct __lock {
	rtos_handle_t handle;
	uint32_t depth; /* how often its owner took it beyond the first time; the owner's */
};

/* Whether the program ever had a second thread; before, picolibc's locks are left alone. */
extern bool lock_several_threads;

/* Makes the kernel's lock, unless it is there. Two threads may come at once. */
enum rtos_status lock_make(rtos_handle_t *handle);

#endif
