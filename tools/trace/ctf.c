/*
 * Common Trace Format 1.8 (diamon.org/ctf): a metadata file in a language of its own, and for each
 * core a stream file of one packet. Fields are whole bytes and aligned to bytes, so each is written
 * as it is.
 */
#include "rtos.h"
#include <lib/tracewords.h>
#include <string.h>

/* The fields of ctf_put_packet() and of an event's beginning, in the metadata's language. */
#define CTF_STREAM                                                                                 \
	"\tpacket.context := struct {\n"                                                           \
	"\t\tticks timestamp_begin;\n"                                                             \
	"\t\tticks timestamp_end;\n"                                                               \
	"\t\tuint64_t content_size;\n"                                                             \
	"\t\tuint64_t packet_size;\n"                                                              \
	"\t\tuint32_t cpu_id;\n"                                                                   \
	"\t};\n"                                                                                   \
	"\tevent.header := struct { uint8_t id; ticks timestamp; };\n"

/* Bytes before the first event: magic, stream, and the fields of ctf_put_packet(). */
#define CTF_PACKET (4 + 4 + 4 * 8 + 4)

#define CTF_MAGIC 0xc1fc1fc1u

static const char ctf_types[] = "/* CTF 1.8 */\n"
                                "typealias integer { size = 8; align = 8; } := uint8_t;\n"
                                "typealias integer { size = 32; align = 8; } := uint32_t;\n"
                                "typealias integer { size = 64; align = 8; } := uint64_t;\n"
                                "typealias integer { size = 32; align = 8; base = 16; } := hex32;\n"
                                "typealias integer { size = 64; align = 8; base = 16; } := hex64;\n"
                                "trace {\n"
                                "\tmajor = 1;\n"
                                "\tminor = 8;\n"
                                "\tbyte_order = le;\n"
                                "\tpacket.header := struct { uint32_t magic; uint32_t "
                                "stream_id; };\n"
                                "};\n";

static const char ctf_stream[] =
    "typealias integer { size = 64; align = 8; map = clock.counter.value; } := ticks;\n"
    "stream {\n"
    "\tid = 0;\n" CTF_STREAM "\tevent.context := struct { context who; };\n"
    "};\n";

/* The names of the data word's fields for each type: the whole word, or its high and low halves. */
struct ctf_fields {
	const char *whole, *high, *low;
};

static const struct ctf_fields ctf_fields[] = {
    [TRACE_EXIT] = {NULL, "hex32 esr", "hex32 pc_low"},
    [TRACE_INTERRUPT] = {NULL, NULL, "uint32_t intid"},
    [TRACE_INJECT] = {NULL, "uint32_t physical", "uint32_t intid"},
    [TRACE_SWITCH] = {NULL, NULL, NULL},
    [TRACE_MAIL] = {NULL, "hex32 uarts", "hex32 events"},
    [TRACE_VCPU_ON] = {"hex64 pc", NULL, NULL},
    [TRACE_VCPU_OFF] = {NULL, NULL, NULL},
    [TRACE_START] = {NULL, NULL, "uint32_t partition"},
    [TRACE_STOP] = {NULL, "uint32_t reason", "uint32_t partition"},
    [TRACE_FAULT] = {NULL, "hex32 esr", "hex32 address_low"},
    [TRACE_HYPERCALL] = {NULL, NULL, "hex32 function"},
    [TRACE_LIFE] = {NULL, "uint32_t state", "uint32_t partition"},
    [TRACE_READY] = {NULL, NULL, NULL},
    [TRACE_MOVE] = {NULL, "uint32_t from", "uint32_t to"},
    [TRACE_MISS] = {NULL, "uint32_t ran", "context32 who_ran"},
    [TRACE_EXHAUSTED] = {"uint64_t ran", NULL, NULL},
    [TRACE_REFILL] = {"uint64_t budget", NULL, NULL},
    [TRACE_PRIORITY] = {NULL, "uint32_t former", "uint32_t priority"},
    [TRACE_CORE] = {NULL, NULL, "uint32_t on"},
    [TRACE_HOLD] = {NULL, "uint32_t from", "uint32_t to"},
    [TRACE_TOLD] = {NULL, "uint32_t what", "uint32_t core"},
    [TRACE_KICK] = {NULL, "uint32_t queue", "uint32_t channel"},
    [TRACE_CARRY] = {NULL, "uint8_t taken; uint8_t delivered; uint8_t replayed; uint8_t dropped",
                     "uint8_t partition; uint8_t channel; uint8_t zero; uint8_t none"},
};
#define CTF_TYPES   (sizeof(ctf_fields) / sizeof(ctf_fields[0]))
#define CTF_UNKNOWN 0 /* TRACE_EMPTY is never in a set: its number stands for unknown types */

static uint8_t ctf_id(const struct trace_event *event)
{
	return TRACE_TYPE(event) < CTF_TYPES ? TRACE_TYPE(event) : CTF_UNKNOWN;
}

/* Writes a name as a string of the metadata language. */
static void ctf_string(FILE *out, const char *text)
{
	putc('"', out);
	for (; *text; text++)
		putc(*text < ' ' || *text > '~' || *text == '"' || *text == '\\' ? '?' : *text,
		     out);
	putc('"', out);
}

/* Writes an enumeration with the name of each context. */
static void ctf_contexts(const struct trace_set *set, const char *type, const char *name, FILE *out)
{
	char words[TRACE_WORDS_MAX];

	fprintf(out, "typealias enum : %s {\n", type);
	for (unsigned int vcpu = 0; vcpu <= 0xff; vcpu++) {
		if (vcpu >= set->welcome.vcpus && vcpu < TRACE_OTHERS)
			continue;
		putc('\t', out);
		ctf_string(out, trace_context(set, (uint8_t)vcpu, words));
		fprintf(out, " = %u,\n", vcpu);
	}
	fprintf(out, "} := %s;\n", name);
}

static void ctf_event(uint8_t id, FILE *out)
{
	const struct ctf_fields *fields = &ctf_fields[id];

	fprintf(out, "event {\n\tname = \"%s\";\n\tid = %u;\n\tstream_id = 0;\n",
	        trace_type_name(id), id);
	fputs("\tfields := struct {", out);
	if (id == CTF_UNKNOWN)
		fputs(" uint8_t type; hex64 data;", out);
	if (fields->whole)
		fprintf(out, " %s;", fields->whole);
	if (fields->high)
		fprintf(out, " %s;", fields->high);
	if (fields->low)
		fprintf(out, " %s;", fields->low);
	fputs(" };\n};\n", out);
}

bool trace_write_ctf_metadata(const struct trace_set *set, FILE *out)
{
	fputs(ctf_types, out);
	fputs("env {\n\tdomain = \"kumiki\";\n\tsystem = ", out);
	ctf_string(out, set->welcome.system);
	fprintf(out, ";\n};\nclock {\n\tname = counter;\n\tfreq = %llu;\n};\n",
	        (unsigned long long)set->welcome.counter_hz);
	ctf_contexts(set, "uint8_t", "context", out);
	ctf_contexts(set, "uint32_t", "context32", out);
	fputs(ctf_stream, out);
	for (size_t id = 0; id < CTF_TYPES; id++)
		ctf_event((uint8_t)id, out);
	if (set->rtos)
		trace_rtos_ctf_metadata(out);
	return !ferror(out);
}

static size_t ctf_event_size(const struct trace_event *event)
{
	const struct ctf_fields *fields = &ctf_fields[ctf_id(event)];
	size_t size = 1 + 8 + 1;

	if (ctf_id(event) == CTF_UNKNOWN)
		return size + 1 + 8;
	return size + (fields->whole ? 8 : 0) + (fields->high ? 4 : 0) + (fields->low ? 4 : 0);
}

static void ctf_put(FILE *out, uint64_t value, unsigned int bytes)
{
	for (; bytes; bytes--, value >>= 8)
		putc((int)(value & 0xff), out);
}

static void ctf_put_packet(uint32_t stream, uint64_t begin, uint64_t end, uint64_t size,
                           uint32_t cpu, FILE *out)
{
	ctf_put(out, CTF_MAGIC, 4);
	ctf_put(out, stream, 4);
	ctf_put(out, begin, 8);
	ctf_put(out, end, 8);
	ctf_put(out, size * 8, 8);
	ctf_put(out, size * 8, 8);
	ctf_put(out, cpu, 4);
}

static void ctf_put_event(const struct trace_set *set, const struct trace_event *event, FILE *out)
{
	uint8_t id = ctf_id(event);

	ctf_put(out, id, 1);
	ctf_put(out, trace_set_ticks(set, event), 8);
	ctf_put(out, TRACE_VCPU(event), 1);
	if (id == CTF_UNKNOWN)
		ctf_put(out, TRACE_TYPE(event), 1);
	if (id == CTF_UNKNOWN || ctf_fields[id].whole)
		ctf_put(out, event->data, 8);
	if (ctf_fields[id].high)
		ctf_put(out, event->data >> 32, 4);
	if (ctf_fields[id].low)
		ctf_put(out, event->data, 4);
}

bool trace_write_ctf_stream(const struct trace_set *set, uint32_t number, FILE *out)
{
	const struct trace_core *core = &set->core[number];
	uint64_t size = CTF_PACKET;
	uint64_t begin = 0, end = 0;

	for (size_t i = 0; i < core->count; i++)
		size += ctf_event_size(&core->events[i]);
	if (core->count) {
		begin = trace_set_ticks(set, &core->events[0]);
		end = trace_set_ticks(set, &core->events[core->count - 1]);
	}
	ctf_put_packet(0, begin, end, size, number, out);
	for (size_t i = 0; i < core->count; i++)
		ctf_put_event(set, &core->events[i], out);
	return !ferror(out);
}

/* ---- the RTOS's part ---- */

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
