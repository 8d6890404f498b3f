/*
 * Finds who kept a late program from the CPU. Candidates are the programs of its CPU that may be as
 * urgent or more urgent. What counts is the CPU time that each took since the late program was
 * well. Pure.
 */
#ifndef SUPERVISOR_HOG_H
#define SUPERVISOR_HOG_H

#include <kumiki/rtos/image.h>
#include <stdbool.h>
#include <stdint.h>

#define HOG_NONE RTOS_IMAGE_PROGRAMS_MAX

/* CPU times and moments are counted in units of 64 microseconds. The counts wrap after three days.
 */
#define HOG_UNIT_US 64u

/* Where a program runs, and how urgently. */
struct hog_place {
	uint8_t cpu;
	uint8_t priority, priority_limit; /* its own, and the highest that it may have */
};

struct hogs {
	uint32_t count; /* programs */
	struct hog_place places[RTOS_IMAGE_PROGRAMS_MAX];
	uint32_t used[RTOS_IMAGE_PROGRAMS_MAX]; /* CPU time of each program, at the last reading */
	uint32_t when[RTOS_IMAGE_PROGRAMS_MAX]; /* when the program was last well */
	uint32_t then[RTOS_IMAGE_PROGRAMS_MAX][RTOS_IMAGE_PROGRAMS_MAX]; /* used[] at that moment */
	bool told[RTOS_IMAGE_PROGRAMS_MAX]; /* it was said since then that it is kept waiting */
};

/* The program is well now, or is given a new period. */
void hog_note(struct hogs *hogs, uint32_t program, uint32_t now);
/* The program's CPU time begins at 0 again. */
void hog_started(struct hogs *hogs, uint32_t program, uint32_t now);
/* Whether other programs took so much time that this one could hardly run since it was well. *most:
 * the program that ran longest; HOG_NONE: none took more than half of the time. */
bool hog_starves(const struct hogs *hogs, uint32_t program, uint32_t now, uint32_t *most);

#endif
