/*
 * The supervisor's looks at programs. A look finds whether a program is late, and whether the
 * program itself is at fault, or others that had the CPU (hog.h).
 */
#ifndef SUPERVISOR_LATE_H
#define SUPERVISOR_LATE_H

#include "child.h"

/* What a look comes to. */
struct late_found {
	unsigned todo;    /* the policy's decision about the program */
	const char *what; /* if the program is killed: the words behind its name */
	uint32_t hog; /* another program that is killed instead; RTOS_IMAGE_PROGRAMS_MAX: none */
	unsigned hog_todo;
};

void late_begin(const struct children *all);
/* The program was started. */
void late_started(uint32_t number);
/* Takes the heartbeats that have come. A heartbeat wakes nobody up: the supervisor takes it when
 * some policy's next moment has come. */
void late_beats(struct children *all);
/* Does what is due for this program now. */
struct late_found late_look(struct children *all, uint32_t number);

#endif
