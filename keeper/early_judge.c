/*
 * What is judged of a row each quarter of an hour: whether its last hour is unusual, and whether
 * something in it grows. early.c calls it; a finding goes back to early.c.
 *
 * Unusual is what is beyond nearly all that the row did at this time of day in the last weeks, on
 * whichever weekday, by a factor and by a floor: so busy days, holidays and noise are none. A
 * growth is a line, in what is left of the last hours or days without what these hours of the week
 * usually are: so the rhythm of days and weeks is none.
 */
#include <keeper/early.h>
#include <math.h>
#include <stddef.h>

#define JUDGE_KNOWN        28u   /* values at this time of day that make it known: ten days */
#define JUDGE_NEARLY       0.95f /* of them */
#define JUDGE_DAYS         (EARLY_HOURS / 24)
#define JUDGE_VALUES       (3 * JUDGE_DAYS)
#define JUDGE_STARTED_DAYS 10   /* that are known */
#define JUDGE_STARTED      6    /* more than twice as many starts a day as ever */
#define JUDGE_ORDER        0.7f /* Kendall's tau of a growth; a step has half */
#define JUDGE_AHEAD        4    /* a line isn't believed for more than so many times its length */

static const struct judge_rule {
	enum early_kind unusual; /* EARLY_KINDS: isn't told */
	bool falls;              /* it is unusual, if it is less */
	float floor, factor;     /* by which the unusual is beyond the usual */
	enum early_kind growth;  /* EARLY_KINDS: isn't told */
	float least;             /* by which it has to grow to be told */
	float limit;             /* of its growth; 0: where it becomes unusual */
} judge_rules[EARLY_QUANTITIES] = {
    [EARLY_WANTS] = {EARLY_UNUSUAL, true, 0.15f, 4, EARLY_KINDS, 0, 0},
    [EARLY_WAITS] = {EARLY_BOTTLENECK, false, 0.45f, 3, EARLY_KINDS, 0, 0},
    [EARLY_RAN] = {EARLY_UNUSUAL, false, 0.2f, 2, EARLY_GROWTH, 0.12f, 1},
    [EARLY_SWITCHES] = {EARLY_UNUSUAL, false, 500, 3, EARLY_GROWTH, 200, 0},
    [EARLY_MOVES] = {EARLY_UNUSUAL, false, 0.1f, 3, EARLY_KINDS, 0, 0},
    [EARLY_EXHAUSTED] = {EARLY_KINDS, false, 0, 0, EARLY_KINDS, 0, 0},
    [EARLY_MISSES] = {EARLY_UNUSUAL, false, 10.0f / 3600, 3, EARLY_GROWTH, 5.0f / 3600, 0},
    [EARLY_SERVICES] = {EARLY_UNUSUAL, false, 0.1f, 2, EARLY_GROWTH, 0.05f, 1},
    [EARLY_QUEUE] = {EARLY_KINDS, false, 0.4f, 3, EARLY_QUEUED, 0.2f, 1},
    [EARLY_STARTS] = {EARLY_KINDS, false, 0, 0, EARLY_KINDS, 0, 0},
};

/* Local ms, when the quarter is over. */
static int64_t judge_time(int64_t quarter)
{
	return (quarter + 1) * 3600000 / EARLY_QUARTERS;
}

/* The last hour that is complete then. */
static int64_t judge_closed(int64_t quarter)
{
	return (quarter + 1) / EARLY_QUARTERS - 1;
}

/* ---- a finding ---- */

/* What the vCPUs of a core, and its services, did in the last hour. */
struct judge_core {
	struct early_recent recent[EARLY_ROWS];
	uint32_t count;
	const struct early_recent *victim;
};

static void judge_add(struct judge_core *core, const struct early_row *row)
{
	const bool vcpu = row->of.kind == SERIES_VCPU;
	struct early_recent *recent = &core->recent[core->count++];

	*recent = (struct early_recent){.of = &row->of, .core = row->core};
	recent->ran = early_hour(early_track(row, vcpu ? EARLY_RAN : EARLY_SERVICES));
	if (!vcpu)
		return;
	recent->stolen = early_hour(early_track(row, EARLY_WAITS));
	recent->exhausted = early_hour(early_track(row, EARLY_EXHAUSTED));
}

static void judge_core(struct judge_core *core, const struct early *early,
                       const struct early_row *row)
{
	core->count = 0;
	core->victim = NULL;
	for (uint32_t i = 0; i < EARLY_ROWS; i++) {
		const struct early_row *other = early->rows[i];

		if (other == NULL || other->of.kind == SERIES_SYSTEM || other->core != row->core)
			continue;
		if (other == row)
			core->victim = &core->recent[core->count];
		judge_add(core, other);
	}
}

static void judge_find(struct early *early, enum early_kind kind, const struct early_fact *fact,
                       int64_t now)
{
	struct early_blame blame = {EARLY_NOBODY, NULL};
	char text[EARLY_TEXT];
	struct judge_core core;

	judge_core(&core, early, fact->row);
	if (core.victim != NULL)
		blame = early_blame(core.recent, core.count, core.victim);
	if (fact->window > 0)
		early_say_growth(text, fact, core.victim, blame);
	else
		early_say_unusual(text, fact, core.victim, blame);
	early_find(early, kind, &fact->row->of, fact->quantity, now, text);
}

/* ---- the unusual ---- */

/* What was seen at this time of day, an hour earlier or later, on the days before. */
static uint32_t judge_past(const struct early_track *track, int64_t hour, float *values)
{
	uint32_t count = 0;

	for (int64_t past = hour - 25; past >= 0 && past > hour - EARLY_HOURS + 1; past -= 24)
		for (int64_t i = past; i < past + 3; i++)
			if (track->hours[i % EARLY_HOURS] >= 0)
				values[count++] = track->hours[i % EARLY_HOURS];
	return count;
}

/* Whether it is beyond nearly all of the values, which it sorts. */
static bool judge_beyond(const struct judge_rule *rule, float now, float *values, uint32_t count)
{
	uint32_t beyond = 0;

	if (count < JUDGE_KNOWN)
		return false;
	for (uint32_t i = 0; i < count; i++)
		beyond += rule->falls
		              ? values[i] > rule->factor * now
		              : now > rule->factor * values[i] && now - values[i] > rule->floor;
	if ((float)beyond < JUDGE_NEARLY * (float)count)
		return false;
	return early_quantile(values, count, 0.5f) - now > rule->floor || !rule->falls;
}

/* The last hour of a row. */
static void judge_unusual(struct early *early, const struct early_row *row,
                          enum early_quantity quantity, int64_t quarter)
{
	const struct early_track *track = early_track(row, quantity);
	const struct judge_rule *rule = &judge_rules[quantity];
	struct early_fact fact = {.row = row, .quantity = quantity, .now = early_hour(track)};
	float values[JUDGE_VALUES];
	uint32_t count;

	if (rule->unusual == EARLY_KINDS || fact.now < 0)
		return;
	count = judge_past(track, quarter / EARLY_QUARTERS, values);
	if (!judge_beyond(rule, fact.now, values, count))
		return;
	fact.less = rule->falls;
	fact.low = early_quantile(values, count, 1 - JUDGE_NEARLY);
	fact.high = early_quantile(values, count, JUDGE_NEARLY);
	judge_find(early, rule->unusual, &fact, judge_time(quarter));
}

/* A day's starts, against the most of any day before. */
static void judge_starts(struct early *early, const struct early_row *row, int64_t quarter)
{
	const struct early_track *track = early_track(row, EARLY_STARTS);
	const int64_t last = judge_closed(quarter);
	struct early_fact fact = {.row = row, .quantity = EARLY_STARTS};
	uint32_t known = 0;

	for (int64_t day = 0; day < JUDGE_DAYS && last >= 24 * (day + 1); day++) {
		float starts = 0;
		uint32_t seen = 0;

		for (int64_t hour = last - 24 * day; hour > last - 24 * (day + 1); hour--) {
			const float value = track->hours[hour % EARLY_HOURS];

			starts += value > 0 ? 60 * value : 0;
			seen += value >= 0;
		}
		known += seen >= 12;
		if (day == 0)
			fact.now = starts;
		else if (starts > fact.high)
			fact.high = starts;
	}
	if (known > JUDGE_STARTED_DAYS && fact.now >= 2 * fact.high + JUDGE_STARTED)
		judge_find(early, EARLY_UNUSUAL, &fact, judge_time(quarter));
}

/* ---- growth ---- */

/* The last hours' rests in blocks of so many hours each. */
static void judge_blocks(const struct early_track *track, int64_t hour, uint32_t hours,
                         float blocks[EARLY_BLOCKS])
{
	for (uint32_t i = 0; i < EARLY_BLOCKS; i++) {
		const int64_t first = hour - (int64_t)((EARLY_BLOCKS - i) * hours) + 1;
		uint32_t seen = 0;
		float sum = 0;

		for (int64_t at = first; at < first + hours; at++) {
			const float rest = at >= 0 ? track->hour_rests[at % EARLY_WEEK] : NAN;

			if (isnan(rest))
				continue;
			sum += rest;
			seen++;
		}
		blocks[i] = 2 * seen > hours ? sum / (float)seen : NAN;
	}
}

static void judge_quarters(const struct early_track *track, int64_t quarter,
                           float blocks[EARLY_BLOCKS])
{
	for (uint32_t i = 0; i < EARLY_BLOCKS; i++)
		blocks[i] = track->quarter_rests[(quarter + 1 + i) % EARLY_BLOCKS];
}

/* What it usually is in the busiest hours of a week; negative: nobody knows. */
static float judge_busiest(const struct early_track *track, int64_t last)
{
	float values[EARLY_WEEK];
	uint32_t count = 0;

	for (int64_t hour = last; hour >= 0 && hour > last - EARLY_WEEK; hour--) {
		const float value = track->hours[hour % EARLY_HOURS];
		const float rest = track->hour_rests[hour % EARLY_WEEK];

		if (value >= 0 && !isnan(rest))
			values[count++] = value - rest;
	}
	return count >= EARLY_WEEK / 2 ? early_quantile(values, count, JUDGE_NEARLY) : EARLY_GAP;
}

/* `hours`: of a block. */
static bool judge_line(struct early_fact *fact, const struct early_track *track, int64_t last,
                       const float blocks[EARLY_BLOCKS], float hours)
{
	const struct judge_rule *rule = &judge_rules[fact->quantity];
	struct early_line line;
	float busiest, limit;

	if (!early_line(blocks, JUDGE_ORDER, &line) || line.last < rule->least ||
	    line.slope * (EARLY_BLOCKS - 1) < rule->least)
		return false;
	busiest = judge_busiest(track, last);
	limit = rule->limit > 0 ? rule->limit : rule->factor * busiest + rule->floor;
	if (busiest < 0)
		return false;
	fact->window = EARLY_BLOCKS * hours;
	fact->slope = line.slope / hours;
	fact->left = limit > busiest + line.last ? (limit - busiest - line.last) / fact->slope : 0;
	fact->high = busiest;
	return fact->left < JUDGE_AHEAD * fact->window;
}

/* A rise within a day may be a busy day's: it counts from where it is beyond the usual. */
static bool judge_is_high(const struct early_fact *fact)
{
	const struct judge_rule *rule = &judge_rules[fact->quantity];

	return fact->now > rule->factor * fact->high && fact->now > fact->high + rule->floor;
}

/* Of the lines that are told, the one that leaves the least time. */
static void judge_growth(struct early *early, const struct early_row *row,
                         enum early_quantity quantity, int64_t quarter)
{
	static const uint32_t hours[] = {1, 3, 7}; /* of a block: a day, three days, a week */
	const struct early_track *track = early_track(row, quantity);
	const int64_t hour = judge_closed(quarter);
	struct early_fact fact = {.row = row, .quantity = quantity, .now = early_hour(track)};
	struct early_fact worst = {.left = INFINITY};
	float blocks[EARLY_BLOCKS];

	if (judge_rules[quantity].growth == EARLY_KINDS || fact.now < 0)
		return;
	judge_quarters(track, quarter, blocks);
	if (judge_line(&fact, track, hour, blocks, 1.0f / EARLY_QUARTERS) && judge_is_high(&fact))
		worst = fact;
	for (uint32_t i = 0; i < 3 && quarter % EARLY_QUARTERS == EARLY_QUARTERS - 1; i++) {
		judge_blocks(track, hour, hours[i], blocks);
		if (judge_line(&fact, track, hour, blocks, (float)hours[i]) &&
		    (hours[i] > 1 || judge_is_high(&fact)) && fact.left < worst.left)
			worst = fact;
	}
	if (worst.left < INFINITY)
		judge_find(early, judge_rules[quantity].growth, &worst, judge_time(quarter));
}

void early_judge(struct early *early, const struct early_row *row, int64_t quarter)
{
	const enum early_quantity first = early_first(row->of.kind);

	for (uint32_t i = 0; i < row->tracks; i++) {
		judge_unusual(early, row, (enum early_quantity)(first + i), quarter);
		judge_growth(early, row, (enum early_quantity)(first + i), quarter);
	}
	if (row->of.kind == SERIES_SYSTEM)
		judge_starts(early, row, quarter);
}
