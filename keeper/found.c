/* From the series to early.h, and from there to events and sentences: see found.h. */
#include <keeper/found.h>
#include <keeper/record.h>
#include <string.h>

#define FOUND_LATE_MS 2000 /* by then a second's sums have come */

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

/* ---- the last seconds ---- */

struct found_recent {
	struct series_of of[EARLY_ROWS];
	struct early_recent recent[EARLY_ROWS];
	uint32_t count;
};

static float found_seconds(uint32_t units)
{
	return (float)units / SERIES_UNIT_HZ;
}

static void found_sum(struct early_recent *recent, const struct series_row *row, int64_t last)
{
	struct series_point point;

	for (int64_t number = last - EARLY_RECENT_S + 1; number <= last; number++) {
		point = series_point(row, SERIES_SECOND, number);
		recent->seconds += found_seconds(point.seen);
		if (row->of.kind == SERIES_CORE) {
			recent->ran += found_seconds(point.values[RECORD_SERVICES]);
			continue;
		}
		recent->ran += found_seconds(point.values[RECORD_RAN]);
		recent->stolen += found_seconds(point.values[RECORD_STOLEN]);
		recent->exhausted += (float)point.values[RECORD_EXHAUSTED];
	}
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
	if (record_of(of, kind, picture_string(from, "partition"),
	              (uint64_t)json_integer_value(json_object_get(from, number))))
		row = series_find(&picture->series, of);
	if (row == NULL)
		return;
	*recent = (struct early_recent){
	    .of = of, .core = (uint32_t)json_integer_value(json_object_get(from, "core"))};
	found_sum(recent, row, (found_now(picture) - FOUND_LATE_MS) / 1000);
	found->count++;
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

/* ---- beginning, turn and end ---- */

void found_turn(struct picture *picture)
{
	found_recent(picture);
}

void found_start(struct picture *picture)
{
	early_start(&picture->early, found_told, picture);
}

void found_free(struct picture *picture)
{
	early_free(&picture->early);
}
