/* See commands.h. */
#include "commands.h"
#include <rtos/console.h>
#include <rtos/run.h>

static void run_say_end(const struct run_end *end)
{
	struct text text = {.length = 0};

	if (end->state == RTOS_PROCESS_EXITED && end->value == 0)
		return;
	if (end->state == RTOS_PROCESS_EXITED) {
		text_add(&text, "it exited with ");
		text_number(&text, end->value);
	} else if (end->state == RTOS_PROCESS_KILLED) {
		text_add(&text, "it was killed");
	} else {
		text_add(&text, end->state == RTOS_PROCESS_BROKE ? "it broke a rule: status "
		                                                 : "it faulted: syndrome ");
		text_hex(&text, end->value);
	}
	text_add(&text, "\n");
	(void)console_print(&text);
}

static void run_say(const char *path, enum loader_status status)
{
	struct text text = {.length = 0};

	text_add(&text, path);
	text_add(&text, ": ");
	text_add(&text, run_status_text(status));
	text_add(&text, "\n");
	(void)console_print(&text);
}

static bool run_is_behind(const struct line *line)
{
	const char *last = line->word[line->words - 1];

	return last[0] == '&' && last[1] == '\0';
}

void run_command(const struct line *line)
{
	const bool behind = line->words > 2 && run_is_behind(line);
	enum loader_status status;
	struct run_end end;
	struct run run;

	if (line->words < 2) {
		static const char which[] = "which file?\n";

		(void)console_write(which, sizeof(which) - 1);
		return;
	}
	status = run_start(line->word[1], &line->word[2], line->words - 2 - behind, 0, &run);
	if (status != LOADER_OK)
		run_say(line->word[1], status);
	else if (!behind && run_wait(&run, true, &end))
		run_say_end(&end);
}
