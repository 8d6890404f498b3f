/*
 * `log`: a partition's black box in words: the last lines of its console, the events of its life,
 * its last crash, and what the machine's last reset has left. The partition's lines stand behind a
 * bar, and pass the filter that all output passes. The filter leaves only characters and ends of
 * lines, so nobody can take such a line for the service's own words.
 */
#include <lib/lifejson.h>
#include <lib/lifewords.h>
#include <lib/string.h>
#include <shell/shell.h>

#define LOG_SEEK  4096u /* characters that one step looks through */
#define LOG_WIDTH 200u  /* columns of a row; a longer line goes on in a new row */
#define LOG_ROOM  (4 * LOG_WIDTH + 8)
#define LOG_LINES 6u /* events of one step */
_Static_assert(LOG_ROOM <= COMMAND_TEXT, "a row fits in a step");

enum {
	LOG_BEGIN,
	LOG_FIND,
	LOG_TAIL,
	LOG_EVENTS,
	LOG_EVENT,
	LOG_MISSES,
	LOG_CRASH,
	LOG_REPORT,
	LOG_FORMER,
	LOG_FORMER_CRASH
};

static uint64_t log_oldest(const struct blackbox *box)
{
	return box->printed < BLACKBOX_CONSOLE_SIZE ? 0 : box->printed - BLACKBOX_CONSOLE_SIZE;
}

static uint8_t log_byte(const struct blackbox *box, uint64_t at)
{
	return box->console[at % BLACKBOX_CONSOLE_SIZE];
}

static void log_begin(struct shell *shell, const struct blackbox *box, struct words *words)
{
	struct shell_command *command = shell->command;

	words_say(words, "console of ", shell->console->name[command->partition], ": ");
	words_decimal(words, box->printed);
	words_text(words, " characters ever");
	if (box->unread) {
		words_text(words, ", ");
		words_decimal(words, box->unread);
		words_text(words, " of them missing");
	}
	words_put(words, '\n');
	command->at = command->end = box->printed;
	command->step = command->lines ? LOG_FIND : LOG_TAIL;
}

/* Goes back until it has found enough lines. Lines that are printed meanwhile aren't shown, but can
 * overwrite the oldest lines. */
static void log_find(struct shell_command *command, const struct blackbox *box)
{
	uint64_t oldest = log_oldest(box);

	command->step = LOG_TAIL;
	for (uint32_t i = 0; i < LOG_SEEK; i++, command->at--) {
		if (command->at <= oldest)
			return;
		/* No line begins after the end of the last line. */
		if (command->at == command->end || log_byte(box, command->at - 1) != '\n')
			continue;
		if (command->lines <= 1)
			return;
		command->lines -= command->lines != COMMAND_ALL_LINES;
	}
	command->step = LOG_FIND;
}

/* Whether this character completes the service's own name. On a narrow terminal, a wrapped row
 * could begin with this name. lib/termline.h spoils other names where lines are shown, but not this
 * one: at that place it is the service's own. */
static bool log_forges(const struct words *words, uint32_t character)
{
	static const char own[] = "[kumiki";

	return character == ']' && words->size >= sizeof(own) - 1 &&
	       memcmp(words->text + words->size - (sizeof(own) - 1), own, sizeof(own) - 1) == 0;
}

static void log_character(struct words *words, uint32_t character)
{
	if (log_forges(words, character))
		character = '?';
	for (; character; character >>= 8)
		words_put(words, (char)character);
}

/* Adds an operation of the filter to the row. True: the row is whole. */
static bool log_operation(struct words *words, uint32_t *columns, const struct termop *op)
{
	bool shows = op->kind == TERMOP_CHAR || op->kind == TERMOP_TAB;

	if (*columns == 0 && (shows || op->kind == TERMOP_NEWLINE))
		words_text(words, "  | ");
	if (shows) {
		log_character(words, op->kind == TERMOP_TAB ? ' ' : op->character);
		++*columns;
	}
	return op->kind == TERMOP_NEWLINE || *columns == LOG_WIDTH;
}

static bool log_put(struct shell_command *command, struct words *words, uint32_t *columns,
                    uint8_t byte)
{
	struct termop op;
	bool again = termfilter_put(&command->filter, byte, &op);
	bool whole = log_operation(words, columns, &op);

	if (!again)
		return whole;
	/* The sign for a broken character doesn't end a row, but the byte after it may. */
	(void)termfilter_put(&command->filter, byte, &op);
	return log_operation(words, columns, &op) || whole;
}

/* Writes a row. If many characters show nothing, this takes several steps. */
static void log_row(struct shell_command *command, const void *text, uint32_t size,
                    struct words *words)
{
	const uint8_t *from = text;
	uint32_t columns = 0;

	for (uint32_t i = 0; i < LOG_SEEK && command->at < command->end; i++)
		if (log_put(command, words, &columns, from[command->at++ % size]))
			break;
	if (words->size != words->line)
		words_put(words, '\n');
}

/* Writes rows as long as there is room. True: that was all. */
static bool log_rows(struct shell_command *command, const void *text, uint32_t size,
                     struct words *words)
{
	do
		log_row(command, text, size, words);
	while (command->at < command->end && words->limit - words->size >= LOG_ROOM);
	return command->at >= command->end;
}

static void log_tail(struct shell_command *command, const struct blackbox *box, struct words *words)
{
	uint64_t oldest = log_oldest(box);

	if (command->at < oldest)
		command->at = oldest;
	if (!log_rows(command, box->console, BLACKBOX_CONSOLE_SIZE, words))
		return;
	command->step = LOG_EVENTS;
	command->at = box->events < BLACKBOX_EVENTS ? 0 : box->events - BLACKBOX_EVENTS;
}

/* ---- events ---- */

/* The newest event has the partition's present cause; in the other events the cause is final. What
 * a core of another architecture did is known only of the last end. */
static void log_cause(const struct console *console, uint8_t partition, uint32_t number,
                      const struct life_status *status, struct words *words)
{
	const struct blackbox *box = blackbox_of(console, partition);
	uint32_t later = number + 1;

	while (later != box->events &&
	       life_event_of(console, partition, later).status.state != LIFE_STOPPING &&
	       life_event_of(console, partition, later).status.state != LIFE_HOLDING)
		later++;
	words_text(words, ": ");
	if (number + 1 == box->events || (later == box->events && status->reason == STOP_CRASH))
		remote_end_words(console, partition, status, words);
	else
		words_text(words, life_reason_name(status->reason));
}

static void log_event(const struct console *console, uint8_t partition, uint32_t number,
                      struct words *words)
{
	const struct life_event copy = life_event_of(console, partition, number), *event = &copy;
	const struct life_status *status = &event->status;

	words_text(words, "  ");
	words_seconds(words, event->time, console->info->counter_hz);
	words_text(words, " s");
	words_column(words, 18);
	words_text(words, life_state_name(status->state));
	words_column(words, 30);
	words_text(words, "start ");
	words_decimal(words, status->starts);
	if (status->state == LIFE_STOPPING || status->state == LIFE_HOLDING ||
	    status->state == LIFE_STOPPED)
		log_cause(console, partition, number, status, words);
	words_put(words, '\n');
}

static void log_events_head(const struct shell *shell, const struct blackbox *box,
                            struct words *words)
{
	words_say(words, "events of ", shell->console->name[shell->command->partition], ": ");
	words_decimal(words, box->events);
	words_text(words, " ever");
	if (box->events_lost) {
		words_text(words, ", and ");
		words_decimal(words, box->events_lost);
		words_text(words, " missing");
	}
	words_put(words, '\n');
}

static void log_misses(const struct console *console, const struct blackbox *box,
                       struct words *words)
{
	if (box->misses.next == 0)
		return;
	words_text(words, "deadlines missed: ");
	words_decimal(words, box->misses.next);
	words_text(words, " ever\n");
	for (uint32_t i = 0; i < MISS_EVENTS; i++) {
		const struct miss *miss = &box->misses.misses[(box->misses.next + i) % MISS_EVENTS];

		if (miss->number == 0)
			continue;
		words_text(words, "  ");
		words_seconds(words, miss->time, console->info->counter_hz);
		words_text(words, " s");
		words_column(words, 18);
		misses_words(console, miss, words);
	}
}

static void log_events(struct shell *shell, const struct blackbox *box, struct words *words)
{
	struct shell_command *command = shell->command;
	uint8_t partition = command->partition;

	/* Skips the events that were overwritten since the last step. */
	if (box->events - (uint32_t)command->at > BLACKBOX_EVENTS)
		command->at = box->events - BLACKBOX_EVENTS;
	for (uint32_t i = 0; i < LOG_LINES && command->at < command->end; i++, command->at++)
		log_event(shell->console, partition, (uint32_t)command->at, words);
	if (command->at < command->end)
		return;
	log_misses(shell->console, box, words);
	mends_words(shell->console, partition, words);
	command->step = LOG_CRASH;
	command->end = 0;
}

/* ---- the last crash ---- */

/* Writes a report from its beginning to its end. If a newer report has taken its place, says so
 * instead. */
static enum command_result log_crash(struct shell *shell, const struct blackbox *box,
                                     struct words *words)
{
	struct shell_command *command = shell->command;
	uint64_t *at = &command->end;

	if (box->crashes == 0) {
		words_text(words, "no crash report\n");
		return COMMAND_DONE;
	}
	if (*at != 0 && box->crashes != command->crashes) {
		words_text(words, "it has crashed again meanwhile: 'log' again shows that\n");
		return COMMAND_DONE;
	}
	if (*at == 0) {
		command->crashes = box->crashes;
		words_text(words, "last crash, of ");
		words_decimal(words, box->crashes);
		words_text(words, ", at ");
		words_seconds(words, box->report_time, shell->console->info->counter_hz);
		words_text(words, " s:\n");
	}
	while (*at < box->words_size && words->limit - words->size > LOG_WIDTH) {
		do
			words_put(words, box->words[*at]);
		while (box->words[(*at)++] != '\n' && *at < box->words_size && !words->full);
	}
	return *at < box->words_size ? COMMAND_MORE : COMMAND_DONE;
}

/* ---- before the machine's last reset: the end of the console, then the last crash ---- */

/* Begins the next part of that, which needn't be there. */
static bool log_begin_part(struct shell_command *command, uint32_t step, uint32_t at, uint32_t size)
{
	if (command->step >= step || size == 0)
		return false;
	memset(&command->filter, 0, sizeof(command->filter));
	command->at = at;
	command->end = at + size;
	command->step = step;
	return true;
}

/* Begins the next part that is there. Returns its step; 0: there is none. */
static uint32_t log_begin_former(struct shell_command *command, const struct blackbox *box)
{
	if (log_begin_part(command, LOG_FORMER, 0, box->former_size) ||
	    log_begin_part(command, LOG_FORMER_CRASH, box->former_size, box->former_words))
		return command->step;
	return 0;
}

static enum command_result log_former(struct shell_command *command, const struct blackbox *box,
                                      struct words *words)
{
	switch (log_begin_former(command, box)) {
	case LOG_FORMER:
		words_text(words, "before the machine was reset:\n");
		return COMMAND_MORE;
	case LOG_FORMER_CRASH:
		words_text(words, "last crash before the machine was reset:\n");
		return COMMAND_MORE;
	default:
		return COMMAND_DONE;
	}
}

enum command_result command_log(struct shell *shell, struct words *words, uint64_t now)
{
	struct shell_command *command = shell->command;
	const struct blackbox *box = blackbox_of(shell->console, command->partition);

	(void)now;
	switch (command->step) {
	case LOG_BEGIN:
		log_begin(shell, box, words);
		break;
	case LOG_FIND:
		log_find(command, box);
		break;
	case LOG_TAIL:
		log_tail(command, box, words);
		break;
	case LOG_EVENTS:
		log_events_head(shell, box, words);
		command->end = box->events; /* later events aren't shown */
		command->step = LOG_EVENT;
		break;
	case LOG_EVENT:
		log_events(shell, box, words);
		break;
	case LOG_FORMER:
	case LOG_FORMER_CRASH:
		if (log_rows(command, box->former, BLACKBOX_FORMER_SIZE, words))
			return log_former(command, box, words);
		break;
	default:
		if (log_crash(shell, box, words) == COMMAND_DONE)
			return log_former(command, box, words);
	}
	return COMMAND_MORE;
}

/* ---- for programs: the same, with the partition's characters unchanged ---- */

static void tell_begin(const struct shell *shell, const struct blackbox *box, struct json *json)
{
	json_begin(json, "log");
	json_string(json, "name", shell->console->name[shell->command->partition]);
	json_number(json, "printed", box->printed);
	json_number(json, "unread", box->unread);
	json_rows(json, "console");
}

/* Writes a row of a ring, or of a text. False: the rows are at their end. */
static bool tell_row(struct shell_command *command, const void *ring, uint32_t size, uint64_t end,
                     struct json *json)
{
	if (command->at >= end) {
		json_end(json);
		return false;
	}
	command->at = lifejson_row(json, ring, size, command->at, end);
	return true;
}

static void tell_console(struct shell_command *command, const struct blackbox *box,
                         struct json *json)
{
	const uint64_t oldest = log_oldest(box);

	if (command->at < oldest)
		command->at = oldest;
	if (tell_row(command, box->console, BLACKBOX_CONSOLE_SIZE, command->end, json))
		return;
	json_number(json, "events_ever", box->events);
	json_number(json, "events_lost", box->events_lost);
	json_rows(json, "events");
	command->at = box->events < BLACKBOX_EVENTS ? 0 : box->events - BLACKBOX_EVENTS;
	command->end = box->events;
	command->step = LOG_EVENT;
}

static void tell_event(const struct shell *shell, struct shell_command *command,
                       const struct blackbox *box, struct json *json)
{
	if (box->events - (uint32_t)command->at > BLACKBOX_EVENTS)
		command->at = box->events - BLACKBOX_EVENTS;
	if (command->at < command->end) {
		const struct life_event event =
		    life_event_of(shell->console, command->partition, (uint32_t)command->at++);

		lifejson_event(json, &event, shell->console->info->counter_hz);
		return;
	}
	json_end(json);
	json_number(json, "misses_ever", box->misses.next);
	json_rows(json, "misses");
	command->at = 0;
	command->step = LOG_MISSES;
}

static void tell_miss(const struct shell *shell, struct shell_command *command,
                      const struct blackbox *box, struct json *json)
{
	if (command->at < MISS_EVENTS) {
		const uint64_t slot = (box->misses.next + command->at++) % MISS_EVENTS;

		if (box->misses.misses[slot].number != 0)
			misses_tell(shell->console, &box->misses.misses[slot], json);
		return;
	}
	json_end(json);
	json_number(json, "crashes", box->crashes);
	command->step = LOG_CRASH;
}

/* Begins the report of the last crash. False: there is none. */
static bool tell_crash(const struct shell *shell, struct shell_command *command,
                       const struct blackbox *box, struct json *json)
{
	if (box->crashes == 0)
		return false;
	json_number(json, "crash_time_us",
	            lifejson_us(box->report_time, shell->console->info->counter_hz));
	json_rows(json, "crash");
	command->crashes = box->crashes;
	command->at = 0;
	command->step = LOG_REPORT;
	return true;
}

/* Writes a row of the report. False: the report is at its end, or a newer report has taken its
 * place. */
static bool tell_report(struct shell_command *command, const struct blackbox *box,
                        struct json *json)
{
	const bool same = box->crashes == command->crashes;

	if (tell_row(command, box->words, BLACKBOX_WORDS_SIZE, same ? box->words_size : 0, json))
		return true;
	json_boolean(json, "crash_whole", same && box->words_size != 0);
	return false;
}

/* False: there is nothing more from before the machine's last reset. */
static bool tell_former(struct shell_command *command, const struct blackbox *box,
                        struct json *json)
{
	const uint32_t step = log_begin_former(command, box);

	if (step != 0)
		json_rows(json, step == LOG_FORMER ? "former" : "former_crash");
	return step != 0;
}

enum command_result tell_log(struct shell *shell, struct json *json, uint64_t now)
{
	struct shell_command *command = shell->command;
	const struct blackbox *box = blackbox_of(shell->console, command->partition);
	bool more = true;

	(void)now;
	switch (command->step) {
	case LOG_BEGIN:
		tell_begin(shell, box, json);
		command->at = command->end = box->printed;
		command->step = command->lines ? LOG_FIND : LOG_TAIL;
		break;
	case LOG_FIND:
		log_find(command, box);
		break;
	case LOG_TAIL:
		tell_console(command, box, json);
		break;
	case LOG_EVENT:
		tell_event(shell, command, box, json);
		break;
	case LOG_MISSES:
		tell_miss(shell, command, box, json);
		break;
	case LOG_CRASH:
		more = tell_crash(shell, command, box, json) || tell_former(command, box, json);
		break;
	case LOG_FORMER:
	case LOG_FORMER_CRASH:
		more = tell_row(command, box->former, BLACKBOX_FORMER_SIZE, command->end, json) ||
		       tell_former(command, box, json);
		break;
	default:
		more = tell_report(command, box, json) || tell_former(command, box, json);
		break;
	}
	if (more)
		return COMMAND_MORE;
	json_end(json);
	return COMMAND_DONE;
}
