/*
 * The prober: a thread that asks servers whether they are right (rtos/probe.h). It calls the
 * supervisor's own port for its next task, asks, and reports with the next call. So the first
 * thread, which decides, never waits for a server. While the prober asks, it is as urgent as the
 * server; its questions have no badge of a program.
 */
#ifndef SUPERVISOR_PROBER_H
#define SUPERVISOR_PROBER_H

#include "child.h"

#define PROBER_BADGE (RTOS_IMAGE_PROGRAMS_MAX + 2u) /* the scrubber's is one lower */

struct prober_found {
	uint32_t program;
	const char *wrong; /* words behind its name; NULL: nothing is known to be */
};

enum rtos_status prober_begin(const struct children *all);
/* The program is to be asked now. */
void prober_wants(uint32_t number);
/* Takes the prober's report, and puts its next task into the words. */
struct prober_found prober_step(struct children *all, uint64_t word[RTOS_WORDS]);

#endif
