/* See commands.h. */
#include "commands.h"
#include <lib/string.h>
#include <proto/log.h>
#include <proto/supervisor.h>
#include <rtos/console.h>
#include <rtos/sys.h>

/* Adds the program's name. If the supervisor doesn't tell the name, the line is taken for
 * its own. */
static void log_add_program(struct text *text, uint64_t badge)
{
	uint64_t word[RTOS_WORDS] = {SUPERVISOR_STATE, badge - 1};
	char name[17] = "";

	if (sys_call(sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle, word, 0) == RTOS_OK &&
	    word[0] == SUPERVISOR_OK)
		memcpy(name, &word[5], 16);
	text_add(text, name[0] != '\0' ? name : "supervisor");
}

/* Prints "[seconds.milliseconds] program: text". */
static void log_show(const uint64_t word[RTOS_WORDS])
{
	const uint32_t ms = LOG_LINE_MS(word[0]);
	struct text text = {.length = 0};
	char line[LOG_TEXT + 1] = "";

	memcpy(line, &word[2], log_line_length(word[0]));
	text_add(&text, "[");
	text_number(&text, ms / 1000);
	text_add(&text, ms % 1000 < 10 ? ".00" : ms % 1000 < 100 ? ".0" : ".");
	text_number(&text, ms % 1000);
	text_add(&text, "] ");
	log_add_program(&text, LOG_LINE_BADGE(word[0]));
	text_add(&text, ": ");
	text_add(&text, line);
	text_add(&text, "\n");
	(void)console_print(&text);
}

/* False: the log doesn't answer. */
static bool log_show_all(rtos_handle_t port)
{
	uint64_t word[RTOS_WORDS] = {LOG_READ, 1};
	enum rtos_status status;

	while ((status = sys_call_anew(port, word, 0)) == RTOS_OK &&
	       LOG_LINE_STATUS(word[0]) == LOG_OK) {
		log_show(word);
		word[0] = LOG_READ;
		word[1]++;
	}
	return status == RTOS_OK;
}

/* Adds lines to the log: a text that is longer than a line becomes several. False: the log doesn't
 * answer. */
static bool log_write(rtos_handle_t port, const struct line *line)
{
	struct text text = {.length = 0};

	for (uint32_t i = 1; i < line->words; i++) {
		text_add(&text, i > 1 ? " " : "");
		text_add(&text, line->word[i]);
	}
	for (size_t at = 0; at < text.length; at += LOG_TEXT) {
		const size_t left = text.length - at;
		uint64_t word[RTOS_WORDS] = {LOG_WRITE, left < LOG_TEXT ? left : LOG_TEXT};

		memcpy(&word[2], text.bytes + at, word[1]);
		if (sys_call_anew(port, word, 0) != RTOS_OK)
			return false;
	}
	return true;
}

void log_command(const struct line *line)
{
	static const char none[] = "the manifest gives the shell no log\n";
	static const char silent[] = "the log doesn't answer\n";
	const struct rtos_given *port = sys_given(RTOS_GIVEN_USE, "log", 0);

	if (!port)
		(void)console_write(none, sizeof(none) - 1);
	else if (line->words > 1 ? !log_write(port->handle, line) : !log_show_all(port->handle))
		(void)console_write(silent, sizeof(silent) - 1);
}
