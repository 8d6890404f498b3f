/* picolibc's, but for what a timer calls (docs/rtos/programs.md): its struct sigevent can't name
 * that. What signal.h and time.h include. */
#ifndef LIBC_SYS_SIGNAL_H
#define LIBC_SYS_SIGNAL_H

#define sigevent picolibc_sigevent
#include_next <sys/signal.h>
#undef sigevent

struct pthread_attributes; /* pthread_attr_t */

struct sigevent {
	int sigev_notify;
	int sigev_signo; /* nobody looks at it */
	union sigval sigev_value;
	void (*sigev_notify_function)(union sigval value);
	struct pthread_attributes *sigev_notify_attributes; /* NULL: the shared one's */
};

#endif
