/*
 * Found early: what the accounts tell of trouble before it is a failure. The caller plays it each
 * minute what each vCPU, core and system did, and each second what vCPUs did of late; it knows no
 * other source, no clock and no documents, so a test plays a month in a second. It owns the history
 * that it judges by, EARLY_HOURS hours of each row, and what it has found. Memory is bounded: there
 * are EARLY_ROWS rows, of 34 KiB at most, and EARLY_FINDINGS findings.
 */
#ifndef KEEPER_EARLY_H
#define KEEPER_EARLY_H

#include <keeper/series.h>

#define EARLY_ROWS     SERIES_ROWS
#define EARLY_FINDINGS 32u
#define EARLY_TEXT     640u
#define EARLY_WEEK     168u
#define EARLY_HOURS    (6 * EARLY_WEEK)
#define EARLY_QUARTERS 4u   /* of an hour */
#define EARLY_BLOCKS   24u  /* points of a slope */
#define EARLY_RECENT_S 240u /* what early_recent() is told of */
#define EARLY_GAP      (-1.0f)

/* What of a row is kept. */
enum early_quantity {
	EARLY_WANTS,    /* a vCPU: the share of a core that it ran or was ready for */
	EARLY_WAITS,    /* the share in which it was ready and didn't run */
	EARLY_RAN,      /* the share in which it ran */
	EARLY_SWITCHES, /* these a second */
	EARLY_MOVES,
	EARLY_EXHAUSTED,
	EARLY_MISSES,
	EARLY_SERVICES, /* a core: the share that Kumiki's services took */
	EARLY_QUEUE,    /* how many vCPUs waited for it, on average */
	EARLY_STARTS,   /* a system: starts in a minute */
	EARLY_QUANTITIES
};
#define EARLY_OF_VCPU EARLY_SERVICES /* so many quantities */

enum early_kind {
	EARLY_UNUSUAL,
	EARLY_GROWTH,
	EARLY_QUEUED,
	EARLY_STARVED,
	EARLY_BOTTLENECK,
	EARLY_KINDS
};

/* One quantity of one row: means, or EARLY_GAP. `rest` is what is left of a mean without what it
 * usually is; NAN: nobody knows. */
struct early_track {
	float sum;
	uint32_t minutes;               /* in `sum` */
	float quarters[EARLY_QUARTERS]; /* of the last hour */
	float hours[EARLY_HOURS];
	float hour_rests[EARLY_WEEK];
	float quarter_rests[EARLY_BLOCKS];
};

struct early_row {
	struct series_of of;
	uint32_t core;   /* a vCPU's */
	int64_t fed;     /* the last minute */
	float waits;     /* in it, for the core */
	uint32_t tracks; /* so many */
	struct early_track track[];
};

struct early_finding {
	enum early_kind kind;
	enum early_quantity quantity;
	struct series_of of;
	int64_t held, written; /* local ms: when it was last so, and of its text */
	char text[EARLY_TEXT];
};

/* Whom early tells what has begun, or is over. */
typedef void early_told(void *to, const struct early_finding *finding, bool over);

struct early {
	early_told *told;
	void *to;
	int64_t minute; /* the one that is being fed; 0: none yet */
	struct early_row *rows[EARLY_ROWS];
	struct early_finding findings[EARLY_FINDINGS]; /* the oldest first */
	uint32_t count;
};

/* What a vCPU did in a minute: shares, and counts a second. `idle_seen`: false, if its time on the
 * core counts as running while it waits for interrupts. */
struct early_vcpu {
	uint32_t core;
	bool idle_seen;
	float ran, stolen, switches, moves, exhausted, misses;
};

/* What a vCPU, or a core's services (`of` is the core's), did of late. */
struct early_recent {
	const struct series_of *of;
	uint32_t core;
	float ran, stolen; /* shares */
	float exhausted;   /* periods a second */
};

void early_start(struct early *early, early_told *told, void *to);
void early_free(struct early *early);

/* Begins a minute of local time, since 1970: judges what is complete. Minutes that
 * were left out are gaps; a clock that goes back by more than two hours begins anew. False: the
 * minute isn't later than the last one. */
bool early_minute(struct early *early, int64_t minute);

/* The minute's values; what isn't fed is a gap. A core comes after its vCPUs. */
void early_feed_vcpu(struct early *early, const struct series_of *of,
                     const struct early_vcpu *values);
void early_feed_core(struct early *early, const struct series_of *of, float services);
void early_feed_system(struct early *early, const struct series_of *of, float starts);

/* Judges the last EARLY_RECENT_S seconds of the vCPUs and cores that were seen then, at `now` of
 * local time, in ms. */
void early_recent(struct early *early, const struct early_recent *recent, uint32_t count,
                  int64_t now);

/* How many hours have to be seen still, until it is known what is usual; 0: it is known. */
uint32_t early_learns(const struct early *early);

const char *early_word(enum early_kind kind);

/* ---- what the files of early share: early.c owns rows and findings ---- */

/* It is so now: it begins, or goes on with the new text. */
void early_find(struct early *early, enum early_kind kind, const struct series_of *of,
                enum early_quantity quantity, int64_t now, const char *text);

/* The first of the quantities of such a row. */
enum early_quantity early_first(enum series_kind kind);

/* The track of a row's quantity. */
const struct early_track *early_track(const struct early_row *row, enum early_quantity quantity);

/* The mean of the last hour. */
float early_hour(const struct early_track *track);

/* ---- early_judge.c ---- */

/* Judges a row, when this quarter of an hour is complete. */
void early_judge(struct early *early, const struct early_row *row, int64_t quarter);

/* ---- early_robust.c: figures that a few wild values don't move ---- */

/* Of so many values, which it sorts. */
float early_quantile(float *values, uint32_t count, float part);

/* The line through EARLY_BLOCKS points, of which some are NAN: Theil and Sen's median of all
 * slopes, in values for each block. False: too many are NAN, or their order is less than that. */
struct early_line {
	float slope, last; /* `last` is the line's own value at the last block */
	float order;       /* Kendall's tau, from -1 to 1: how far the points follow it */
};
bool early_line(const float values[EARLY_BLOCKS], float order, struct early_line *line);

/* ---- early_blame.c: for whom a vCPU waits ---- */

enum early_why { EARLY_NOBODY, EARLY_NEIGHBOUR, EARLY_SERVICE, EARLY_BUDGET };
struct early_blame {
	enum early_why why;
	const struct early_recent *who; /* EARLY_NEIGHBOUR, EARLY_SERVICE */
};
struct early_blame early_blame(const struct early_recent *recent, uint32_t count,
                               const struct early_recent *victim);

/* ---- early_words.c: the sentences ---- */

/* What was judged of a row's quantity. */
struct early_fact {
	const struct early_row *row;
	enum early_quantity quantity;
	float now;           /* in the last hour */
	float low, high;     /* what it usually is at this time of day */
	bool less;           /* it is unusual, as it is less */
	float window, slope; /* it grows: for so many hours, by so much an hour */
	float left;          /* hours, until it is at its limit */
};

void early_say_unusual(char text[EARLY_TEXT], const struct early_fact *fact,
                       const struct early_recent *victim, struct early_blame blame);
void early_say_growth(char text[EARLY_TEXT], const struct early_fact *fact,
                      const struct early_recent *victim, struct early_blame blame);

void early_say_starved(char text[EARLY_TEXT], const struct early_recent *victim,
                       struct early_blame blame);

#endif
