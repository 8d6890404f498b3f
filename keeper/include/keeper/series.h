/*
 * Series: what each vCPU, core and system did in each second of the last hour, each minute of the
 * last day and each hour of the last year. They are made from sums that grow, with the clock of the
 * machine beside them. What wasn't seen is a gap, never a zero. A row takes SERIES_POINTS points,
 * and there are SERIES_ROWS rows at most, so 19 MiB are the bound.
 */
#ifndef KEEPER_SERIES_H
#define KEEPER_SERIES_H

#include <kumiki/bundle.h>
#include <stdbool.h>
#include <stdint.h>

#define SERIES_SECONDS 3600u
#define SERIES_MINUTES 1440u
#define SERIES_HOURS   8760u
#define SERIES_POINTS  (SERIES_SECONDS + SERIES_MINUTES + SERIES_HOURS)
#define SERIES_VALUES  6u
#define SERIES_ROWS    (BUNDLE_VCPUS_MAX + BUNDLE_CORES_MAX + BUNDLE_PARTITIONS_MAX)
#define SERIES_GAP_MS  5000   /* sums that are further apart leave a gap */
#define SERIES_UNIT_HZ 100000 /* all times are in units of 10 us */

enum series_level { SERIES_SECOND, SERIES_MINUTE, SERIES_HOUR, SERIES_LEVELS };
enum series_kind { SERIES_VCPU, SERIES_CORE, SERIES_SYSTEM };

/* Whose row it is. `number` is a vCPU's or a core's; `system` is "" for a core. */
struct series_of {
	enum series_kind kind;
	uint32_t number;
	char system[BUNDLE_NAME_SIZE + 1];
};

/* Sums so far, and the machine's clock when they were taken. */
struct series_sums {
	uint64_t clock;
	uint64_t values[SERIES_VALUES];
};

struct series_point {
	uint32_t seen; /* the machine's time in which the values grew; 0: a gap */
	uint32_t values[SERIES_VALUES];
};

struct series_row {
	struct series_of of;
	struct series_sums sums;       /* the last ones */
	int64_t fed;                   /* when they came */
	int64_t newest[SERIES_LEVELS]; /* numbers of the newest points */
	struct series_point points[SERIES_POINTS];
};

struct series {
	struct series_row *rows[SERIES_ROWS]; /* NULL: free */
};

void series_free(struct series *series);

/* Takes sums at `now`, in ms of a clock that never goes back and counts the host's suspends, too.
 * Sums that are smaller than those before have begun anew: they leave a gap. The row that was fed
 * longest ago makes room for a new one. Without memory nothing happens. */
void series_feed(struct series *series, const struct series_of *of, const struct series_sums *sums,
                 int64_t now);

/* The row; NULL: there is none. */
const struct series_row *series_find(const struct series *series, const struct series_of *of);

/* Points are numbered by time: point n begins n steps after the clock's zero. */
int64_t series_step_ms(enum series_level level);
uint32_t series_count(enum series_level level);

/* The point with this number. A gap, if it is too old, or hasn't been yet. */
struct series_point series_point(const struct series_row *row, enum series_level level,
                                 int64_t number);

#endif
