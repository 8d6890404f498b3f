/* The start of a program: what its start code calls first. */
#ifndef RTOS_BEGIN_H
#define RTOS_BEGIN_H

/* Called by start.S with the start page. sys/begin.c is for plain programs, libc/start.c for
 * programs with the C library. */
_Noreturn void sys_start(const void *told);

/* Keeps the start page: sys_program or sys_first are set from here on. */
void sys_begin(const void *told);

#endif
