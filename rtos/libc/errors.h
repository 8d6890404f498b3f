/* What a status of the kernel's is as an error of POSIX. */
#ifndef LIBC_ERRORS_H
#define LIBC_ERRORS_H

#include <kumiki/rtos/call.h>

/* 0 for RTOS_OK. */
int errors_of(enum rtos_status status);

/* Sets errno, unless the error is 0. Returns -1 if it isn't, so that a function can end with it. */
int errors_set(int error);

#endif
