/* Found early: rows of history and the findings. See early.h; what is judged of a row is in
 * early_judge.c. */
#include <keeper/early.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EARLY_QUARTER 15  /* minutes */
#define EARLY_BACK    120 /* minutes: so far a clock may go back, such as at the end of summer */
#define EARLY_WEEKS   2   /* that are known, before anything is usual in an hour of the week */
#define EARLY_LEARN_H                                                                              \
	240 /* ten days: then each time of day has been seen as often as is needed                 \
	     */
#define EARLY_WRITE_MS  60000 /* a sentence that is read keeps its figures for so long */
#define EARLY_MINUTE_MS 60000
#define EARLY_READY     0.9f  /* of its time: what is ready less often does not starve */
#define EARLY_FED       0.05f /* of the time that it was ready */

static const struct {
	const char *word;
	int64_t hold; /* ms for which a finding stays when it isn't so any more */
} early_kinds[EARLY_KINDS] = {
    [EARLY_UNUSUAL] = {"unusual", 3600000},       [EARLY_GROWTH] = {"growth", 6 * 3600000},
    [EARLY_QUEUED] = {"queue", 6 * 3600000},      [EARLY_STARVED] = {"starved", 60000},
    [EARLY_BOTTLENECK] = {"bottleneck", 3600000},
};

const char *early_word(enum early_kind kind)
{
	return early_kinds[kind].word;
}

/* ---- rows ---- */

static bool early_same(const struct series_of *one, const struct series_of *other)
{
	return one->kind == other->kind && one->number == other->number &&
	       strcmp(one->system, other->system) == 0;
}

enum early_quantity early_first(enum series_kind kind)
{
	return kind == SERIES_VCPU   ? EARLY_WANTS
	       : kind == SERIES_CORE ? EARLY_SERVICES
	                             : EARLY_STARTS;
}

static uint32_t early_tracks(enum series_kind kind)
{
	return kind == SERIES_VCPU ? EARLY_OF_VCPU : kind == SERIES_CORE ? 2 : 1;
}

const struct early_track *early_track(const struct early_row *row, enum early_quantity quantity)
{
	return &row->track[quantity - early_first(row->of.kind)];
}

static void early_forget(float *values, size_t count, float value)
{
	for (size_t i = 0; i < count; i++)
		values[i] = value;
}

static void early_clear(struct early_track *track)
{
	track->sum = 0;
	track->minutes = 0;
	early_forget(track->quarters, EARLY_QUARTERS, EARLY_GAP);
	early_forget(track->hours, EARLY_HOURS, EARLY_GAP);
	early_forget(track->hour_rests, EARLY_WEEK, NAN);
	early_forget(track->quarter_rests, EARLY_BLOCKS, NAN);
}

/* A free place, or the row that was fed longest ago. */
static struct early_row **early_room(struct early *early)
{
	struct early_row **oldest = &early->rows[0];

	for (uint32_t i = 0; i < EARLY_ROWS; i++) {
		if (early->rows[i] == NULL)
			return &early->rows[i];
		if (early->rows[i]->fed < (*oldest)->fed)
			oldest = &early->rows[i];
	}
	return oldest;
}

static struct early_row *early_begin(struct early *early, const struct series_of *of)
{
	const uint32_t tracks = early_tracks(of->kind);
	struct early_row *row = malloc(sizeof(*row) + tracks * sizeof(row->track[0]));
	struct early_row **place = early_room(early);

	if (row == NULL)
		return NULL;
	row->of = *of;
	row->core = 0;
	row->tracks = tracks;
	for (uint32_t i = 0; i < tracks; i++)
		early_clear(&row->track[i]);
	free(*place);
	*place = row;
	return row;
}

/* The row, which is fed now. NULL: no memory. */
static struct early_row *early_row(struct early *early, const struct series_of *of)
{
	struct early_row *row = NULL;

	for (uint32_t i = 0; row == NULL && i < EARLY_ROWS; i++)
		if (early->rows[i] != NULL && early_same(&early->rows[i]->of, of))
			row = early->rows[i];
	if (row == NULL)
		row = early_begin(early, of);
	if (row != NULL)
		row->fed = early->minute;
	return row;
}

/* ---- findings ---- */

static void early_end(struct early *early, uint32_t which)
{
	const struct early_finding over = early->findings[which];

	early->count--;
	memmove(&early->findings[which], &early->findings[which + 1],
	        (early->count - which) * sizeof(over));
	early->told(early->to, &over, true);
}

/* Ends what hasn't been so for long enough; a clock that goes back has gone on, too. */
static void early_age(struct early *early, int64_t now)
{
	for (uint32_t i = early->count; i-- > 0;)
		if (llabs(now - early->findings[i].held) >=
		    early_kinds[early->findings[i].kind].hold)
			early_end(early, i);
}

void early_find(struct early *early, enum early_kind kind, const struct series_of *of,
                enum early_quantity quantity, int64_t now, const char *text)
{
	struct early_finding *finding = early->findings;
	uint32_t i = 0;

	while (i < early->count && (finding[i].kind != kind || finding[i].quantity != quantity ||
	                            !early_same(&finding[i].of, of)))
		i++;
	if (i == EARLY_FINDINGS)
		return;
	finding += i;
	finding->held = now;
	if (i < early->count && now - finding->written < EARLY_WRITE_MS)
		return;
	finding->written = now;
	memccpy(finding->text, text, '\0', EARLY_TEXT);
	if (i < early->count)
		return;
	finding->kind = kind;
	finding->quantity = quantity;
	finding->of = *of;
	early->count++;
	early->told(early->to, finding, false);
}

/* ---- minutes ---- */

static void early_hold(struct early_track *track, float value)
{
	if (value < 0)
		return;
	track->sum += value;
	track->minutes++;
}

void early_feed_vcpu(struct early *early, const struct series_of *of,
                     const struct early_vcpu *values)
{
	const float wants = values->ran + values->stolen;
	struct early_row *row = early_row(early, of);

	if (row == NULL)
		return;
	row->core = values->core;
	row->waits = values->exhausted > 0 ? 0 : values->stolen; /* for its budget, not the core */
	early_hold(&row->track[EARLY_WANTS], values->idle_seen ? wants : EARLY_GAP);
	early_hold(&row->track[EARLY_WAITS], values->stolen);
	early_hold(&row->track[EARLY_RAN], values->idle_seen ? values->ran : EARLY_GAP);
	early_hold(&row->track[EARLY_SWITCHES], values->switches);
	early_hold(&row->track[EARLY_MOVES], values->moves);
	early_hold(&row->track[EARLY_EXHAUSTED], values->exhausted);
	early_hold(&row->track[EARLY_MISSES], values->misses);
}

/* How many vCPUs waited for the core in this minute. */
static float early_queue(const struct early *early, uint32_t core)
{
	float queue = 0;

	for (uint32_t i = 0; i < EARLY_ROWS; i++) {
		const struct early_row *row = early->rows[i];

		if (row != NULL && row->of.kind == SERIES_VCPU && row->core == core &&
		    row->fed == early->minute)
			queue += row->waits;
	}
	return queue;
}

void early_feed_core(struct early *early, const struct series_of *of, float services)
{
	struct early_row *row = early_row(early, of);

	if (row == NULL)
		return;
	row->core = of->number;
	early_hold(&row->track[0], services);
	early_hold(&row->track[1], early_queue(early, of->number));
}

void early_feed_system(struct early *early, const struct series_of *of, float starts)
{
	struct early_row *row = early_row(early, of);

	if (row != NULL)
		early_hold(&row->track[0], starts);
}

/* The mean of those that aren't gaps, if there are so many. */
static float early_mean(const float *values, uint32_t count, uint32_t least)
{
	uint32_t seen = 0;
	float sum = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (values[i] < 0)
			continue;
		seen++;
		sum += values[i];
	}
	return seen >= least ? sum / (float)seen : EARLY_GAP;
}

float early_hour(const struct early_track *track)
{
	return early_mean(track->quarters, EARLY_QUARTERS, EARLY_QUARTERS);
}

/* What is usual in this hour of the week: the median of the weeks before; NAN: they are too few. */
static float early_usual(const struct early_track *track, int64_t hour)
{
	float values[EARLY_HOURS / EARLY_WEEK];
	uint32_t count = 0;

	for (int64_t past = hour - EARLY_WEEK; past > hour - EARLY_HOURS && past >= 0;
	     past -= EARLY_WEEK)
		if (track->hours[past % EARLY_HOURS] >= 0)
			values[count++] = track->hours[past % EARLY_HOURS];
	return count >= EARLY_WEEKS ? early_quantile(values, count, 0.5f) : NAN;
}

static float early_rest(float value, float usual)
{
	return value >= 0 ? value - usual : NAN;
}

static void early_close(struct early_track *track, int64_t quarter)
{
	const int64_t hour = quarter / EARLY_QUARTERS;
	const float usual = early_usual(track, hour);
	float mean = EARLY_GAP;

	if (track->minutes >= EARLY_QUARTER / 2)
		mean = track->sum / (float)track->minutes;
	track->sum = 0;
	track->minutes = 0;
	track->quarters[quarter % EARLY_QUARTERS] = mean;
	track->quarter_rests[quarter % EARLY_BLOCKS] = early_rest(mean, usual);
	if (quarter % EARLY_QUARTERS != EARLY_QUARTERS - 1)
		return;
	mean = early_mean(track->quarters, EARLY_QUARTERS, EARLY_QUARTERS / 2);
	track->hours[hour % EARLY_HOURS] = mean;
	track->hour_rests[hour % EARLY_WEEK] = early_rest(mean, usual);
}

static void early_close_all(struct early *early, int64_t quarter)
{
	for (uint32_t i = 0; i < EARLY_ROWS; i++)
		for (uint32_t j = 0; early->rows[i] != NULL && j < early->rows[i]->tracks; j++)
			early_close(&early->rows[i]->track[j], quarter);
	for (uint32_t i = 0; i < EARLY_ROWS; i++)
		if (early->rows[i] != NULL)
			early_judge(early, early->rows[i], quarter);
	early_age(early, (quarter + 1) * EARLY_QUARTER * EARLY_MINUTE_MS);
}

static void early_anew(struct early *early)
{
	while (early->count > 0)
		early_end(early, early->count - 1);
	for (uint32_t i = 0; i < EARLY_ROWS; i++) {
		free(early->rows[i]);
		early->rows[i] = NULL;
	}
	early->minute = 0;
}

bool early_minute(struct early *early, int64_t minute)
{
	const int64_t passed = minute - early->minute;

	if (early->minute != 0 && (passed < -EARLY_BACK || passed > EARLY_HOURS * 60))
		early_anew(early);
	if (minute <= early->minute)
		return false;
	for (int64_t quarter = early->minute / EARLY_QUARTER;
	     early->minute != 0 && quarter < minute / EARLY_QUARTER; quarter++)
		early_close_all(early, quarter);
	early->minute = minute;
	return true;
}

/* ---- the last seconds ---- */

static bool early_starves(const struct early_recent *recent)
{
	const float wants = recent->ran + recent->stolen;

	return recent->of->kind == SERIES_VCPU && wants >= EARLY_READY &&
	       recent->ran < EARLY_FED * wants;
}

void early_recent(struct early *early, const struct early_recent *recent, uint32_t count,
                  int64_t now)
{
	char text[EARLY_TEXT];

	for (uint32_t i = 0; i < count; i++) {
		if (!early_starves(&recent[i]))
			continue;
		early_say_starved(text, &recent[i], early_blame(recent, count, &recent[i]));
		early_find(early, EARLY_STARVED, recent[i].of, EARLY_RAN, now, text);
	}
	early_age(early, now);
}

uint32_t early_learns(const struct early *early)
{
	uint32_t most = 0;

	for (uint32_t i = 0; i < EARLY_ROWS; i++) {
		const struct early_row *row = early->rows[i];
		uint32_t seen = 0;

		for (uint32_t j = 0; row != NULL && j < EARLY_HOURS; j++)
			seen += row->track[row->tracks - 1].hours[j] >= 0;
		most = seen > most ? seen : most;
	}
	return most < EARLY_LEARN_H ? EARLY_LEARN_H - most : 0;
}

/* ---- beginning and end ---- */

static void early_silent(void *to, const struct early_finding *finding, bool over)
{
	(void)to;
	(void)finding;
	(void)over;
}

void early_start(struct early *early, early_told *told, void *to)
{
	memset(early, 0, sizeof(*early));
	early->told = told;
	early->to = to;
}

void early_free(struct early *early)
{
	early->told = early_silent;
	early_anew(early);
}
