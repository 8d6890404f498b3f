/* This header has what picolibc's has, and a timer's function (docs/rtos/programs.md), for which
 * picolibc's struct sigevent has no field. signal.h and time.h include it. */
#ifndef LIBC_SYS_SIGNAL_H
#define LIBC_SYS_SIGNAL_H

#define sigevent picolibc_sigevent
#include_next <sys/signal.h>
#undef sigevent

struct pthread_attributes; /* pthread_attr_t */

struct sigevent {
	int sigev_notify;
	int sigev_signo; /* not used */
	union sigval sigev_value;
	void (*sigev_notify_function)(union sigval value);
	struct pthread_attributes *sigev_notify_attributes; /* NULL: the shared thread calls it */
};

#endif
