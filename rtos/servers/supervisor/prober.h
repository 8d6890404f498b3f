/*
 * The prober: a thread that asks servers whether they are right (rtos/probe.h). The prober calls
 * the supervisor's own port for its next task, asks the server, and reports with the next call. So
 * the first thread, which decides, never waits for a server. While the prober asks, it is as urgent
 * as the server. Its questions have no program's badge.
 */
#ifndef SUPERVISOR_PROBER_H
#define SUPERVISOR_PROBER_H

#include "child.h"

#define PROBER_BADGE (RTOS_IMAGE_PROGRAMS_MAX + 2u) /* the scrubber's is one lower */

struct prober_found {
	uint32_t program;
	const char *wrong; /* words behind the program's name; NULL: nothing wrong is known */
};

enum rtos_status prober_begin(const struct children *all);
/* Has the program asked soon. */
void prober_wants(uint32_t number);
/* Takes the prober's report, and puts its next task into the words. */
struct prober_found prober_step(struct children *all, uint64_t word[RTOS_WORDS]);

#endif
