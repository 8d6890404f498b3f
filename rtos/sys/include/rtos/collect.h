/* Collects what is left of a program that crashed, before its process goes. The supervisor does
 * this for programs, init for the supervisor. */
#ifndef RTOS_COLLECT_H
#define RTOS_COLLECT_H

#include <kumiki/rtos/crash.h>
#include <kumiki/rtos/image.h>

struct collect_who {
	rtos_handle_t process;
	uint32_t number, starts; /* of the program */
	const struct rtos_program *program;
};

/* The process has ended with this state, and nobody has reaped or reset it yet. Parts that can't be
 * read are left out. */
void collect_crash(struct rtos_crash *crash, const struct collect_who *who,
                   const uint64_t state[5]);

#endif
