/* The RTOS's part of trace.json: a process beside the frame's, with a thread for each CPU, slices
 * of running programs, an instant for each event, and each call from its beginning to its end. */
#include "json.h"
#include "rtos.h"
#include <string.h>

#define JSON_RTOS 2 /* the process */

struct json_lane {
	char name[TRACE_WORDS_MAX]; /* the running process; "": not known yet */
	uint64_t since;
};

static void rtos_slice(uint32_t cpu, const struct json_lane *lane, uint64_t now, FILE *out)
{
	if (lane->name[0] == '\0')
		return;
	fputs(",\n{\"ph\": \"X\", \"cat\": \"rtos\", \"name\": ", out);
	json_string(out, lane->name);
	fprintf(out, ", \"pid\": %d, \"tid\": %u", JSON_RTOS, cpu);
	json_time(out, "ts", lane->since);
	json_time(out, "dur", now - lane->since);
	putc('}', out);
}

static void rtos_instant(const struct trace_set *set, const struct trace_rtos_reader *reader,
                         const struct trace_event *event, FILE *out)
{
	char words[TRACE_WORDS_MAX];

	fputs(",\n{\"ph\": \"i\", \"s\": \"t\", \"cat\": \"rtos\", \"name\": ", out);
	json_string(out, rtostrace_words(TRACE_TYPE(event))->name);
	fprintf(out, ", \"pid\": %d, \"tid\": %u", JSON_RTOS, reader->cpu);
	json_time(out, "ts", trace_set_time(set, event));
	fputs(", \"args\": {\"who\": ", out);
	json_string(out, trace_rtos_who(reader, event, words));
	fputs(", \"what\": ", out);
	json_string(out, trace_rtos_words(reader, event, words));
	fputs("}}", out);
}

/* From the call to its answer, by any server. */
static void rtos_call(const struct trace_set *set, const struct trace_event *event, uint32_t cpu,
                      FILE *out)
{
	const bool begins = TRACE_TYPE(event) == RTOS_EVENT_CALL;

	if (!begins && TRACE_TYPE(event) != RTOS_EVENT_ANSWER &&
	    TRACE_TYPE(event) != RTOS_EVENT_OVER)
		return;
	fprintf(
	    out,
	    ",\n{\"ph\": \"%c\", \"cat\": \"call\", \"name\": \"call\", \"id\": %u, \"pid\": %d, "
	    "\"tid\": %u",
	    begins ? 'b' : 'e', RTOS_EVENT_REST(event->data), JSON_RTOS, cpu);
	json_time(out, "ts", trace_set_time(set, event));
	putc('}', out);
}

void trace_rtos_json(const struct trace_set *set, FILE *out)
{
	struct trace_rtos_reader reader;
	struct json_lane lanes[RTOS_CPUS_MAX];
	const struct trace_event *event;
	uint64_t now = 0;

	memset(lanes, 0, sizeof(lanes));
	json_name("process_name", JSON_RTOS, 0, "RTOS", out);
	for (uint32_t i = 0; i < set->rtos->cpus; i++) {
		char name[32];

		snprintf(name, sizeof(name), "CPU %u", i);
		json_name("thread_name", JSON_RTOS, i, name, out);
	}
	trace_rtos_begin(set, &reader);
	while ((event = trace_rtos_next(set, &reader)) != NULL) {
		struct json_lane *lane = &lanes[reader.cpu];

		now = trace_set_time(set, event);
		if (TRACE_TYPE(event) == RTOS_EVENT_SWITCH) {
			rtos_slice(reader.cpu, lane, now, out);
			trace_rtos_who(&reader, event, lane->name);
			lane->since = now;
		}
		rtos_instant(set, &reader, event, out);
		rtos_call(set, event, reader.cpu, out);
	}
	for (uint32_t i = 0; i < set->rtos->cpus; i++)
		rtos_slice(i, &lanes[i], now, out);
}
