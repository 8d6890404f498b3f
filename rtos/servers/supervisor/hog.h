/*
 * Who kept a late program from the CPU: the programs of its CPU that are as urgent or more urgent,
 * by the CPU time that each took since the late program was well. Pure.
 */
#ifndef SUPERVISOR_HOG_H
#define SUPERVISOR_HOG_H

#include <kumiki/rtos/image.h>
#include <stdbool.h>
#include <stdint.h>

#define HOG_NONE RTOS_IMAGE_PROGRAMS_MAX

/* CPU times and moments are counted in units of 64 microseconds, which wrap after three days. */
#define HOG_UNIT_US 64u

/* Where a program runs, and how urgently. */
struct hog_place {
	uint8_t cpu;
	uint8_t priority, priority_limit; /* its own, and the highest that it may have */
};

struct hogs {
	uint32_t count; /* of programs */
	struct hog_place places[RTOS_IMAGE_PROGRAMS_MAX];
	uint32_t used[RTOS_IMAGE_PROGRAMS_MAX];                          /* now */
	uint32_t when[RTOS_IMAGE_PROGRAMS_MAX];                          /* the program was well */
	uint32_t then[RTOS_IMAGE_PROGRAMS_MAX][RTOS_IMAGE_PROGRAMS_MAX]; /* used[], when it was */
	bool told[RTOS_IMAGE_PROGRAMS_MAX]; /* it was said since then that it is kept waiting */
};

/* The program is well now, or is given a new period. */
void hog_note(struct hogs *hogs, uint32_t program, uint32_t now);
/* The program's CPU time begins at 0 again. */
void hog_started(struct hogs *hogs, uint32_t program, uint32_t now);
/* Whether the program could hardly run since it was well, because others did; *most: the program
 * that ran longest, HOG_NONE if none took half of the time. */
bool hog_starves(const struct hogs *hogs, uint32_t program, uint32_t now, uint32_t *most);

#endif
