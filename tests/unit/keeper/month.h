/*
 * A month of accounts, for early.h: eight systems on six cores, with rhythms of days and weeks,
 * noise, restarts, updates, gaps, a busy day and a holiday, all from one seed. One of twenty kinds
 * of trouble may be sown in it. It knows nothing of how early.h judges.
 */
#ifndef MONTH_H
#define MONTH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define MONTH_DAYS     31
#define MONTH_TROUBLES 20

/* What came of a month. */
struct month_result {
	uint32_t findings; /* that began, ever */
	uint32_t before;   /* of these, before the trouble */
	bool found;        /* one of them names the system or core that the trouble is in */
	float part;        /* of the time from the trouble's beginning to its harm that was gone */
	char text[640];    /* its sentence; without a trouble, the first one */
};

/* Plays a month. `trouble`: from 0; MONTH_TROUBLES: none. */
void month_play(uint64_t seed, uint32_t trouble, struct month_result *result);

/* What the trouble is, and the hours from its beginning to its harm. */
const char *month_trouble(uint32_t trouble, float *hours);

#endif
