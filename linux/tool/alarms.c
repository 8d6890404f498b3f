/*
 * `kumikictl alarms` and `rules`: what a watcher shows in a window (kumiki/alarms.h). The watcher
 * and the system that it watches choose the texts, which are shown as plain characters.
 */
#include "kumikictl.h"
#include <inttypes.h>
#include <kumiki/alarms.h>
#include <stdlib.h>
#include <string.h>

#define ALARMS_WINDOW   "alarms" /* if no argument names it */
#define ALARMS_TRIES    1000
#define ALARMS_SECOND   1000000u
#define ALARMS_THOUSAND 1000u

/* Copies the window while the watcher doesn't write. */
static bool alarms_copy(const struct alarms_window *window, struct alarms_window *copy)
{
	const volatile struct alarms_window *now = window;

	for (int i = 0; i < ALARMS_TRIES; i++) {
		const uint64_t changes = now->changes;

		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		memcpy(copy, window, sizeof(*copy));
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (changes % 2 == 0 && now->changes == changes)
			return true;
	}
	return false;
}

static void alarms_plain(char *text, size_t size)
{
	text[size - 1] = '\0';
	for (size_t i = 0; text[i] != '\0'; i++)
		if (text[i] < ' ' || text[i] > '~')
			text[i] = '?';
}

static void alarms_filter(struct alarms_window *copy)
{
	alarms_plain(copy->watched, sizeof(copy->watched));
	for (uint32_t i = 0; i < ALARMS_ROWS; i++) {
		alarms_plain(copy->row[i].found, sizeof(copy->row[i].found));
		alarms_plain(copy->row[i].done, sizeof(copy->row[i].done));
	}
	for (uint32_t i = 0; i < ALARMS_RULES; i++)
		alarms_plain(copy->rule[i].name, sizeof(copy->rule[i].name));
}

/* Earlier ones first, then the oldest first. */
static int alarms_order(const void *left, const void *right)
{
	const struct alarms_row *a = left, *b = right;

	if ((a->earlier != 0) != (b->earlier != 0))
		return a->earlier != 0 ? -1 : 1;
	return (a->since > b->since) - (a->since < b->since);
}

/* The window that the argument names. False: there is none of a watcher, and this was printed. */
static bool alarms_read(struct tool *tool, struct alarms_window *copy)
{
	const char *name = tool->argument_count > 0 ? tool->arguments[0] : ALARMS_WINDOW;
	const struct kumiki_window *window = kumiki_window(&tool->kumiki, name);

	if (window == NULL) {
		(void)tool_fail(tool);
		return false;
	}
	if (window->size < sizeof(*copy) || !alarms_copy(window->memory, copy)) {
		(void)tool_say(tool, name,
		               window->size < sizeof(*copy)
		                   ? ": too small for a watcher's alarms: give it 12K"
		                   : " changes all the time: ask again, or restart its watcher");
		return false;
	}
	if (copy->magic != ALARMS_MAGIC || copy->revision != ALARMS_REVISION) {
		(void)tool_say(tool, name,
		               copy->magic != ALARMS_MAGIC
		                   ? ": no watcher has written into this window; its manifest "
		                     "gives it the window as device `alarms`"
		                   : ": its watcher is of another version than this kumikictl");
		return false;
	}
	alarms_filter(copy);
	qsort(copy->row, ALARMS_ROWS, sizeof(copy->row[0]), alarms_order);
	return true;
}

static void alarms_seconds(FILE *out, uint64_t us)
{
	fprintf(out, "%" PRIu64 ".%03" PRIu64 " s", us / ALARMS_SECOND,
	        us % ALARMS_SECOND / ALARMS_THOUSAND);
}

static uint64_t alarms_now(void)
{
	const uint64_t hz = kumiki_counter_hz(), now = kumiki_counter();

	return now / hz * ALARMS_SECOND + now % hz * ALARMS_SECOND / hz;
}

/* The counter of a system from which its suspended time is hidden is behind the watcher's: then
 * nobody can say how long ago the look was. */
static void alarms_head(const struct tool *tool, const struct alarms_window *copy)
{
	const uint64_t now = alarms_now();
	const bool ahead = copy->looked > now;

	if (copy->looked == 0) {
		fprintf(tool->out, "%s wasn't looked at yet\n", copy->watched);
		return;
	}
	fprintf(tool->out, "%s was looked at ", copy->watched);
	alarms_seconds(tool->out, ahead ? copy->looked - now : now - copy->looked);
	fputs(ahead ? " ahead of this clock\n" : " ago\n", tool->out);
}

/* ---- alarms ---- */

static void alarms_when(FILE *out, const struct alarms_row *row)
{
	fputs(row->until == 0 ? "  open, since " : "  over, ", out);
	alarms_seconds(out, row->since);
	if (row->until > row->since) {
		fputs(" to ", out);
		alarms_seconds(out, row->until);
	}
}

/* An earlier one's times may be of another clock. */
static void alarms_line(FILE *out, const struct alarms_row *row)
{
	if (row->earlier != 0)
		fputs("  earlier", out);
	else
		alarms_when(out, row);
	fprintf(out, ": %s\n", row->found);
	if (row->done[0] != '\0')
		fprintf(out, "    %s\n", row->done);
}

static void alarms_tell(const struct tool *tool, const struct alarms_window *copy)
{
	struct json json = tool_json(tool);

	json_begin(&json, "alarms");
	json_string(&json, "watched", copy->watched);
	json_number(&json, "looked_us", copy->looked);
	json_rows(&json, "alarms");
	for (uint32_t i = 0; i < ALARMS_ROWS; i++) {
		const struct alarms_row *row = &copy->row[i];

		if (row->since == 0)
			continue;
		json_object(&json, NULL);
		json_string(&json, "found", row->found);
		json_number(&json, "since_us", row->since);
		if (row->until != 0)
			json_number(&json, "until_us", row->until);
		if (row->earlier != 0)
			json_boolean(&json, "earlier", true);
		if (row->done[0] != '\0')
			json_string(&json, "done", row->done);
		json_end(&json);
	}
	json_end(&json);
	json_end(&json);
}

int tool_alarms(struct tool *tool)
{
	struct alarms_window copy;
	bool any = false;

	if (!alarms_read(tool, &copy))
		return TOOL_FAILED;
	if (tool->json) {
		alarms_tell(tool, &copy);
		return TOOL_DONE;
	}
	alarms_head(tool, &copy);
	for (uint32_t i = 0; i < ALARMS_ROWS; i++)
		if (copy.row[i].since != 0) {
			alarms_line(tool->out, &copy.row[i]);
			any = true;
		}
	if (!any)
		fputs("  no alarm yet\n", tool->out);
	return TOOL_DONE;
}

/* ---- rules ---- */

static void alarms_tell_rules(const struct tool *tool, const struct alarms_window *copy)
{
	struct json json = tool_json(tool);

	json_begin(&json, "rules");
	json_string(&json, "watched", copy->watched);
	json_number(&json, "looked_us", copy->looked);
	json_rows(&json, "rules");
	for (uint32_t i = 0; i < ALARMS_RULES; i++) {
		if (copy->rule[i].name[0] == '\0')
			continue;
		json_object(&json, NULL);
		json_string(&json, "name", copy->rule[i].name);
		json_number(&json, "findings", copy->rule[i].findings);
		json_boolean(&json, "can_tell", copy->rule[i].lost == 0);
		json_end(&json);
	}
	json_end(&json);
	json_end(&json);
}

int tool_rules(struct tool *tool)
{
	struct alarms_window copy;

	if (!alarms_read(tool, &copy))
		return TOOL_FAILED;
	if (tool->json) {
		alarms_tell_rules(tool, &copy);
		return TOOL_DONE;
	}
	alarms_head(tool, &copy);
	for (uint32_t i = 0; i < ALARMS_RULES; i++)
		if (copy.rule[i].name[0] != '\0')
			fprintf(tool->out, "  %-*s findings %" PRIu32 "%s\n", (int)ALARMS_NAME,
			        copy.rule[i].name, copy.rule[i].findings,
			        copy.rule[i].lost != 0 ? ", can't tell" : "");
	return TOOL_DONE;
}
