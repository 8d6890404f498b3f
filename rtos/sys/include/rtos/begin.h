/* The start of a program: what its start code calls first. */
#ifndef RTOS_BEGIN_H
#define RTOS_BEGIN_H

/* start.S calls this function with the start page. sys/begin.c has it for plain programs,
 * libc/start.c for programs with the C library. */
_Noreturn void sys_start(const void *told);

/* Keeps the start page: sets sys_program or sys_first. */
void sys_begin(const void *told);

#endif
