/* Three rings for each row: see series.h. */
#include <keeper/series.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	int64_t step_ms;
	uint32_t first, count; /* of a row's points */
} series_rings[SERIES_LEVELS] = {
    [SERIES_SECOND] = {1000, 0, SERIES_SECONDS},
    [SERIES_MINUTE] = {60000, SERIES_SECONDS, SERIES_MINUTES},
    [SERIES_HOUR] = {3600000, SERIES_SECONDS + SERIES_MINUTES, SERIES_HOURS},
};

int64_t series_step_ms(enum series_level level)
{
	return series_rings[level].step_ms;
}

uint32_t series_count(enum series_level level)
{
	return series_rings[level].count;
}

static uint32_t series_place(enum series_level level, int64_t number)
{
	return series_rings[level].first + (uint32_t)(number % series_rings[level].count);
}

/* ---- rows ---- */

static bool series_same(const struct series_of *one, const struct series_of *other)
{
	return one->kind == other->kind && one->number == other->number &&
	       strcmp(one->system, other->system) == 0;
}

static struct series_row *series_row(const struct series *series, const struct series_of *of)
{
	for (uint32_t i = 0; i < SERIES_ROWS; i++)
		if (series->rows[i] != NULL && series_same(&series->rows[i]->of, of))
			return series->rows[i];
	return NULL;
}

const struct series_row *series_find(const struct series *series, const struct series_of *of)
{
	return series_row(series, of);
}

/* A free place, or the row that was fed longest ago. */
static struct series_row **series_room(struct series *series)
{
	struct series_row **oldest = &series->rows[0];

	for (uint32_t i = 0; i < SERIES_ROWS; i++) {
		if (series->rows[i] == NULL)
			return &series->rows[i];
		if (series->rows[i]->fed < (*oldest)->fed)
			oldest = &series->rows[i];
	}
	return oldest;
}

/* Fresh memory is all zero, so all points are gaps; what is never written costs nothing. */
static void series_begin(struct series *series, const struct series_of *of,
                         const struct series_sums *sums, int64_t now)
{
	struct series_row *row = calloc(1, sizeof(*row)), **place = series_room(series);

	if (row == NULL)
		return;
	row->of = *of;
	row->sums = *sums;
	row->fed = now;
	for (unsigned int i = 0; i < SERIES_LEVELS; i++)
		row->newest[i] = now / series_rings[i].step_ms;
	free(*place);
	*place = row;
}

void series_free(struct series *series)
{
	for (uint32_t i = 0; i < SERIES_ROWS; i++)
		free(series->rows[i]);
	memset(series, 0, sizeof(*series));
}

/* ---- points ---- */

/* The point with this number, which isn't older than the newest one. All between are gaps. */
static struct series_point *series_reach(struct series_row *row, enum series_level level,
                                         int64_t number)
{
	const int64_t count = series_rings[level].count;
	int64_t next = row->newest[level] + 1;

	if (next <= number - count)
		next = number - count + 1;
	for (; next <= number; next++)
		memset(&row->points[series_place(level, next)], 0, sizeof(struct series_point));
	row->newest[level] = number;
	return &row->points[series_place(level, number)];
}

/* The part of `whole` that is of the time from `from` to `to`, of `all`. The parts of a whole
 * make the whole. */
static uint32_t series_part(uint32_t whole, int64_t from, int64_t to, int64_t all)
{
	return (uint32_t)(whole * (uint64_t)to / (uint64_t)all -
	                  whole * (uint64_t)from / (uint64_t)all);
}

static bool series_fits(const struct series_point *point, const struct series_point *more)
{
	bool fits = more->seen <= UINT32_MAX - point->seen;

	for (uint32_t i = 0; i < SERIES_VALUES; i++)
		fits = fits && more->values[i] <= UINT32_MAX - point->values[i];
	return fits;
}

/* A point that is full stays as it is, so its shares stay right. */
static void series_add(struct series_point *point, const struct series_point *more)
{
	if (!series_fits(point, more))
		return;
	point->seen += more->seen;
	for (uint32_t i = 0; i < SERIES_VALUES; i++)
		point->values[i] += more->values[i];
}

/* Spreads what grew since the last sums evenly over the points of the time between. */
static void series_spread(struct series_row *row, enum series_level level,
                          const struct series_point *grown, int64_t now)
{
	const int64_t step = series_rings[level].step_ms, all = now - row->fed;
	int64_t from = 0, to;

	for (int64_t number = row->fed / step; from < all; number++) {
		struct series_point part;

		to = (number + 1) * step < now ? (number + 1) * step - row->fed : all;
		part.seen = series_part(grown->seen, from, to, all);
		for (uint32_t i = 0; i < SERIES_VALUES; i++)
			part.values[i] = series_part(grown->values[i], from, to, all);
		series_add(series_reach(row, level, number), &part);
		from = to;
	}
}

/* False: sums began anew, or the clock stood still, or something grew out of all bounds. */
static bool series_grown(const struct series_row *row, const struct series_sums *sums,
                         struct series_point *grown)
{
	const uint64_t seen = sums->clock - row->sums.clock;
	bool good = sums->clock > row->sums.clock && seen <= UINT32_MAX;

	grown->seen = (uint32_t)seen;
	for (uint32_t i = 0; i < SERIES_VALUES; i++) {
		const uint64_t more = sums->values[i] - row->sums.values[i];

		good = good && sums->values[i] >= row->sums.values[i] && more <= UINT32_MAX;
		grown->values[i] = (uint32_t)more;
	}
	return good;
}

void series_feed(struct series *series, const struct series_of *of, const struct series_sums *sums,
                 int64_t now)
{
	struct series_row *row = series_row(series, of);
	struct series_point grown;

	if (row == NULL) {
		series_begin(series, of, sums, now);
		return;
	}
	if (now <= row->fed)
		return;
	if (now - row->fed <= SERIES_GAP_MS && series_grown(row, sums, &grown))
		for (unsigned int i = 0; i < SERIES_LEVELS; i++)
			series_spread(row, (enum series_level)i, &grown, now);
	row->sums = *sums;
	row->fed = now;
}

struct series_point series_point(const struct series_row *row, enum series_level level,
                                 int64_t number)
{
	const int64_t newest = row->newest[level];

	if (number < 0 || number > newest || number <= newest - series_rings[level].count)
		return (struct series_point){0};
	return row->points[series_place(level, number)];
}
