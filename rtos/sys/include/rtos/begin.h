/* The start of a program: what its start code calls first. */
#ifndef RTOS_BEGIN_H
#define RTOS_BEGIN_H

/* Called by start.S with what the program is told. One for plain programs (sys/begin.c), one for
 * those with the C library (libc/start.c). */
_Noreturn void sys_start(const void *told);

/* Keeps what was told: sys_program or sys_first are there from here on. */
void sys_begin(const void *told);

#endif
