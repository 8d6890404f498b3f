/* The RTOS's part of trace.json: a process beside the frame's, with a thread for each CPU. A
 * program's run is a slice, an event is an instant, and a call goes from its beginning to its
 * end. */
#include "json.h"
#include "rtos.h"
#include <string.h>

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
