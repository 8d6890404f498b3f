/*
 * Writes Chrome's trace-event format, which Perfetto (ui.perfetto.dev) reads. A core is a thread, a
 * stretch in which it ran one context is a slice, and an event is an instant.
 */
#include "json.h"
#include "rtos.h"
#include <host/jsonfile.h>
#include <lib/tracewords.h>

#define JSON_FRAME 1 /* the frame's number as a process */

/* Times are microseconds. Three decimals are enough: they are finer than the counter. */
void json_time(struct json *json, const char *key, uint64_t nanoseconds)
{
	json_decimal(json, key, nanoseconds, 3);
}

void json_event(struct json *json, const char *phase, const char *category, const char *name)
{
	json_object(json, NULL);
	json_string(json, "ph", phase);
	json_string(json, "cat", category);
	json_string(json, "name", name);
}

void json_place(struct json *json, uint32_t process, uint32_t thread)
{
	json_number(json, "pid", process);
	json_number(json, "tid", thread);
}

void json_called(struct json *json, const char *what, uint32_t process, uint32_t thread,
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

static void json_slice(const struct trace_set *set, uint32_t core, uint8_t vcpu, uint64_t begin,
                       uint64_t end, struct json *json)
{
	char words[TRACE_WORDS_MAX];

	json_event(json, "X", "run", trace_context(set, vcpu, words));
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

/* Writes a core's slices and events. A context runs until the next switch; the first event tells
 * which context ran before. */
static void json_core(const struct trace_set *set, uint32_t number, struct json *json)
{
	const struct trace_core *core = &set->core[number];
	uint64_t begin = 0;
	uint8_t running = TRACE_NO_VCPU;
	char name[32];

	(void)snprintf(name, sizeof(name), "core %u", number);
	json_called(json, "thread_name", JSON_FRAME, number, name);
	for (size_t i = 0; i < core->count; i++) {
		const struct trace_event *event = &core->events[i];
		uint64_t now = trace_set_time(set, event);

		if (i == 0) {
			running = TRACE_VCPU(event);
			begin = now;
		} else if (TRACE_TYPE(event) == TRACE_SWITCH) {
			json_slice(set, number, running, begin, now, json);
			running = TRACE_VCPU(event);
			begin = now;
		}
		json_instant(set, number, event, json);
	}
	if (core->count)
		json_slice(set, number, running, begin,
		           trace_set_time(set, &core->events[core->count - 1]), json);
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
	if (set->rtos)
		trace_rtos_json(set, &json);
	json_end(&json);
	json_end(&json);
	return !ferror(out);
}
