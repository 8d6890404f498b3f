/* Makes an error of POSIX from the kernel's status. */
#ifndef LIBC_ERRORS_H
#define LIBC_ERRORS_H

#include <kumiki/rtos/call.h>

/* RTOS_OK gives 0. */
int errors_of(enum rtos_status status);

/* Returns 0 if `error` is 0. Otherwise sets errno and returns -1, as functions of POSIX do. */
int errors_set(int error);

#endif
