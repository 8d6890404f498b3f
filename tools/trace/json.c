/*
 * Writes Chrome's trace-event format, which Perfetto (ui.perfetto.dev) reads. A core is a thread, a
 * stretch in which it ran one context or was off is a slice, and an event is an instant. A vCPU's
 * wait for a core is a slice on a track of its own. A counter says how many cores are on.
 */
#include "rtos.h"
#include <host/jsonfile.h>
#include <lib/tracewords.h>
#include <string.h>

#define JSON_FRAME 1     /* the frame's number as a process */
#define JSON_OFF   0x100 /* in the place of a context: the core is off */

/* Times are microseconds. Three decimals are enough: they are finer than the counter. */
static void json_time(struct json *json, const char *key, uint64_t nanoseconds)
{
	json_decimal(json, key, nanoseconds, 3);
}

static void json_event(struct json *json, const char *phase, const char *category, const char *name)
{
	json_object(json, NULL);
	json_string(json, "ph", phase);
	json_string(json, "cat", category);
	json_string(json, "name", name);
}

static void json_place(struct json *json, uint32_t process, uint32_t thread)
{
	json_number(json, "pid", process);
	json_number(json, "tid", thread);
}

static void json_called(struct json *json, const char *what, uint32_t process, uint32_t thread,
                        const char *name)
{
	json_object(json, NULL);
	json_string(json, "ph", "M");
	json_string(json, "name", what);
	json_place(json, process, thread);
	json_object(json, "args");
	json_string(json, "name", name);
	json_end(json);
	json_end(json);
}

static void json_slice(const struct trace_set *set, uint32_t core, uint32_t context, uint64_t begin,
                       uint64_t end, struct json *json)
{
	char words[TRACE_WORDS_MAX];

	json_event(json, "X", "run",
	           context == JSON_OFF ? "off" : trace_context(set, (uint8_t)context, words));
	json_place(json, JSON_FRAME, core);
	json_time(json, "ts", begin);
	json_time(json, "dur", end - begin);
	json_end(json);
}

static void json_instant(const struct trace_set *set, uint32_t core,
                         const struct trace_event *event, struct json *json)
{
	char words[TRACE_WORDS_MAX];

	json_event(json, "i", "frame", trace_type_name(TRACE_TYPE(event)));
	json_string(json, "s", "t");
	json_place(json, JSON_FRAME, core);
	json_time(json, "ts", trace_set_time(set, event));
	json_object(json, "args");
	json_string(json, "context", trace_context(set, TRACE_VCPU(event), words));
	json_string(json, "what", trace_words(set, event, words));
	json_end(json);
	json_end(json);
}

static bool json_goes_off(const struct trace_event *event)
{
	return TRACE_TYPE(event) == TRACE_CORE && event->data == 0;
}

static bool json_comes_on(const struct trace_event *event)
{
	return TRACE_TYPE(event) == TRACE_CORE && event->data != 0;
}

/* What the core does before its first event, and after it. */
static uint32_t json_first(const struct trace_event *event)
{
	return json_comes_on(event) ? JSON_OFF : TRACE_VCPU(event);
}

/* What the core does after the event, if it did `running` before. */
static uint32_t json_next(const struct trace_event *event, uint32_t running)
{
	if (json_goes_off(event))
		return JSON_OFF;
	return TRACE_TYPE(event) == TRACE_SWITCH || json_comes_on(event) ? TRACE_VCPU(event)
	                                                                 : running;
}

/* Writes a core's slices and events. A context runs until the next switch; a core stays off until
 * it tells that it is on, at most to the end of the trace. */
static void json_core(const struct trace_set *set, uint32_t number, struct json *json)
{
	const struct trace_core *core = &set->core[number];
	uint64_t begin = 0, now = 0;
	uint32_t running = TRACE_NO_VCPU;
	char name[32];

	(void)snprintf(name, sizeof(name), "core %u", number);
	json_called(json, "thread_name", JSON_FRAME, number, name);
	for (size_t i = 0; i < core->count; i++) {
		const struct trace_event *event = &core->events[i];
		const uint32_t before = i == 0 ? json_first(event) : running;

		now = trace_set_time(set, event);
		running = json_next(event, before);
		if (i == 0) {
			begin = now;
		} else if (TRACE_TYPE(event) == TRACE_SWITCH || running != before) {
			json_slice(set, number, before, begin, now, json);
			begin = now;
		}
		json_instant(set, number, event, json);
	}
	if (core->count)
		json_slice(set, number, running, begin,
		           running == JSON_OFF ? trace_set_nanoseconds(set, set->end) : now, json);
}

/* ---- of all cores ---- */

static void json_wait_end(const struct trace_set *set, const struct trace_wait *wait, bool begins,
                          struct json *json)
{
	char words[TRACE_WORDS_MAX], name[TRACE_WORDS_MAX + 8];

	(void)snprintf(name, sizeof(name), "%s waits", trace_context(set, wait->vcpu, words));
	json_event(json, begins ? "b" : "e", "wait", name);
	json_number(json, "id", wait->vcpu);
	json_place(json, JSON_FRAME, wait->core);
	json_time(json, "ts", trace_set_nanoseconds(set, begins ? wait->from : wait->to));
	json_end(json);
}

static void json_waits(const struct trace_set *set, struct json *json)
{
	struct trace_cursor cursor = {0};
	struct trace_story story;
	struct trace_wait wait;
	const struct trace_event *event;

	trace_story_begin(&story);
	while ((event = trace_next(set, &cursor)) != NULL) {
		if (!trace_story_event(set, &story, event, cursor.core, &wait))
			continue;
		json_wait_end(set, &wait, true, json);
		json_wait_end(set, &wait, false, json);
	}
}

static void json_cores_on(const struct trace_set *set, const bool off[BUNDLE_CORES_MAX],
                          uint64_t now, struct json *json)
{
	uint32_t on = 0;

	for (uint32_t i = 0; i < set->welcome.cores; i++)
		on += !off[i];
	json_event(json, "C", "power", "cores on");
	json_place(json, JSON_FRAME, 0);
	json_time(json, "ts", now);
	json_object(json, "args");
	json_number(json, "cores", on);
	json_end(json);
	json_end(json);
}

static void json_power(const struct trace_set *set, struct json *json)
{
	bool off[BUNDLE_CORES_MAX] = {false};
	struct trace_cursor cursor = {0};
	const struct trace_event *event;

	for (uint32_t i = 0; i < set->welcome.cores; i++)
		off[i] = set->core[i].count && json_first(set->core[i].events) == JSON_OFF;
	json_cores_on(set, off, 0, json);
	while ((event = trace_next(set, &cursor)) != NULL) {
		if (TRACE_TYPE(event) != TRACE_CORE)
			continue;
		off[cursor.core] = json_goes_off(event);
		json_cores_on(set, off, trace_set_time(set, event), json);
	}
}

bool trace_write_json(const struct trace_set *set, FILE *out)
{
	struct json json = jsonfile(out);

	json_object(&json, NULL);
	json_string(&json, "displayTimeUnit", "ns");
	json_rows(&json, "traceEvents");
	json_called(&json, "process_name", JSON_FRAME, 0, set->welcome.system);
	for (uint32_t i = 0; i < set->welcome.cores; i++)
		json_core(set, i, &json);
	json_waits(set, &json);
	if (set->welcome.cores)
		json_power(set, &json);
	if (set->rtos)
		trace_rtos_json(set, &json);
	json_end(&json);
	json_end(&json);
	return !ferror(out);
}

/* ---- the RTOS's part ---- */

#define JSON_RTOS 2 /* the RTOS's number as a process */

struct json_lane {
	char name[TRACE_WORDS_MAX]; /* the running process; "": not known yet */
	uint64_t since;
};

static void rtos_slice(uint32_t cpu, const struct json_lane *lane, uint64_t now, struct json *json)
{
	if (lane->name[0] == '\0')
		return;
	json_event(json, "X", "rtos", lane->name);
	json_place(json, JSON_RTOS, cpu);
	json_time(json, "ts", lane->since);
	json_time(json, "dur", now - lane->since);
	json_end(json);
}

static void rtos_instant(const struct trace_set *set, const struct trace_rtos_reader *reader,
                         const struct trace_event *event, struct json *json)
{
	char words[TRACE_WORDS_MAX];

	json_event(json, "i", "rtos", rtostrace_words(TRACE_TYPE(event))->name);
	json_string(json, "s", "t");
	json_place(json, JSON_RTOS, reader->cpu);
	json_time(json, "ts", trace_set_time(set, event));
	json_object(json, "args");
	json_string(json, "who", trace_rtos_who(reader, event, words));
	json_string(json, "what", trace_rtos_words(reader, event, words));
	json_end(json);
	json_end(json);
}

/* Writes a call's beginning, or its end: its answer by any server. */
static void rtos_call(const struct trace_set *set, const struct trace_event *event, uint32_t cpu,
                      struct json *json)
{
	const bool begins = TRACE_TYPE(event) == RTOS_EVENT_CALL;

	if (!begins && TRACE_TYPE(event) != RTOS_EVENT_ANSWER &&
	    TRACE_TYPE(event) != RTOS_EVENT_OVER)
		return;
	json_event(json, begins ? "b" : "e", "call", "call");
	json_number(json, "id", RTOS_EVENT_REST(event->data));
	json_place(json, JSON_RTOS, cpu);
	json_time(json, "ts", trace_set_time(set, event));
	json_end(json);
}

void trace_rtos_json(const struct trace_set *set, struct json *json)
{
	struct trace_rtos_reader reader;
	struct json_lane lanes[RTOS_CPUS_MAX];
	const struct trace_event *event;
	uint64_t now = 0;

	memset(lanes, 0, sizeof(lanes));
	json_called(json, "process_name", JSON_RTOS, 0, "RTOS");
	for (uint32_t i = 0; i < set->rtos->cpus; i++) {
		char name[32];

		snprintf(name, sizeof(name), "CPU %u", i);
		json_called(json, "thread_name", JSON_RTOS, i, name);
	}
	trace_rtos_begin(set, &reader);
	while ((event = trace_rtos_next(set, &reader)) != NULL) {
		struct json_lane *lane = &lanes[reader.cpu];

		now = trace_set_time(set, event);
		if (TRACE_TYPE(event) == RTOS_EVENT_SWITCH) {
			rtos_slice(reader.cpu, lane, now, json);
			trace_rtos_who(&reader, event, lane->name);
			lane->since = now;
		}
		rtos_instant(set, &reader, event, json);
		rtos_call(set, event, reader.cpu, json);
	}
	for (uint32_t i = 0; i < set->rtos->cpus; i++)
		rtos_slice(i, &lanes[i], now, json);
}
