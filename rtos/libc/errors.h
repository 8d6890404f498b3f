/* The kernel's status as an error of POSIX. */
#ifndef LIBC_ERRORS_H
#define LIBC_ERRORS_H

#include <kumiki/rtos/call.h>

/* 0 for RTOS_OK. */
int errors_of(enum rtos_status status);

/* Returns 0 for no error (0). Otherwise sets errno and returns -1, as functions of POSIX do. */
int errors_set(int error);

#endif
