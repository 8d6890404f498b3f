/*
 * A line for the shell, from the prompt or the link, and the answer's way back: into the service's
 * own ring, or to the host that asked. One line at a time. See console/line.h.
 */
#include <console/console.h>

void line_take(struct console *console, const char *line, uint32_t size, bool linked)
{
	console->line = (struct console_line){.runs = true, .linked = linked};
	console->does->line(console->shell, line, size);
}

void line_over(struct console *console)
{
	console->line.runs = false;
	editor_again(console);
}

void line_cancel(struct console *console)
{
	if (!console->line.runs)
		return;
	if (!console->line.linked)
		say_text(console, "^C\n");
	console->does->cancel(console->shell);
	line_over(console);
}

/* Whole lines go out together, so other words can only stand between lines. */
bool line_answer(struct console *console, bool last, uint8_t status, const char *text,
                 uint32_t size)
{
	if (console->line.linked)
		return link_answer(console, last, status, text, size);
	if (say_room(console) < size)
		return false;
	for (uint32_t i = 0; i < size; i++)
		say_put(console, text[i]);
	return true;
}
