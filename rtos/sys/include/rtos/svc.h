/*
 * System calls by their numbers. It is apart from rtos/sys.h, whose messages need AArch64's
 * registers: the host's tests can stand in for these functions.
 */
#ifndef RTOS_SVC_H
#define RTOS_SVC_H

#include <kumiki/rtos/call.h>

/* x0 to x13, before and after the call. */
struct sys_registers {
	uint64_t x[14];
};
void sys_svc(struct sys_registers *registers);

/* Makes a call with a handle and up to five arguments. x0 goes to *answer, unless `answer` is NULL.
 * If the call failed, *answer becomes 0, as x0 is still the argument then. */
enum rtos_status sys_do(enum rtos_call number, rtos_handle_t handle, uint64_t x0, uint64_t x1,
                        uint64_t x2, uint64_t x3, uint64_t x4, uint64_t *answer);

/* Makes a call with a handle, one argument and a deadline. */
enum rtos_status sys_do_until(enum rtos_call number, rtos_handle_t handle, uint64_t x0,
                              uint64_t deadline);

#endif
