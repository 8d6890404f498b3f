/* From the series to early.h, and from there to events and sentences: see found.h. */
#include <keeper/found.h>
#include <keeper/record.h>
#include <string.h>

#define FOUND_LATE_MS   2000 /* by then a second's sums have come */
#define FOUND_MINUTE_MS 60000
#define FOUND_SEEN      200 /* of the last EARLY_RECENT_S seconds: with less nothing is said */

/* The host's suspends count, so they are gaps. */
static int64_t found_now(const struct picture *picture)
{
	return picture->now + picture->slept;
}

/* ---- what is told ---- */

static json_t *found_object(const struct early_finding *finding)
{
	return json_pack("{s:s*, s:s, s:s}", "system",
	                 finding->of.system[0] != '\0' ? finding->of.system : NULL, "found",
	                 early_word(finding->kind), "text", finding->text);
}

static void found_told(void *to, const struct early_finding *finding, bool over)
{
	struct picture *picture = to;
	json_t *event = found_object(finding);

	picture->revision++;
	picture->changed = true;
	if (event == NULL)
		return;
	(void)json_object_set_new(event, "over", json_boolean(over));
	(void)json_object_set(event, "time_us", json_object_get(picture->list, "time_us"));
	events_add(picture->events, "found", json_dumps(event, PICTURE_WRITE));
	json_decref(event);
}

void found_wrong(const struct picture *picture, json_t *wrong)
{
	for (uint32_t i = 0; i < picture->early.count; i++)
		(void)json_array_append_new(wrong, found_object(&picture->early.findings[i]));
}

/* ---- what is fed ---- */

/* Only what a system did while it ran says what it usually does. */
static bool found_runs(const struct picture *picture, const char *name)
{
	const json_t *systems = json_object_get(picture->list, "partitions"), *system;

	for (size_t i = 0; i < json_array_size(systems); i++) {
		system = json_array_get(systems, i);
		if (strcmp(picture_string(system, "name"), name) == 0)
			return strcmp(picture_string(system, "state"), "running") == 0;
	}
	return false;
}

/* ---- the last seconds ---- */

struct found_recent {
	struct series_of of[EARLY_ROWS];
	struct early_recent recent[EARLY_ROWS];
	uint32_t count;
};

/* False: it wasn't seen for so long. */
static bool found_sum(struct early_recent *recent, const struct series_row *row, int64_t last)
{
	const bool core = row->of.kind == SERIES_CORE;
	uint64_t seen = 0, ran = 0, stolen = 0, exhausted = 0;
	uint32_t points = 0;

	for (int64_t number = last - EARLY_RECENT_S + 1; number <= last; number++) {
		const struct series_point point = series_point(row, SERIES_SECOND, number);

		points += point.seen > 0;
		seen += point.seen;
		ran += point.values[core ? RECORD_SERVICES : RECORD_RAN];
		stolen += core ? 0 : point.values[RECORD_STOLEN];
		exhausted += core ? 0 : point.values[RECORD_EXHAUSTED];
	}
	if (points < FOUND_SEEN)
		return false;
	recent->ran = (float)ran / (float)seen;
	recent->stolen = (float)stolen / (float)seen;
	recent->exhausted = (float)(exhausted * SERIES_UNIT_HZ) / (float)seen;
	return true;
}

static void found_add_recent(const struct picture *picture, struct found_recent *found,
                             enum series_kind kind, const json_t *from)
{
	const char *number = kind == SERIES_CORE ? "core" : "vcpu";
	struct early_recent *recent = &found->recent[found->count];
	struct series_of *of = &found->of[found->count];
	const struct series_row *row = NULL;

	if (found->count == EARLY_ROWS)
		return;
	if (kind == SERIES_VCPU && !found_runs(picture, picture_string(from, "partition")))
		return;
	if (record_of(of, kind, picture_string(from, "partition"),
	              (uint64_t)json_integer_value(json_object_get(from, number))))
		row = series_find(&picture->series, of);
	if (row == NULL)
		return;
	*recent = (struct early_recent){
	    .of = of, .core = (uint32_t)json_integer_value(json_object_get(from, "core"))};
	found->count += found_sum(recent, row, (found_now(picture) - FOUND_LATE_MS) / 1000) ? 1 : 0;
}

static void found_recent(struct picture *picture)
{
	const json_t *vcpus = json_object_get(picture->accounts, "vcpus");
	const json_t *cores = json_object_get(picture->accounts, "cores");
	struct found_recent found = {.count = 0};

	for (size_t i = 0; i < json_array_size(vcpus); i++)
		found_add_recent(picture, &found, SERIES_VCPU, json_array_get(vcpus, i));
	for (size_t i = 0; i < json_array_size(cores); i++)
		found_add_recent(picture, &found, SERIES_CORE, json_array_get(cores, i));
	early_recent(&picture->early, found.recent, found.count,
	             found_now(picture) + picture->local);
}

/* ---- minutes ---- */

/* The point of this minute; false: it is a gap. */
static bool found_point(const struct picture *picture, const struct series_of *of, int64_t minute,
                        struct series_point *point)
{
	const struct series_row *row = series_find(&picture->series, of);

	if (row != NULL)
		*point = series_point(row, SERIES_MINUTE, minute);
	return row != NULL && point->seen > 0;
}

static float found_share(const struct series_point *point, uint32_t value)
{
	return (float)point->values[value] / (float)point->seen;
}

/* How often in a second. */
static float found_rate(const struct series_point *point, uint32_t value)
{
	return SERIES_UNIT_HZ * found_share(point, value);
}

/* A core that its one vCPU has alone is seen to be idle by nobody. */
static bool found_idle_seen(const json_t *cores, uint32_t number)
{
	for (size_t i = 0; i < json_array_size(cores); i++) {
		const json_t *core = json_array_get(cores, i);

		if (json_integer_value(json_object_get(core, "core")) == number)
			return json_is_true(json_object_get(core, "idle_seen"));
	}
	return false;
}

static void found_vcpu(struct picture *picture, const json_t *vcpu, int64_t minute)
{
	const char *system = picture_string(vcpu, "partition");
	struct early_vcpu values;
	struct series_point point;
	struct series_of of;

	if (!record_of(&of, SERIES_VCPU, system,
	               (uint64_t)json_integer_value(json_object_get(vcpu, "vcpu"))) ||
	    !found_runs(picture, system) || !found_point(picture, &of, minute, &point))
		return;
	values.core = (uint32_t)json_integer_value(json_object_get(vcpu, "core"));
	values.idle_seen =
	    found_idle_seen(json_object_get(picture->accounts, "cores"), values.core);
	values.ran = found_share(&point, RECORD_RAN);
	values.stolen = found_share(&point, RECORD_STOLEN);
	values.switches = found_rate(&point, RECORD_SWITCHES);
	values.moves = found_rate(&point, RECORD_MOVES);
	values.exhausted = found_rate(&point, RECORD_EXHAUSTED);
	values.misses = found_rate(&point, RECORD_MISSES);
	early_feed_vcpu(&picture->early, &of, &values);
}

static void found_core(struct picture *picture, const json_t *core, int64_t minute)
{
	struct series_point point;
	struct series_of of;

	if (record_of(&of, SERIES_CORE, "",
	              (uint64_t)json_integer_value(json_object_get(core, "core"))) &&
	    found_point(picture, &of, minute, &point))
		early_feed_core(&picture->early, &of, found_share(&point, RECORD_SERVICES));
}

static void found_system(struct picture *picture, const json_t *system, int64_t minute)
{
	struct series_point point;
	struct series_of of;

	if (record_of(&of, SERIES_SYSTEM, picture_string(system, "name"), 0) &&
	    found_point(picture, &of, minute, &point))
		early_feed_system(&picture->early, &of, (float)point.values[RECORD_STARTS]);
}

static void found_minute(struct picture *picture, int64_t minute)
{
	const json_t *vcpus = json_object_get(picture->accounts, "vcpus");
	const json_t *cores = json_object_get(picture->accounts, "cores");
	const json_t *systems = json_object_get(picture->list, "partitions");

	if (!early_minute(&picture->early, minute + picture->local / FOUND_MINUTE_MS))
		return;
	for (size_t i = 0; i < json_array_size(vcpus); i++)
		found_vcpu(picture, json_array_get(vcpus, i), minute);
	for (size_t i = 0; i < json_array_size(cores); i++)
		found_core(picture, json_array_get(cores, i), minute);
	for (size_t i = 0; i < json_array_size(systems); i++)
		found_system(picture, json_array_get(systems, i), minute);
}

/* ---- beginning, turn and end ---- */

/* Minutes that nothing was asked in are gaps, and stay such. */
void found_turn(struct picture *picture)
{
	const int64_t minute = (found_now(picture) - FOUND_LATE_MS) / FOUND_MINUTE_MS - 1;

	found_recent(picture);
	if (minute > picture->found)
		found_minute(picture, minute);
	picture->found = minute;
}

void found_start(struct picture *picture)
{
	early_start(&picture->early, found_told, picture);
}

void found_free(struct picture *picture)
{
	early_free(&picture->early);
}
