/*
 * `kumikictl log`: a partition's black box in words: the last lines of its console, the events of
 * its life, its last crash, and what the machine's last reset has left. The partition's text stands
 * behind a bar, and passes a filter that leaves only characters and ends of lines. So no text can
 * command the terminal, or look like this program's words.
 */
#include "documents.h"
#include "kumikictl.h"
#include <inttypes.h>
#include <lib/lifewords.h>
#include <lib/termfilter.h>
#include <stdlib.h>
#include <string.h>

#define LOG_LINES 20u  /* lines of the console, if no option says otherwise */
#define LOG_WIDTH 200u /* columns of a row; a longer line goes on in a new row */

/* The filter, and the row that is being filled. */
struct log_rows {
	FILE *out;
	struct termfilter filter;
	uint32_t columns;
	bool open;
};

static void log_end_row(struct log_rows *rows)
{
	if (rows->open)
		fputc('\n', rows->out);
	rows->open = false;
	rows->columns = 0;
}

static void log_operation(struct log_rows *rows, const struct termop *op)
{
	const bool shows = op->kind == TERMOP_CHAR || op->kind == TERMOP_TAB;
	uint32_t character = op->kind == TERMOP_TAB ? ' ' : op->character;

	if (!shows && op->kind != TERMOP_NEWLINE)
		return;
	if (!rows->open)
		fputs("  | ", rows->out);
	rows->open = true;
	for (; shows && character != 0; character >>= 8)
		fputc((int)(character & 0xff), rows->out);
	rows->columns += shows;
	if (op->kind == TERMOP_NEWLINE || rows->columns == LOG_WIDTH)
		log_end_row(rows);
}

static void log_put(struct log_rows *rows, uint8_t byte)
{
	struct termop op;
	const bool again = termfilter_put(&rows->filter, byte, &op);

	log_operation(rows, &op);
	if (!again)
		return;
	(void)termfilter_put(&rows->filter, byte, &op);
	log_operation(rows, &op);
}

/* Puts bytes of a ring. */
static void log_put_all(FILE *out, const void *ring, uint32_t size, uint64_t at, uint64_t end)
{
	struct log_rows rows = {.out = out};
	const uint8_t *from = ring;

	for (; at < end; at++)
		log_put(&rows, from[at % size]);
	log_end_row(&rows);
}

static void log_console(FILE *out, const struct kumiki_blackbox *copy, uint32_t lines)
{
	if (lines != 0)
		log_put_all(out, copy->box.console, BLACKBOX_CONSOLE_SIZE,
		            document_lines(copy, lines), copy->box.printed);
}

static void log_head(FILE *out, const char *what, const char *name, uint64_t ever,
                     const char *of_what, uint64_t missing)
{
	fprintf(out, "%s of %s: %" PRIu64 "%s ever", what, name, ever, of_what);
	if (missing != 0)
		fprintf(out, ", %" PRIu64 " of them missing", missing);
	fputc('\n', out);
}

/* ---- the partition's life ---- */

/* How many digits the whole seconds have. */
static int log_digits(uint64_t ticks)
{
	return snprintf(NULL, 0, "%" PRIu64, ticks / kumiki_counter_hz());
}

/* The newest event has the partition's present cause; in the other events the cause is final. */
static void log_event(FILE *out, const struct life_event *event, int width, bool newest)
{
	const uint32_t state = event->status.state, reason = event->status.reason;

	fprintf(out, "  %*s", width - log_digits(event->time), "");
	tool_seconds(out, event->time);
	fprintf(out, "  %-11s start %" PRIu32, life_state_name(state), event->status.starts);
	if (state == LIFE_STOPPING || state == LIFE_HOLDING || state == LIFE_STOPPED)
		fprintf(out, ": %s",
		        newest ? life_end_name(state, reason) : life_reason_name(reason));
	fputc('\n', out);
}

static void log_events(FILE *out, const struct kumiki_blackbox *copy)
{
	const uint32_t last = copy->box.events - 1;
	const int width = log_digits(copy->box.event[last % BLACKBOX_EVENTS].time);

	for (uint32_t i = copy->first_event; i != last + 1; i++)
		log_event(out, &copy->box.event[i % BLACKBOX_EVENTS], width, i == last);
}

/* The report quotes the partition. These quotes were filtered when the report was written, and pass
 * the filter once more. */
static void log_crash(FILE *out, const struct blackbox *box)
{
	struct termfilter filter = {0};

	if (box->crashes == 0) {
		fputs("no crash report\n", out);
		return;
	}
	fprintf(out, "last crash, of %" PRIu32 ", at ", box->crashes);
	tool_seconds(out, box->report_time);
	fputs(box->words_size != 0 ? ":\n" : ": its report is changing, ask again\n", out);
	for (uint32_t i = 0; i < box->words_size; i++) {
		struct termop op;

		(void)termfilter_put(&filter, (uint8_t)box->words[i], &op);
		if (op.kind == TERMOP_NEWLINE)
			fputc('\n', out);
		for (; op.kind == TERMOP_CHAR && op.character != 0; op.character >>= 8)
			fputc((int)(op.character & 0xff), out);
	}
}

static void log_former(FILE *out, const char *head, const struct blackbox *box, uint32_t at,
                       uint32_t size)
{
	if (size == 0)
		return;
	fputs(head, out);
	log_put_all(out, box->former, BLACKBOX_FORMER_SIZE, at, at + size);
}

static void log_say(struct tool *tool, const struct kumiki_blackbox *copy, uint32_t lines)
{
	const char *name = tool->arguments[0];

	log_head(tool->out, "console", name, copy->box.printed, " characters", copy->box.unread);
	log_console(tool->out, copy, lines);
	log_head(tool->out, "events", name, copy->box.events, "", copy->box.events_lost);
	log_events(tool->out, copy);
	log_crash(tool->out, &copy->box);
	log_former(tool->out, "before the machine was reset:\n", &copy->box, 0,
	           copy->box.former_size);
	log_former(tool->out, "last crash before the machine was reset:\n", &copy->box,
	           copy->box.former_size, copy->box.former_words);
}

static bool log_lines(const struct tool *tool, uint32_t *lines)
{
	const char *text = tool->argument_count > 1 ? tool->arguments[1] : NULL;
	unsigned long number;
	char *rest;

	*lines = LOG_LINES;
	if (text == NULL)
		return true;
	number = strtoul(text, &rest, 10);
	*lines =
	    strcmp(text, "all") == 0 || number >= DOCUMENT_ALL ? DOCUMENT_ALL : (uint32_t)number;
	return *lines == DOCUMENT_ALL || (*rest == '\0' && text[0] >= '0' && text[0] <= '9');
}

int tool_log(struct tool *tool)
{
	const int partition = tool_partition(tool);
	struct json json = tool_json(tool);
	struct kumiki_blackbox *copy;
	int result = TOOL_DONE;
	uint32_t lines;

	if (partition < 0)
		return TOOL_FAILED;
	if (!log_lines(tool, &lines)) {
		(void)tool_say(tool, tool->arguments[1], ": a number of lines, or `all`");
		return TOOL_USAGE;
	}
	if (tool->json)
		return tool_told(tool,
		                 document_log(&json, &tool->kumiki, (uint32_t)partition, lines));
	copy = malloc(sizeof(*copy));
	if (copy == NULL)
		return tool_say(tool, "", "no memory for a copy of the black box");
	if (kumiki_blackbox(&tool->kumiki, (uint32_t)partition, copy) != 0)
		result = tool_fail(tool);
	else
		log_say(tool, copy, lines);
	free(copy);
	return result;
}
