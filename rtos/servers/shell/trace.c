/*
 * See commands.h. The rings are in a region of the shell's own, which it maps read-only. They are
 * read when the trace has stopped, so no event is torn.
 */
#include "commands.h"
#include "traced.h"
#include <lib/crc32c.h>
#include <lib/string.h>
#include <rtos/console.h>
#include <rtos/sys.h>

#define TRACE_KIB     32u
#define TRACE_KIB_MAX 2048u
#define TRACE_TOLD    20u
#define TRACE_MAX     100000u

static void trace_say(const char *what)
{
	(void)console_write(what, string_length(what));
}

/* A number; 0: this is none. */
static uint32_t trace_number(const char *digits)
{
	uint32_t number = 0;

	while (*digits >= '0' && *digits <= '9' && number <= TRACE_MAX)
		number = number * 10 + (uint32_t)(*digits++ - '0');
	return *digits == '\0' && number <= TRACE_MAX ? number : 0;
}

static void trace_on(const struct line *line)
{
	const uint32_t kib = line->words > 2 ? trace_number(line->word[2]) : TRACE_KIB;
	uint64_t pages = 1;

	if (kib == 0 || kib > TRACE_KIB_MAX) {
		trace_say("how many KiB? 4 to 2048\n");
		return;
	}
	while (pages * RTOS_PAGE_SIZE < kib * 1024ULL)
		pages *= 2;
	switch (traced_begin(pages)) {
	case RTOS_OK:
		break;
	case RTOS_NO_MEMORY:
		trace_say("the shell hasn't got so much memory in one piece; ask for less\n");
		break;
	case RTOS_BUSY:
		trace_say("somebody else traces already\n");
		break;
	default:
		trace_say("that is too little for all CPUs; ask for more\n");
		break;
	}
}

/* ---- in words ---- */

static void trace_add(struct text *text, const char *what, uint64_t number)
{
	text_add(text, " ");
	text_add(text, what);
	text_add(text, " ");
	text_number(text, number);
}

/* Adds "block.0", or "-" for no thread. */
static void trace_who(struct text *text, const struct trace_event *event)
{
	const char *name = rtostrace_name(&traced.names, TRACE_VCPU(event));

	if (TRACE_VCPU(event) == RTOS_EVENT_NOBODY)
		name = "-";
	text_add(text, *name != '\0' ? name : "?");
	if (TRACE_VCPU(event) == RTOS_EVENT_NOBODY || !rtostrace_has_thread(TRACE_TYPE(event)))
		return;
	text_add(text, ".");
	text_number(text, RTOS_EVENT_THREAD_OF(event->data));
}

static void trace_what(struct text *text, const struct trace_event *event)
{
	const struct rtostrace_words *words = rtostrace_words(TRACE_TYPE(event));
	const char *small = rtostrace_small(event);

	text_add(text, " ");
	text_add(text, words->name);
	if (words->rest != NULL)
		trace_add(text, words->rest, RTOS_EVENT_REST(event->data));
	if (small != NULL) {
		text_add(text, ": ");
		text_add(text, small);
	} else if (words->small != NULL && RTOS_EVENT_SMALL(event->data) != 0) {
		trace_add(text, words->small, RTOS_EVENT_SMALL(event->data));
	}
	if (TRACE_TYPE(event) == RTOS_EVENT_FAULT) {
		text_add(text, " ");
		text_hex(text, event->data >> 32);
		text_add(text, " at ...");
		text_hex(text, RTOS_EVENT_REST(event->data));
	}
}

/* Prints an event: microseconds since the counter began, the CPU, the thread, and what happened. */
static void trace_tell(const struct trace_event *event, uint32_t cpu)
{
	const uint64_t hz = sys_hertz(), ticks = TRACE_TIME(event);
	struct text text = {.length = 0};

	text_number(&text, ticks / hz * 1000000 + ticks % hz * 1000000 / hz);
	text_add(&text, " us  ");
	text_number(&text, cpu);
	text_add(&text, "  ");
	trace_who(&text, event);
	trace_what(&text, event);
	text_add(&text, "\n");
	(void)console_print(&text);
}

/* Takes a new process's name, which stands right behind the event of its making. */
static void trace_names_ahead(struct traced_cursor cursor)
{
	const struct trace_event *event;

	for (int i = 0; i < 2 && (event = traced_next(&cursor)) != NULL; i++)
		rtostrace_names_on(&traced.names, event);
}

static void trace_last(uint32_t count)
{
	struct traced_cursor cursor;
	const struct trace_event *event;

	traced_end(&cursor);
	for (uint32_t i = 0; i < count && (event = traced_before(&cursor)) != NULL; i++)
		rtostrace_names_back(&traced.names, event);
	while ((event = traced_next(&cursor)) != NULL) {
		rtostrace_names_on(&traced.names, event);
		if (TRACE_TYPE(event) == RTOS_EVENT_MADE)
			trace_names_ahead(cursor);
		if (rtostrace_has_thread(TRACE_TYPE(event)) ||
		    TRACE_TYPE(event) == RTOS_EVENT_FAULT)
			trace_tell(event, cursor.cpu);
	}
}

/* ---- for the host ---- */

#define ROW_WORDS 5

/* Words that are printed as lines of five. A line of zeros is left out. */
struct rows {
	uint64_t word[ROW_WORDS];
	uint32_t count, crc;
	uint64_t size; /* bytes so far */
};

static void rows_print(struct rows *rows)
{
	struct text text = {.length = 0};
	uint64_t any = 0;

	text_add(&text, "trace ");
	text_hex(&text, rows->size);
	for (uint32_t i = 0; i < ROW_WORDS; i++) {
		text_add(&text, " ");
		text_hex(&text, rows->word[i]);
		any |= rows->word[i];
	}
	text_add(&text, "\n");
	rows->crc = crc32c(rows->crc, rows->word, sizeof(rows->word));
	if (any != 0)
		(void)console_print(&text);
}

static void rows_add(struct rows *rows, const void *from, uint64_t size)
{
	for (uint64_t at = 0; at < size; at += sizeof(uint64_t)) {
		memcpy(&rows->word[rows->count++], (const char *)from + at, sizeof(uint64_t));
		if (rows->count < ROW_WORDS)
			continue;
		rows_print(rows);
		rows->size += sizeof(rows->word);
		rows->count = 0;
	}
}

/* Prints the end. Zeros behind the last word are in the sum, but not in the size. */
static void rows_end(struct rows *rows)
{
	const uint64_t size = rows->size + rows->count * sizeof(uint64_t);
	struct text text = {.length = 0};

	for (uint32_t i = rows->count; i < ROW_WORDS; i++)
		rows->word[i] = 0;
	if (rows->count != 0)
		rows_print(rows);
	text_add(&text, "trace end ");
	text_number(&text, size);
	text_add(&text, " ");
	text_hex(&text, rows->crc);
	text_add(&text, "\n");
	(void)console_print(&text);
}

static void rows_names(struct rows *rows)
{
	for (uint64_t i = 0; i < RTOSTRACE_PROCESSES; i++) {
		const uint64_t *name = traced.names.name[i];
		const struct rtos_trace_name entry = {i, {name[0], name[1]}};

		if ((name[0] | name[1]) != 0)
			rows_add(rows, &entry, sizeof(entry));
	}
}

static void rows_cpu(struct rows *rows, uint32_t cpu)
{
	const uint64_t first = traced_first(cpu);
	const struct rtos_trace_cpu entry = {first, traced.written[cpu] - first};

	rows_add(rows, &entry, sizeof(entry));
	for (uint64_t i = first; i < traced.written[cpu]; i++)
		rows_add(rows, traced_event(cpu, i), sizeof(struct trace_event));
}

static void trace_raw(void)
{
	struct rtos_trace_head head = {.magic = RTOS_TRACE_MAGIC,
	                               .revision = RTOS_TRACE_REVISION,
	                               .cpus = traced.cpus,
	                               .counter_hz = sys_hertz()};
	struct rows rows = {.count = 0};

	for (uint32_t i = 0; i < RTOSTRACE_PROCESSES; i++)
		head.names += (traced.names.name[i][0] | traced.names.name[i][1]) != 0;
	rows_add(&rows, &head, sizeof(head));
	rows_names(&rows);
	for (uint32_t i = 0; i < traced.cpus; i++)
		rows_cpu(&rows, i);
	rows_end(&rows);
}

/* ---- the command ---- */

static bool trace_is(const struct line *line, const char *word)
{
	const size_t length = string_length(word);

	return line->words > 1 && string_length(line->word[1]) == length &&
	       memcmp(line->word[1], word, length) == 0;
}

/* Prints what was asked for. Afterwards names are again as they were at the trace's end. */
static void trace_stopped(const struct line *line)
{
	const struct rtostrace_names names = traced.names;
	uint32_t count = TRACE_TOLD;

	if (line->words > 1 && !trace_is(line, "raw"))
		count = trace_number(line->word[1]);
	if (traced.cpus == 0)
		trace_say("nothing was traced; 'trace on' begins\n");
	else if (count == 0)
		trace_say("on, off, raw, or how many events?\n");
	else if (trace_is(line, "raw"))
		trace_raw();
	else
		trace_last(count);
	traced.names = names;
}

void trace_command(const struct line *line)
{
	if (sys_given(RTOS_GIVEN_TRACE, NULL, 0) == NULL) {
		trace_say("the manifest doesn't let the shell trace; kumiki,traces; would\n");
		return;
	}
	traced_stop();
	if (trace_is(line, "on"))
		trace_on(line);
	else if (!trace_is(line, "off"))
		trace_stopped(line);
}
