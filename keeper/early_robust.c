/*
 * Figures that a few wild values don't move: quantiles, and a line by the median of all slopes
 * (Theil, 1950; Sen, 1968). Pure; early.c and its judges ask for them.
 */
#include <keeper/early.h>
#include <math.h>
#include <stdlib.h>

#define ROBUST_PAIRS (EARLY_BLOCKS * (EARLY_BLOCKS - 1) / 2)
#define ROBUST_LEAST (EARLY_BLOCKS * 2 / 3) /* points that have to be known */

static int robust_compare(const void *one, const void *other)
{
	const float a = *(const float *)one, b = *(const float *)other;

	return (a > b) - (a < b);
}

float early_quantile(float *values, uint32_t count, float part)
{
	qsort(values, count, sizeof(values[0]), robust_compare);
	return values[(uint32_t)(part * (float)(count - 1) + 0.5f)];
}

/* The slopes of all pairs of known points; returns how many. */
static uint32_t robust_slopes(const float values[EARLY_BLOCKS], float slopes[ROBUST_PAIRS],
                              float *order)
{
	uint32_t count = 0;
	int32_t rising = 0;

	for (uint32_t i = 0; i < EARLY_BLOCKS; i++)
		for (uint32_t j = i + 1; j < EARLY_BLOCKS; j++) {
			const float slope = (values[j] - values[i]) / (float)(j - i);

			if (isnan(slope))
				continue;
			slopes[count++] = slope;
			rising += (slope > 0) - (slope < 0);
		}
	*order = count > 0 ? (float)rising / (float)count : 0;
	return count;
}

bool early_line(const float values[EARLY_BLOCKS], float order, struct early_line *line)
{
	float slopes[ROBUST_PAIRS], last[EARLY_BLOCKS];
	const uint32_t pairs = robust_slopes(values, slopes, &line->order);
	uint32_t known = 0;

	if (pairs < ROBUST_LEAST * (ROBUST_LEAST - 1) / 2 || line->order < order)
		return false;
	line->slope = early_quantile(slopes, pairs, 0.5f);
	for (uint32_t i = 0; i < EARLY_BLOCKS; i++)
		if (!isnan(values[i]))
			last[known++] = values[i] + line->slope * (float)(EARLY_BLOCKS - 1 - i);
	line->last = early_quantile(last, known, 0.5f);
	return true;
}
