/*
 * Lines for the shell, from the prompt or the link, and the answers' way back: into the service's
 * own ring, or to the host that asked. See console/line.h.
 */
#include <console/console.h>

void line_take(struct console *console, uint8_t number, const char *line, uint32_t size)
{
	console->runs[number] = true;
	console->does->line(console->shell, number, line, size);
}

void line_over(struct console *console, uint8_t number)
{
	console->runs[number] = false;
	if (number == LINE_PROMPT)
		editor_again(console);
}

void line_cancel(struct console *console, uint8_t number)
{
	if (!console->runs[number])
		return;
	if (number == LINE_PROMPT)
		say_text(console, "^C\n");
	console->does->cancel(console->shell, number);
	line_over(console, number);
}

void line_leave(struct console *console)
{
	for (uint8_t i = 0; i < LINK_LINES; i++)
		line_cancel(console, i);
}

/* Takes the part as a whole or not at all. Parts are whole lines, so other words only stand between
 * lines. */
bool line_answer(struct console *console, uint8_t number, bool last, uint8_t status,
                 const char *text, uint32_t size)
{
	if (number != LINE_PROMPT)
		return link_answer(console, number, last, status, text, size);
	if (say_room(console) < size)
		return false;
	for (uint32_t i = 0; i < size; i++)
		say_put(console, text[i]);
	return true;
}
