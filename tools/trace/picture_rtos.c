/*
 * The RTOS in the picture. Each of its CPUs has a lane with a band of the programs that ran. Each
 * program has a lane with its runs, its open calls below them, and marks for rare events. A
 * restarted program goes on in its lane: the gap is the time in which it wasn't there.
 */
#include "picture.h"
#include "rtos.h"
#include <stdlib.h>
#include <string.h>

#define HEAD          24 /* height of a lane's heading */
#define CPU_LANE      34
#define CPU_BAND      22
#define PROGRAM_LANE  22
#define PROGRAM_BAND  9
#define PROGRAM_CALLS 12 /* where calls are, below the lane's top */
#define PROGRAMS_MAX  64
#define NAME_MAX_SIZE (RTOS_NAME_SIZE + 1)
#define NOBODY        PROGRAMS_MAX

static const char *const colours[] = {"#7cb0e8", "#f2b263", "#8fca8a", "#d79ad6",
                                      "#e58b8b", "#6cc5c1", "#c4b35a", "#a3a1e6"};

/* A call that isn't over. */
struct open_call {
	uint32_t identity, program;
	uint64_t since;
	char who[TRACE_WORDS_MAX];
};

struct page {
	const struct trace_set *set;
	FILE *out;
	double top;
	uint32_t programs;
	char name[PROGRAMS_MAX][NAME_MAX_SIZE];
	double free_from[PROGRAMS_MAX]; /* where a lane has room for words */
	struct {
		uint32_t program; /* the running program; NOBODY: none, or not known yet */
		uint64_t since;
		char who[TRACE_WORDS_MAX];
	} cpu[RTOS_CPUS_MAX];
	size_t calls, room;
	struct open_call *call;
};

static double page_cpu_top(const struct page *page, uint32_t cpu)
{
	return page->top + HEAD + cpu * (double)CPU_LANE;
}

static double page_program_top(const struct page *page, uint32_t program)
{
	return page_cpu_top(page, page->set->rtos->cpus) + program * (double)PROGRAM_LANE;
}

/* An event's program, by its name. NOBODY: it has no name, or there are too many programs. */
static uint32_t page_program(struct page *page, const struct trace_rtos_reader *reader,
                             const struct trace_event *event)
{
	const char *name = rtostrace_name(&reader->names, TRACE_VCPU(event));

	if (*name == '\0' || TRACE_VCPU(event) == RTOS_EVENT_NOBODY)
		return NOBODY;
	for (uint32_t i = 0; i < page->programs; i++)
		if (!strcmp(page->name[i], name))
			return i;
	if (page->programs == PROGRAMS_MAX)
		return NOBODY;
	snprintf(page->name[page->programs], NAME_MAX_SIZE, "%s", name);
	return page->programs++;
}

/* ---- boxes, words and marks ---- */

/* Draws a box from one time to another, as far as that is in the picture. */
static void page_box(const struct page *page, uint64_t from, uint64_t to, double y, double height,
                     const char *colour, const char *title)
{
	const double x = picture_at(page->set, from), end = picture_at(page->set, to);

	if (to < page->set->shown || from > page->set->until)
		return;
	fprintf(page->out,
	        "<rect x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%.1f\" fill=\"%s\"><title>", x,
	        y, end - x > 0.3 ? end - x : 0.3, height, colour);
	picture_text(page->out, title);
	fputs("</title></rect>\n", page->out);
}

static void page_ran(const struct page *page, uint32_t cpu, uint64_t now)
{
	const uint32_t program = page->cpu[cpu].program;
	const char *colour;

	if (program == NOBODY)
		return;
	colour = colours[program % (sizeof(colours) / sizeof(colours[0]))];
	page_box(page, page->cpu[cpu].since, now, page_cpu_top(page, cpu), CPU_BAND, colour,
	         page->cpu[cpu].who);
	page_box(page, page->cpu[cpu].since, now, page_program_top(page, program), PROGRAM_BAND,
	         colour, page->cpu[cpu].who);
}

/* Writes words beside a pole, unless they would cover the words before or leave the page. */
static void page_words(struct page *page, uint32_t program, double x, double y, const char *words)
{
	const double end = x + 3 + (double)strlen(words) * PICTURE_LETTER;

	if (x < page->free_from[program] || end > PICTURE_WIDTH)
		return;
	picture_label(page->out, x + 3, y + 9, "small", words);
	page->free_from[program] = end + 4;
}

/* Draws a pole across a program's lane. */
static void page_mark(struct page *page, const struct trace_rtos_reader *reader,
                      const struct trace_event *event, uint32_t program, const char *class)
{
	const double x = picture_at(page->set, trace_set_ticks(page->set, event));
	const double y = page_program_top(page, program);
	char who[TRACE_WORDS_MAX], words[TRACE_WORDS_MAX], says[TRACE_WORDS_MAX * 2];

	if (!picture_shown(page->set, event))
		return;
	snprintf(says, sizeof(says), "%s %s", rtostrace_words(TRACE_TYPE(event))->name,
	         trace_rtos_words(reader, event, words));
	fputs("<g><title>", page->out);
	picture_text(page->out, trace_rtos_who(reader, event, who));
	putc(' ', page->out);
	picture_text(page->out, says);
	fprintf(page->out, "</title><path d=\"M%.1f %.1fv%d\" class=\"%s\"/></g>\n", x, y - 2,
	        PROGRAM_LANE - 2, class);
	page_words(page, program, x, y, says);
}

/* ---- calls ---- */

static void page_call_begins(struct page *page, const struct trace_rtos_reader *reader,
                             const struct trace_event *event, uint32_t program)
{
	struct open_call *call;

	if (page->calls == page->room) {
		const size_t room = page->room ? page->room * 2 : 64;

		call = realloc(page->call, room * sizeof(*call));
		if (!call)
			return;
		page->call = call;
		page->room = room;
	}
	call = &page->call[page->calls++];
	call->identity = RTOS_EVENT_REST(event->data);
	call->program = program;
	call->since = trace_set_ticks(page->set, event);
	trace_rtos_who(reader, event, call->who);
}

static void page_call_is_over(const struct page *page, const struct open_call *call, uint64_t now)
{
	char title[TRACE_WORDS_MAX * 2];

	snprintf(title, sizeof(title), "%s waits for the answer to call %u", call->who,
	         call->identity);
	if (call->program != NOBODY)
		page_box(page, call->since, now,
		         page_program_top(page, call->program) + PROGRAM_CALLS, 4, "#9aa5b1",
		         title);
}

static void page_call_ends(struct page *page, const struct trace_event *event)
{
	for (size_t i = page->calls; i-- > 0;) {
		if (page->call[i].identity != RTOS_EVENT_REST(event->data))
			continue;
		page_call_is_over(page, &page->call[i], trace_set_ticks(page->set, event));
		page->call[i] = page->call[--page->calls];
		return;
	}
}

/* ---- events ---- */

static void page_switch(struct page *page, const struct trace_rtos_reader *reader,
                        const struct trace_event *event, uint32_t program)
{
	const uint64_t now = trace_set_ticks(page->set, event);

	page_ran(page, reader->cpu, now);
	page->cpu[reader->cpu].program = program;
	page->cpu[reader->cpu].since = now;
	trace_rtos_who(reader, event, page->cpu[reader->cpu].who);
}

/* Takes an event by which a stretch begins or ends: a run of a program, or an open call. */
static void page_stretch(struct page *page, const struct trace_rtos_reader *reader,
                         const struct trace_event *event, uint32_t program)
{
	switch (TRACE_TYPE(event)) {
	case RTOS_EVENT_SWITCH:
		page_switch(page, reader, event, program);
		break;
	case RTOS_EVENT_CALL:
		if (RTOS_EVENT_SMALL(event->data) == 0)
			page_call_begins(page, reader, event, program);
		break;
	case RTOS_EVENT_ANSWER:
	case RTOS_EVENT_OVER:
		page_call_ends(page, event);
		break;
	default:
		break;
	}
}

/* The look of an event's mark; NULL: it has no mark. */
static const char *page_class(const struct trace_event *event)
{
	switch (TRACE_TYPE(event)) {
	case RTOS_EVENT_FAULT:
	case RTOS_EVENT_ENDED:
		return "fault";
	case RTOS_EVENT_MADE:
	case RTOS_EVENT_GONE:
	case RTOS_EVENT_RESET:
		return "flag";
	case RTOS_EVENT_AGAIN:
		return "move";
	case RTOS_EVENT_TAKE:
		return RTOS_EVENT_SMALL(event->data) != 0 ? "move" : NULL;
	default:
		return NULL;
	}
}

/* The parts are drawn in this order, so that marks lie above the programs' runs. */
enum page_part { PAGE_NAMES, PAGE_STRETCHES, PAGE_MARKS };

static void page_read(struct page *page, enum page_part part)
{
	struct trace_rtos_reader reader;
	const struct trace_event *event;

	trace_rtos_begin(page->set, &reader);
	while ((event = trace_rtos_next(page->set, &reader)) != NULL) {
		const uint32_t program = page_program(page, &reader, event);
		const char *class = page_class(event);

		if (part == PAGE_STRETCHES)
			page_stretch(page, &reader, event, program);
		else if (part == PAGE_MARKS && class && program != NOBODY)
			page_mark(page, &reader, event, program, class);
	}
}

static void page_labels(const struct page *page)
{
	char label[32];

	picture_label(page->out, 16, page->top + 12, "small",
	              "RTOS: what each program ran; below it, in grey, its calls that wait for an "
	              "answer. Red: a fault, an end. Black: made, reset, gone. Pink: a call goes "
	              "back to its port, or is delivered again.");
	for (uint32_t i = 0; i < page->set->rtos->cpus; i++) {
		snprintf(label, sizeof(label), "RTOS CPU %u", i);
		picture_label(page->out, 16, page_cpu_top(page, i) + CPU_BAND / 2.0 + 5, "lane",
		              label);
	}
	for (uint32_t i = 0; i < page->programs; i++) {
		picture_label(page->out, PICTURE_LEFT - 8, page_program_top(page, i) + 11, "right",
		              page->name[i]);
		fprintf(page->out, "<path d=\"M%d %.1fH%d\" class=\"line\"/>\n", PICTURE_LEFT,
		        page_program_top(page, i) + PROGRAM_LANE - 3, PICTURE_LEFT + PICTURE_SPAN);
	}
}

double trace_rtos_height(const struct trace_set *set)
{
	struct page page = {.set = set};

	page_read(&page, PAGE_NAMES);
	return HEAD + set->rtos->cpus * CPU_LANE + page.programs * (double)PROGRAM_LANE;
}

void trace_rtos_picture(const struct trace_set *set, double top, FILE *out)
{
	struct page page = {.set = set, .out = out, .top = top};

	for (uint32_t i = 0; i < RTOS_CPUS_MAX; i++)
		page.cpu[i].program = NOBODY;
	page_read(&page, PAGE_NAMES);
	page_labels(&page);
	page_read(&page, PAGE_STRETCHES);
	for (uint32_t i = 0; i < set->rtos->cpus; i++)
		page_ran(&page, i, set->end);
	for (size_t i = 0; i < page.calls; i++)
		page_call_is_over(&page, &page.call[i], set->end);
	page_read(&page, PAGE_MARKS);
	free(page.call);
}
