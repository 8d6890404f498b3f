/* The RTOS's part of the Common Trace Format: stream 1, with a file for each CPU. Processes have
 * names instead of numbers, as the RTOS uses a number again for another process. */
#include "ctf.h"
#include "rtos.h"
#include <string.h>

static const char rtos_ctf_stream[] =
    "stream {\n"
    "\tid = 1;\n" CTF_STREAM "\tevent.context := struct { string who; };\n"
    "};\n";

/* Writes the description of an event type. Each has two fields, whose names depend on the type. */
static void rtos_ctf_event(uint8_t type, FILE *out)
{
	const struct rtostrace_words *words = rtostrace_words(type);

	fprintf(out, "event {\n\tname = \"rtos_%s\";\n\tid = %u;\n\tstream_id = 1;\n", words->name,
	        type);
	if (rtostrace_has_thread(type))
		fprintf(out, "\tfields := struct { uint32_t _%s; uint32_t _%s; };\n};\n",
		        words->small ? words->small : "none",
		        words->rest ? words->rest : "nothing");
	else
		fputs("\tfields := struct { hex32 high; hex32 low; };\n};\n", out);
}

void trace_rtos_ctf_metadata(FILE *out)
{
	fputs(rtos_ctf_stream, out);
	rtos_ctf_event(0, out);
	for (uint32_t type = RTOS_EVENT_FIRST; type < RTOS_EVENT_LIMIT; type++)
		rtos_ctf_event((uint8_t)type, out);
}

static uint8_t rtos_ctf_id(const struct trace_event *event)
{
	const uint8_t type = TRACE_TYPE(event);

	return type >= RTOS_EVENT_FIRST && type < RTOS_EVENT_LIMIT ? type : 0;
}

static size_t rtos_ctf_size(const struct trace_rtos_reader *reader, const struct trace_event *event)
{
	char words[TRACE_WORDS_MAX];

	return 1 + 8 + strlen(trace_rtos_who(reader, event, words)) + 1 + 4 + 4;
}

static void rtos_ctf_put(const struct trace_set *set, const struct trace_rtos_reader *reader,
                         const struct trace_event *event, FILE *out)
{
	const bool halves = !rtostrace_has_thread(TRACE_TYPE(event));
	char words[TRACE_WORDS_MAX];

	trace_rtos_who(reader, event, words);
	ctf_put(out, rtos_ctf_id(event), 1);
	ctf_put(out, trace_set_ticks(set, event), 8);
	fwrite(words, 1, strlen(words) + 1, out);
	ctf_put(out, halves ? event->data >> 32 : RTOS_EVENT_SMALL(event->data), 4);
	ctf_put(out, RTOS_EVENT_REST(event->data), 4);
}

bool trace_rtos_ctf_stream(const struct trace_set *set, uint32_t number, FILE *out)
{
	const struct trace_core *cpu = &set->rtos->cpu[number];
	const uint64_t end = trace_set_ticks(set, &cpu->events[cpu->count - 1]);
	struct trace_rtos_reader reader;
	const struct trace_event *event;
	uint64_t size = CTF_PACKET;

	trace_rtos_begin(set, &reader);
	while ((event = trace_rtos_next(set, &reader)) != NULL)
		size += reader.cpu == number ? rtos_ctf_size(&reader, event) : 0;
	ctf_put_packet(1, trace_set_ticks(set, &cpu->events[0]), end, size, number, out);
	trace_rtos_begin(set, &reader);
	while ((event = trace_rtos_next(set, &reader)) != NULL)
		if (reader.cpu == number)
			rtos_ctf_put(set, &reader, event, out);
	return !ferror(out);
}
