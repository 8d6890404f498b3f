/*
 * The nearest word (lib/nearest.h), by the optimal string alignment distance over three rows. It
 * uses no C library, as the console service uses it, too.
 */
#include <lib/nearest.h>
#include <lib/string.h>
#include <stdint.h>

#define NEAREST_LENGTH_MAX 63

struct nearest_rows {
	uint8_t row[3][NEAREST_LENGTH_MAX + 1];
	uint8_t *before, *last, *now;
};

static uint8_t nearest_least(uint8_t a, uint8_t b, uint8_t c)
{
	uint8_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Computes row i (from 1 on) from the two rows above it. */
static void nearest_row(struct nearest_rows *rows, const char *a, const char *b, size_t i)
{
	rows->now[0] = (uint8_t)i;
	for (size_t j = 1; b[j - 1]; j++) {
		uint8_t differs = a[i - 1] != b[j - 1];

		rows->now[j] =
		    nearest_least((uint8_t)(rows->last[j] + 1), (uint8_t)(rows->now[j - 1] + 1),
		                  (uint8_t)(rows->last[j - 1] + differs));
		if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
		    rows->before[j - 2] + 1 < rows->now[j])
			rows->now[j] = (uint8_t)(rows->before[j - 2] + 1);
	}
}

size_t nearest_distance(const char *a, const char *b)
{
	struct nearest_rows rows = {.before = rows.row[0], .last = rows.row[1], .now = rows.row[2]};
	size_t length_b = string_length(b);

	if (string_length(a) > NEAREST_LENGTH_MAX || length_b > NEAREST_LENGTH_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= length_b; j++)
		rows.last[j] = (uint8_t)j;
	for (size_t i = 1; a[i - 1]; i++) {
		uint8_t *oldest = rows.before;

		nearest_row(&rows, a, b, i);
		rows.before = rows.last;
		rows.last = rows.now;
		rows.now = oldest;
	}
	return rows.last[length_b];
}

void nearest_offer(struct nearest *nearest, const char *candidate)
{
	size_t distance = nearest_distance(nearest->word, candidate);

	if (!nearest->best || distance < nearest->distance) {
		nearest->best = candidate;
		nearest->distance = distance;
	}
}

const char *nearest_answer(const struct nearest *nearest)
{
	const char *word = nearest->word;
	size_t allowed;

	/* Only the part after a comma counts for the allowed distance: many words share a vendor's
	 * prefix. */
	for (const char *at = word; *at; at++)
		if (*at == ',')
			word = at + 1;
	allowed = string_length(word) / 3;
	if (allowed < 1)
		allowed = 1;
	return nearest->best && nearest->distance <= allowed ? nearest->best : NULL;
}
