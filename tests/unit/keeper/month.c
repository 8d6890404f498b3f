/* See month.h. */
#include "month.h"
#include <keeper/early.h>
#include <string.h>

#define MONTH_DAY     1440
#define MONTH_MINUTES (MONTH_DAYS * MONTH_DAY)
#define MONTH_START   29454240 /* local minutes since 1970: a Monday's midnight */
#define MONTH_VCPUS   12u
#define MONTH_CORES   6u
#define MONTH_SYSTEMS 8u
#define MONTH_GAPS    3u
#define MONTH_RECENT  4u /* minutes, of EARLY_RECENT_S */

/* ---- the systems ---- */

enum month_system { LINUX, DB, RT, CONTROL, GATEWAY, BATCH, LOG, VIDEO };
static const char *const month_names[MONTH_SYSTEMS] = {"linux",   "db",    "rt",  "control",
                                                       "gateway", "batch", "log", "video"};

/* A vCPU wants a share of its core: always `base`, and up to `load` more by the time of day. */
static const struct month_vcpu {
	enum month_system system;
	uint32_t number, core, priority;
	float base, load;
	float from, to; /* hours of the day in which there is load; over midnight, too */
	float weekend;  /* the part of the load that a weekend has */
	float noise;    /* of the load */
	float budget;   /* the share that it may have */
	float per_use;  /* switches a second, at full use */
} month_vcpus[MONTH_VCPUS] = {
    {LINUX, 0, 0, 100, 0.06f, 0.28f, 7, 19, 0.2f, 0.25f, 1, 900},
    {LINUX, 1, 1, 100, 0.04f, 0.30f, 7, 19, 0.2f, 0.25f, 1, 900},
    {LINUX, 2, 2, 100, 0.04f, 0.25f, 7, 19, 0.2f, 0.25f, 1, 900},
    {LINUX, 3, 3, 100, 0.03f, 0.16f, 7, 19, 0.2f, 0.30f, 1, 900},
    {DB, 0, 2, 150, 0.05f, 0.20f, 8, 18, 0.3f, 0.20f, 1, 2000},
    {DB, 1, 3, 150, 0.05f, 0.18f, 8, 18, 0.3f, 0.20f, 1, 2000},
    {RT, 0, 4, 200, 0.30f, 0.00f, 0, 24, 1.0f, 0.00f, 1, 1000},
    {CONTROL, 0, 5, 100, 0.18f, 0.02f, 0, 24, 1.0f, 0.30f, 1, 1000},
    {GATEWAY, 0, 5, 200, 0.03f, 0.18f, 9, 24, 1.3f, 0.35f, 1, 3000},
    {BATCH, 0, 1, 50, 0.01f, 0.85f, 2, 4, 1.0f, 0.10f, 1, 200},
    {LOG, 0, 0, 50, 0.03f, 0.06f, 7, 20, 0.5f, 0.40f, 1, 300},
    {VIDEO, 0, 5, 100, 0.02f, 0.10f, 8, 18, 0.1f, 0.30f, 0.4f, 500},
};

/* ---- the troubles ---- */

enum month_what { USE, STEP, DEAD, SERVICES, SWITCHES, MISSES, STARTS, MOVES, USE_GAP };
enum month_shape { ONCE, LINE, SQUARE };

static const struct month_trouble {
	const char *words;
	enum month_what what;
	enum month_shape shape;
	uint32_t which;     /* the vCPU, core or system */
	float amount;       /* at the harm */
	uint32_t day, hour; /* when it begins */
	float hours;        /* to the harm */
	const char *name;   /* that a finding has to tell */
} month_troubles[MONTH_TROUBLES] = {
    {"a program loops at night", USE, ONCE, 3, 1, 18, 1, 8, "linux.3"},
    {"a program loops by day", USE, ONCE, 8, 1, 22, 13, 4, "gateway.0"},
    {"a system hangs, and its watchdog is served", DEAD, ONCE, LINUX, 0, 22, 10, 8, "linux."},
    {"one CPU of four does nothing any more", DEAD, ONCE, 100 + 2, 0, 23, 9, 8, "linux.2"},
    {"a leak to a full core in twelve days", USE, LINE, 0, 0.6f, 17, 3, 288, "linux.0"},
    {"a leak in three days", USE, LINE, 8, 0.75f, 20, 15, 72, "gateway.0"},
    {"a leak in twenty hours", USE, LINE, 4, 0.75f, 21, 16, 20, "db.0"},
    {"a leak in ten days, faster and faster", USE, SQUARE, 7, 0.8f, 18, 8, 240, "control.0"},
    {"a leak in eight days, a day and a half of it unseen", USE_GAP, LINE, 10, 0.9f, 19, 12, 192,
     "log.0"},
    {"a leak of timers in six days", SWITCHES, LINE, 6, 9000, 19, 11, 144, "rt.0"},
    {"a flood on a console", SERVICES, ONCE, 0, 0.5f, 24, 14, 4, "core 0"},
    {"console output that grows for five days", SERVICES, LINE, 0, 0.8f, 20, 5, 120, "core 0"},
    {"an urgent neighbour takes the whole core", USE, ONCE, 8, 2, 25, 16, 0.1667f, "control.0"},
    {"a core's queue grows for twelve hours", USE, LINE, 8, 0.9f, 23, 9, 12, "gateway.0"},
    {"a core's queue grows for four days", USE, LINE, 5, 0.75f, 20, 6, 96, "db.1"},
    {"a neighbour takes half of the core", USE, ONCE, 5, 0.5f, 22, 11, 6, "db.1"},
    {"work outgrows its budget in four days", USE, LINE, 11, 0.5f, 20, 7, 96, "video.0"},
    {"more and more deadlines are missed", MISSES, LINE, 7, 0.5f, 21, 4, 48, "control.0"},
    {"a system restarts more and more often", STARTS, LINE, LOG, 2.0f / 60, 20, 2, 96, "log "},
    {"a vCPU moves to and fro", MOVES, ONCE, 1, 5, 24, 10, 8, "linux.1"},
};

const char *month_trouble(uint32_t trouble, float *hours)
{
	*hours = month_troubles[trouble].hours;
	return month_troubles[trouble].words;
}

/* ---- the state ---- */

struct month {
	uint64_t random;
	struct early early;
	const struct month_trouble *trouble; /* NULL: none */
	uint32_t minute;
	float day, busy_by, grown[MONTH_SYSTEMS]; /* factors of load: today's, and by updates */
	float noise[MONTH_VCPUS], behind[MONTH_VCPUS];
	uint32_t busy, holiday; /* days */
	uint32_t gap[MONTH_GAPS], gap_end[MONTH_GAPS];
	uint32_t restart[MONTH_SYSTEMS][2], update[MONTH_SYSTEMS];
	uint32_t down[MONTH_SYSTEMS]; /* minutes since its restart's beginning; 0: it runs */
	struct early_vcpu last[MONTH_RECENT][MONTH_VCPUS]; /* what they did in these minutes */
	float ran[MONTH_CORES];                            /* in this minute, by all so far */
	struct month_result *result;
};

static uint64_t month_random(struct month *month)
{
	uint64_t x = month->random += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

/* From 0 to 1. */
static float month_chance(struct month *month)
{
	return (float)(month_random(month) >> 40) / (1 << 24);
}

static float month_between(struct month *month, float least, float most)
{
	return least + (most - least) * month_chance(month);
}

/* About normal: mean 0, deviation 1. */
static float month_normal(struct month *month)
{
	float sum = 0;

	for (int i = 0; i < 12; i++)
		sum += month_chance(month);
	return sum - 6;
}

/* ---- what is sown ---- */

/* How far the trouble is: 0 before it, 1 at its harm. */
static float month_progress(const struct month *month)
{
	const struct month_trouble *trouble = month->trouble;
	const float since = (float)month->minute / 60 -
	                    (trouble != NULL ? (float)(24 * trouble->day + trouble->hour) : 0);

	return trouble == NULL || since < 0 ? 0 : since / trouble->hours;
}

/* How much of the trouble is there now, if it is this. */
static float month_sown(const struct month *month, enum month_what what, uint32_t which)
{
	const struct month_trouble *trouble = month->trouble;
	const float progress = month_progress(month);

	if (trouble == NULL || progress <= 0 || trouble->which != which ||
	    (trouble->what != what && !(trouble->what == USE_GAP && what == USE)))
		return 0;
	return trouble->amount * (trouble->shape == ONCE     ? 1
	                          : trouble->shape == SQUARE ? progress * progress
	                                                     : progress);
}

static bool month_dead(const struct month *month, uint32_t vcpu)
{
	const struct month_trouble *trouble = month->trouble;

	return trouble != NULL && trouble->what == DEAD && month_progress(month) > 0 &&
	       (trouble->which == month_vcpus[vcpu].system || trouble->which == 100 + vcpu);
}

/* ---- a minute of a vCPU ---- */

/* The load of a time of day, from 0 to 1: it rises and falls in an hour and a half. */
static float month_shape(const struct month_vcpu *vcpu, float hour)
{
	const float in = hour - vcpu->from, out = vcpu->to - hour, edge = 1.5f;
	const float least = in < out ? in : out;

	if (vcpu->to - vcpu->from >= 24)
		return 1;
	if (vcpu->to - vcpu->from <= 3) /* a job, not people */
		return least > 0 ? 1 : 0;
	return least <= 0 ? 0 : least >= edge ? 1 : least / edge;
}

static bool month_is_weekend(const struct month *month)
{
	const uint32_t day = month->minute / MONTH_DAY;

	return day % 7 >= 5 || (day == month->holiday && day != month->busy);
}

static float month_demand(struct month *month, uint32_t i)
{
	const struct month_vcpu *vcpu = &month_vcpus[i];
	float load = vcpu->load * month_shape(vcpu, (float)(month->minute % MONTH_DAY) / 60);
	float demand;

	load *= month->day * month->grown[vcpu->system];
	if (month_is_weekend(month))
		load *= vcpu->weekend;
	month->noise[i] = 0.9f * month->noise[i] + 0.44f * month_normal(month);
	demand = vcpu->base + load * (1 + vcpu->noise * month->noise[i]) +
	         0.003f * month_normal(month) + month_sown(month, USE, i);
	if (month->down[vcpu->system] > 0) /* it starts, and waits for its devices, too */
		demand = 0.7f;
	if (month_dead(month, i))
		demand = 0.002f;
	return demand > 0 ? demand : 0;
}

/* Takes what it can of the core, after the more urgent ones; what is left over stays to be done. */
static struct early_vcpu month_run(struct month *month, uint32_t i, float demand)
{
	const struct month_vcpu *vcpu = &month_vcpus[i];
	const float others = month->ran[vcpu->core];
	const float room = others < 1 ? 1 - others : 0;
	const float most = room < vcpu->budget ? room : vcpu->budget;
	const float wanted = demand + month->behind[i];
	struct early_vcpu values = {.core = vcpu->core, .idle_seen = vcpu->system != RT};

	values.ran = wanted < most ? wanted : most;
	month->behind[i] = wanted - values.ran;
	if (month->behind[i] > 5)
		month->behind[i] = 5;
	month->ran[vcpu->core] += values.ran;
	if (wanted > most)
		values.stolen = 1 - values.ran;
	else
		values.stolen = 0.5f * values.ran * others / (room + 0.05f);
	if (values.stolen > 1 - values.ran)
		values.stolen = 1 - values.ran;
	if (vcpu->budget < 1 && wanted > vcpu->budget)
		values.exhausted = 100 * (wanted - vcpu->budget < 1 ? wanted - vcpu->budget : 1);
	values.switches = (40 + vcpu->per_use * values.ran) * month_between(month, 0.9f, 1.1f) +
	                  month_sown(month, SWITCHES, i);
	values.moves = month_sown(month, MOVES, i);
	values.misses = month_sown(month, MISSES, i);
	if (vcpu->system == CONTROL && month_chance(month) < 0.0005f)
		values.misses += 1.0f / 60;
	if (!values.idle_seen)
		values.ran = 1 - values.stolen;
	return values;
}

/* ---- a minute of the machine ---- */

static void month_copy(char *to, const char *text, size_t size)
{
	snprintf(to, size, "%s", text);
}

/* The last minutes of all. */
static void month_recent(struct month *month, const struct series_of *of,
                         const struct early_vcpu *values)
{
	struct early_recent recent[MONTH_VCPUS];

	memcpy(month->last[month->minute % MONTH_RECENT], values, sizeof(month->last[0]));
	for (uint32_t i = 0; i < MONTH_VCPUS; i++) {
		recent[i] = (struct early_recent){.of = &of[i], .core = values[i].core};
		for (uint32_t j = 0; j < MONTH_RECENT; j++) {
			recent[i].ran += month->last[j][i].ran / MONTH_RECENT;
			recent[i].stolen += month->last[j][i].stolen / MONTH_RECENT;
			recent[i].exhausted += month->last[j][i].exhausted / MONTH_RECENT;
		}
	}
	early_recent(&month->early, recent, MONTH_VCPUS,
	             60000 * (int64_t)(MONTH_START + month->minute + 1));
}

/* The vCPUs, the more urgent ones first. */
static void month_all_vcpus(struct month *month)
{
	static const uint32_t priorities[] = {200, 150, 100, 50};
	struct series_of of[MONTH_VCPUS] = {{.kind = SERIES_VCPU}};
	struct early_vcpu values[MONTH_VCPUS] = {{.core = 0}};

	memset(month->ran, 0, sizeof(month->ran));
	for (uint32_t j = 0; j < 4; j++)
		for (uint32_t i = 0; i < MONTH_VCPUS; i++) {
			const enum month_system system = month_vcpus[i].system;

			if (month_vcpus[i].priority != priorities[j])
				continue;
			of[i] = (struct series_of){.kind = SERIES_VCPU,
			                           .number = month_vcpus[i].number};
			month_copy(of[i].system, month_names[system], sizeof(of[i].system));
			if (month->down[system] == 1)
				continue; /* it is loaded */
			values[i] = month_run(month, i, month_demand(month, i));
			early_feed_vcpu(&month->early, &of[i], &values[i]);
		}
	month_recent(month, of, values);
}

static void month_all_cores(struct month *month)
{
	for (uint32_t i = 0; i < MONTH_CORES; i++) {
		const struct series_of of = {.kind = SERIES_CORE, .number = i};
		const float usual = i == 0 ? month_between(month, 0.005f, 0.03f) : 0.001f;

		early_feed_core(&month->early, &of, usual + month_sown(month, SERVICES, i));
	}
}

/* Whether the system begins to restart in this minute; an update is two restarts, after which it
 * does a little more or less. */
static bool month_restarts(struct month *month, uint32_t system)
{
	const uint32_t minute = month->minute, update = month->update[system];

	if (minute == update + 20)
		month->grown[system] = month_between(month, 0.85f, 1.2f);
	return minute == month->restart[system][0] || minute == month->restart[system][1] ||
	       minute == update || minute == update + 20 ||
	       month_chance(month) < month_sown(month, STARTS, system);
}

static void month_all_systems(struct month *month)
{
	for (uint32_t i = 0; i < MONTH_SYSTEMS; i++) {
		struct series_of of = {.kind = SERIES_SYSTEM};
		const bool starts = month->down[i] == 1;

		if (month->down[i] > 0)
			month->down[i] = month->down[i] < 2 ? month->down[i] + 1 : 0;
		else if (month_restarts(month, i))
			month->down[i] = 1;
		month_copy(of.system, month_names[i], sizeof(of.system));
		early_feed_system(&month->early, &of, starts);
	}
}

static bool month_is_gap(const struct month *month)
{
	const float progress = month_progress(month);
	bool gap = month->trouble != NULL && month->trouble->what == USE_GAP && progress > 0.15f &&
	           progress < 0.15f + 36 / month->trouble->hours;

	for (uint32_t i = 0; i < MONTH_GAPS; i++)
		gap = gap || (month->minute >= month->gap[i] && month->minute < month->gap_end[i]);
	return gap;
}

static void month_each(struct month *month)
{
	if (month->minute % MONTH_DAY == 0) {
		month->day = month_between(month, 0.88f, 1.12f);
		if (month->minute / MONTH_DAY == month->busy)
			month->day = month->busy_by;
	}
	if (month_is_gap(month))
		return;
	(void)early_minute(&month->early, MONTH_START + month->minute);
	month_all_vcpus(month);
	month_all_cores(month);
	month_all_systems(month);
}

/* ---- a month ---- */

static void month_told(void *to, const struct early_finding *finding, bool over)
{
	struct month *month = to;
	struct month_result *result = month->result;

	if (over)
		return;
	result->findings++;
	result->before += month->trouble != NULL && month_progress(month) <= 0;
	if (month->trouble == NULL && result->findings == 1)
		month_copy(result->text, finding->text, sizeof(result->text));
	if (month->trouble == NULL || result->found || month_progress(month) <= 0 ||
	    strstr(finding->text, month->trouble->name) == NULL)
		return;
	result->found = true;
	result->part = month_progress(month);
	month_copy(result->text, finding->text, sizeof(result->text));
}

static uint32_t month_when(struct month *month)
{
	return (uint32_t)month_between(month, MONTH_DAY, MONTH_MINUTES - MONTH_DAY);
}

/* What happens in this month, besides the trouble. */
static void month_plan(struct month *month)
{
	static const uint32_t lengths[MONTH_GAPS] = {10, 180, 840};

	month->busy =
	    14 + 7 * (uint32_t)month_between(month, 0, 2) + (uint32_t)month_between(month, 0, 5);
	month->busy_by = month_between(month, 1.3f, 1.6f);
	month->holiday =
	    7 * (uint32_t)month_between(month, 1, 4) + (uint32_t)month_between(month, 0, 5);
	for (uint32_t i = 0; i < MONTH_GAPS; i++) {
		month->gap[i] = (uint32_t)month_between(month, 2, 16) * MONTH_DAY +
		                (uint32_t)month_between(month, 0, MONTH_DAY);
		month->gap_end[i] = month->gap[i] + lengths[i];
	}
	for (uint32_t i = 0; i < MONTH_SYSTEMS; i++) {
		month->grown[i] = 1;
		month->restart[i][0] = month_when(month);
		month->restart[i][1] = month_when(month);
		month->update[i] = month_when(month);
	}
}

void month_play(uint64_t seed, uint32_t trouble, struct month_result *result)
{
	static struct month month;

	memset(&month, 0, sizeof(month));
	memset(result, 0, sizeof(*result));
	month.random = seed;
	month.trouble = trouble < MONTH_TROUBLES ? &month_troubles[trouble] : NULL;
	month.result = result;
	month_plan(&month);
	early_start(&month.early, month_told, &month);
	for (; month.minute < MONTH_MINUTES && month_progress(&month) < 1; month.minute++)
		month_each(&month);
	early_free(&month.early);
}
