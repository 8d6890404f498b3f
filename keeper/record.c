/* From documents to series, and from series to a document: see record.h. */
#include <keeper/record.h>
#include <string.h>

#define RECORD_DIGITS  JSON_REAL_PRECISION(5)
#define RECORD_LATE_MS 2000 /* by then a second's sums have come */

static const struct record_what record_whats[] = {
    {"ran", SERIES_VCPU, RECORD_RAN, true},
    {"stolen", SERIES_VCPU, RECORD_STOLEN, true},
    {"waiting", SERIES_VCPU, RECORD_WAITING, true},
    {"switches", SERIES_VCPU, RECORD_SWITCHES, false},
    {"moves", SERIES_VCPU, RECORD_MOVES, false},
    {"misses", SERIES_VCPU, RECORD_MISSES, false},
    {"exhausted", SERIES_VCPU, RECORD_EXHAUSTED, false},
    {"starts", SERIES_SYSTEM, RECORD_STARTS, false},
    {"services", SERIES_CORE, RECORD_SERVICES, true},
    {"idle", SERIES_CORE, RECORD_IDLE, true},
    {"off", SERIES_CORE, RECORD_OFF, true},
};

const struct record_what *record_what(bool core, const char *word)
{
	for (size_t i = 0; i < sizeof(record_whats) / sizeof(record_whats[0]); i++)
		if ((record_whats[i].kind == SERIES_CORE) == core &&
		    strcmp(record_whats[i].word, word) == 0)
			return &record_whats[i];
	return NULL;
}

const char *record_words(bool core)
{
	return core ? "services, idle or off"
	            : "ran, stolen, waiting, switches, moves, misses, exhausted or starts";
}

/* ---- documents that come ---- */

static uint64_t record_count(const json_t *row, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(row, key));
}

/* A time in units of the series. */
static uint64_t record_units(uint64_t ticks, uint64_t hz)
{
	return ticks / hz * SERIES_UNIT_HZ + ticks % hz * SERIES_UNIT_HZ / hz;
}

bool record_of(struct series_of *of, enum series_kind kind, const char *system, uint64_t number)
{
	*of = (struct series_of){.kind = kind, .number = (uint32_t)number};
	if (strlen(system) >= sizeof(of->system))
		return false;
	memcpy(of->system, system, strlen(system) + 1);
	return (kind == SERIES_CORE) == (*system == '\0');
}

/* The host's suspends count, so they are gaps. */
static int64_t record_now(const struct picture *picture)
{
	return picture->now + picture->slept;
}

void record_list(struct picture *picture, const json_t *list)
{
	const json_t *systems = json_object_get(list, "partitions"), *system;
	struct series_sums sums = {.clock = record_units(record_count(list, "time_us"), 1000000)};
	struct series_of of;

	for (size_t i = 0; i < json_array_size(systems); i++) {
		system = json_array_get(systems, i);
		sums.values[RECORD_STARTS] = record_count(system, "starts");
		if (record_of(&of, SERIES_SYSTEM, picture_string(system, "name"), 0))
			series_feed(&picture->series, &of, &sums, record_now(picture));
	}
}

static void record_vcpu(struct picture *picture, const json_t *vcpu, uint64_t clock, uint64_t hz)
{
	struct series_sums sums = {
	    .clock = clock,
	    .values = {
	        [RECORD_RAN] = record_units(record_count(vcpu, "ran"), hz),
	        [RECORD_STOLEN] = record_units(record_count(vcpu, "stolen"), hz),
	        [RECORD_SWITCHES] = record_count(vcpu, "switches"),
	        [RECORD_MOVES] = record_count(vcpu, "moves"),
	        [RECORD_MISSES] = record_count(vcpu, "misses"),
	        [RECORD_EXHAUSTED] = record_count(vcpu, "exhausted"),
	    }};
	struct series_of of;

	if (record_of(&of, SERIES_VCPU, picture_string(vcpu, "partition"),
	              record_count(vcpu, "vcpu")))
		series_feed(&picture->series, &of, &sums, record_now(picture));
}

static void record_core(struct picture *picture, const json_t *core, uint64_t clock, uint64_t hz)
{
	struct series_sums sums = {
	    .clock = clock,
	    .values = {
	        [RECORD_SERVICES] = record_units(record_count(core, "services"), hz),
	        [RECORD_IDLE] = record_units(record_count(core, "idle"), hz),
	        [RECORD_OFF] = record_units(record_count(core, "off"), hz),
	    }};
	struct series_of of;

	if (record_of(&of, SERIES_CORE, "", record_count(core, "core")))
		series_feed(&picture->series, &of, &sums, record_now(picture));
}

void record_accounts(struct picture *picture, const json_t *accounts)
{
	const json_t *vcpus = json_object_get(accounts, "vcpus");
	const json_t *cores = json_object_get(accounts, "cores");
	const uint64_t hz = record_count(accounts, "counter_hz");
	uint64_t clock;

	if (hz == 0)
		return;
	clock = record_units(record_count(accounts, "counter"), hz);
	for (size_t i = 0; i < json_array_size(vcpus); i++)
		record_vcpu(picture, json_array_get(vcpus, i), clock, hz);
	for (size_t i = 0; i < json_array_size(cores); i++)
		record_core(picture, json_array_get(cores, i), clock, hz);
}

/* ---- what is asked for ---- */

/* The rows that are told together: one, or those of a system's vCPUs. */
struct record_rows {
	const struct series_row *rows[BUNDLE_VCPUS_MAX];
	uint32_t count;
};

static struct record_rows record_rows(const struct picture *picture, const struct record_ask *ask)
{
	const bool all = ask->what->kind == SERIES_VCPU && !ask->one;
	const uint32_t end = all ? BUNDLE_VCPUS_MAX : ask->number + 1;
	struct record_rows found = {.count = 0};
	struct series_of of;

	for (uint32_t i = all ? 0 : ask->number; i < end; i++) {
		if (record_of(&of, ask->what->kind, ask->system, i))
			found.rows[found.count] = series_find(&picture->series, &of);
		found.count += found.rows[found.count] != NULL;
	}
	return found;
}

bool record_has(const struct picture *picture, const struct record_ask *ask)
{
	return record_rows(picture, ask).count > 0 ||
	       (!ask->one && picture_has(picture, ask->system));
}

bool record_is_hidden(const struct picture *picture, const struct record_ask *ask)
{
	const json_t *cores = json_object_get(picture->accounts, "cores"), *core;

	if (ask->what->kind != SERIES_CORE || ask->what->value != RECORD_IDLE)
		return false;
	for (size_t i = 0; i < json_array_size(cores); i++) {
		core = json_array_get(cores, i);
		if (record_count(core, "core") == ask->number)
			return json_is_false(json_object_get(core, "idle_seen"));
	}
	return false;
}

static uint32_t record_value(const struct series_point *point, uint32_t value)
{
	const uint64_t used = (uint64_t)point->values[RECORD_RAN] + point->values[RECORD_STOLEN];

	if (value != RECORD_WAITING)
		return point->values[value];
	return used < point->seen ? point->seen - (uint32_t)used : 0;
}

/* The sum over the rows; null: none was seen. */
static json_t *record_point(const struct record_rows *from, const struct record_ask *ask,
                            int64_t number)
{
	double share = 0;
	json_int_t count = 0;
	bool seen = false;

	for (uint32_t i = 0; i < from->count; i++) {
		const struct series_point point = series_point(from->rows[i], ask->level, number);

		if (point.seen == 0)
			continue;
		seen = true;
		count += record_value(&point, ask->what->value);
		share += (double)record_value(&point, ask->what->value) / point.seen;
	}
	if (!seen)
		return json_null();
	return ask->what->time ? json_real(share) : json_integer(count);
}

/* The number of the first point of the answer. */
static int64_t record_first(const struct record_ask *ask, int64_t now, int64_t last)
{
	const int64_t step = series_step_ms(ask->level);
	const int64_t oldest = last - series_count(ask->level) + 1;
	const int64_t from = now - (ask->now_ms - ask->from_ms);
	const int64_t wanted = ask->whole || from < 0 ? 0 : from / step;
	const int64_t first = wanted > oldest ? wanted : oldest;

	return first > 0 ? first : 0;
}

char *record_text(const struct picture *picture, const struct record_ask *ask)
{
	const struct record_rows rows = record_rows(picture, ask);
	const int64_t now = record_now(picture), step = series_step_ms(ask->level);
	const int64_t last = (now - RECORD_LATE_MS) / step, first = record_first(ask, now, last);
	const bool core = ask->what->kind == SERIES_CORE;
	json_t *values = json_array(), *document;
	char *text;

	for (int64_t number = first; number <= last; number++)
		(void)json_array_append_new(values, record_point(&rows, ask, number));
	document = json_pack("{s:i, s:s, s:s*, s:s, s:s, s:I, s:I, s:o}", "schema", 1, "document",
	                     "series", "system", core ? NULL : ask->system, "what", ask->what->word,
	                     "unit", ask->what->time ? "share" : "count", "step",
	                     (json_int_t)(step / 1000), "from_ms",
	                     (json_int_t)(ask->now_ms - (now - first * step)), "values", values);
	if (document != NULL && (core || ask->one))
		(void)json_object_set_new(document, core ? "core" : "vcpu",
		                          json_integer(ask->number));
	text = document != NULL ? json_dumps(document, PICTURE_WRITE | RECORD_DIGITS) : NULL;
	json_decref(document);
	return text;
}
