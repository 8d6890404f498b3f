/*
 * The supervisor's looks at programs: whether one is late, and whether that is its own fault or
 * another's who had the CPU (hog.h).
 */
#ifndef SUPERVISOR_LATE_H
#define SUPERVISOR_LATE_H

#include "child.h"

/* What a look comes to. */
struct late_found {
	unsigned todo;    /* the policy's decision about the program */
	const char *what; /* if it is killed: the words behind its name */
	uint32_t hog;     /* another program that is killed in its place; RTOS_IMAGE_PROGRAMS_MAX */
	unsigned hog_todo;
};

void late_begin(const struct children *all);
/* The program was started. */
void late_started(uint32_t number);
/* Takes the heartbeats that have come. They are looked at when one is due: they wake nobody up. */
void late_beats(struct children *all);
/* Does what is due for this program now. */
struct late_found late_look(struct children *all, uint32_t number);

#endif
