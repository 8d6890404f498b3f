/*
 * The trace-event format of Chrome, which Perfetto (ui.perfetto.dev) reads: a thread for each core,
 * a slice for each stretch in which it ran one context, an instant for each event.
 */
#include "json.h"
#include "rtos.h"
#include <lib/tracewords.h>

void json_string(FILE *out, const char *text)
{
	putc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putc('\\', out);
		putc(*text < ' ' || *text > '~' ? '?' : *text, out);
	}
	putc('"', out);
}

/* Times are microseconds; three decimals are the counter's own resolution and more. */
void json_time(FILE *out, const char *key, uint64_t nanoseconds)
{
	fprintf(out, ", \"%s\": %llu.%03llu", key, (unsigned long long)(nanoseconds / 1000),
	        (unsigned long long)(nanoseconds % 1000));
}

void json_name(const char *what, uint32_t process, uint32_t thread, const char *name, FILE *out)
{
	fprintf(out,
	        ",\n{\"ph\": \"M\", \"name\": \"%s\", \"pid\": %u, \"tid\": %u, "
	        "\"args\": {\"name\": ",
	        what, process, thread);
	json_string(out, name);
	fputs("}}", out);
}

static void json_slice(const struct trace_set *set, uint32_t core, uint8_t vcpu, uint64_t begin,
                       uint64_t end, FILE *out)
{
	char words[TRACE_WORDS_MAX];

	fputs(",\n{\"ph\": \"X\", \"cat\": \"run\", \"name\": ", out);
	json_string(out, trace_context(set, vcpu, words));
	fprintf(out, ", \"pid\": 1, \"tid\": %u", core);
	json_time(out, "ts", begin);
	json_time(out, "dur", end - begin);
	putc('}', out);
}

static void json_instant(const struct trace_set *set, uint32_t core,
                         const struct trace_event *event, FILE *out)
{
	char words[TRACE_WORDS_MAX];

	fputs(",\n{\"ph\": \"i\", \"s\": \"t\", \"cat\": \"frame\", \"name\": ", out);
	json_string(out, trace_type_name(TRACE_TYPE(event)));
	fprintf(out, ", \"pid\": 1, \"tid\": %u", core);
	json_time(out, "ts", trace_set_time(set, event));
	fputs(", \"args\": {\"context\": ", out);
	json_string(out, trace_context(set, TRACE_VCPU(event), words));
	fputs(", \"what\": ", out);
	json_string(out, trace_words(set, event, words));
	fputs("}}", out);
}

/* A context runs until the next switch; the first event tells which context ran before it. */
static void json_core(const struct trace_set *set, uint32_t number, FILE *out)
{
	const struct trace_core *core = &set->core[number];
	uint64_t begin = 0;
	uint8_t running = TRACE_NO_VCPU;

	fprintf(out,
	        ",\n{\"ph\": \"M\", \"name\": \"thread_name\", \"pid\": 1, \"tid\": %u, "
	        "\"args\": {\"name\": \"core %u\"}}",
	        number, number);
	for (size_t i = 0; i < core->count; i++) {
		const struct trace_event *event = &core->events[i];
		uint64_t now = trace_set_time(set, event);

		if (i == 0) {
			running = TRACE_VCPU(event);
			begin = now;
		} else if (TRACE_TYPE(event) == TRACE_SWITCH) {
			json_slice(set, number, running, begin, now, out);
			running = TRACE_VCPU(event);
			begin = now;
		}
		json_instant(set, number, event, out);
	}
	if (core->count)
		json_slice(set, number, running, begin,
		           trace_set_time(set, &core->events[core->count - 1]), out);
}

bool trace_write_json(const struct trace_set *set, FILE *out)
{
	fputs("{\"displayTimeUnit\": \"ns\", \"traceEvents\": [\n"
	      "{\"ph\": \"M\", \"name\": \"process_name\", \"pid\": 1, \"args\": {\"name\": ",
	      out);
	json_string(out, set->welcome.system);
	fputs("}}", out);
	for (uint32_t i = 0; i < set->welcome.cores; i++)
		json_core(set, i, out);
	if (set->rtos)
		trace_rtos_json(set, out);
	fputs("\n]}\n", out);
	return !ferror(out);
}
