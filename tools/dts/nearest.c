/*
 * The nearest word (host/nearest.h): optimal string alignment distance over three rows.
 */
#include <host/nearest.h>
#include <stdint.h>
#include <string.h>

#define NEAREST_LENGTH_MAX 63

static size_t nearest_least(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

size_t nearest_distance(const char *a, const char *b)
{
	size_t rows[3][NEAREST_LENGTH_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *now = rows[2];
	size_t length_a = strlen(a), length_b = strlen(b);

	if (length_a > NEAREST_LENGTH_MAX || length_b > NEAREST_LENGTH_MAX)
		return SIZE_MAX;
	memset(rows, 0, sizeof(rows));
	for (size_t j = 0; j <= length_b; j++)
		last[j] = j;
	for (size_t i = 1; i <= length_a; i++) {
		size_t *oldest = before;

		now[0] = i;
		for (size_t j = 1; j <= length_b; j++) {
			size_t differs = a[i - 1] != b[j - 1];

			now[j] = nearest_least(last[j] + 1, now[j - 1] + 1, last[j - 1] + differs);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < now[j])
				now[j] = before[j - 2] + 1;
		}
		before = last;
		last = now;
		now = oldest;
	}
	return last[length_b];
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
	/* What stands before a comma is a vendor's prefix, which is the same for many words. */
	const char *comma = strrchr(nearest->word, ',');
	size_t allowed = strlen(comma ? comma + 1 : nearest->word) / 3;

	if (allowed < 1)
		allowed = 1;
	return nearest->best && nearest->distance <= allowed ? nearest->best : NULL;
}
