/* See terminal.h. */
#include "terminal.h"

enum terminal_keys {
	TERMINAL_END = 0x04, /* Ctrl-D */
	TERMINAL_BACK = 0x08,
	TERMINAL_LINE_OUT = 0x15, /* Ctrl-U */
	TERMINAL_DELETE = 0x7f,
};

static void terminal_erase(struct terminal *terminal, struct text *echo)
{
	if (terminal->length == 0)
		return;
	terminal->length--;
	text_add(echo, "\b \b");
}

static void terminal_character(struct terminal *terminal, char key, struct text *echo)
{
	const char shown[2] = {key, '\0'};

	/* The last place is for the line's end. */
	if (terminal->length == TERMINAL_LINE - 1)
		return;
	terminal->line[terminal->length++] = key;
	text_add(echo, shown);
}

static void terminal_end_line(struct terminal *terminal, struct text *echo)
{
	terminal->line[terminal->length++] = '\n';
	terminal->whole = true;
	text_add(echo, "\n");
}

void terminal_key(struct terminal *terminal, char key, struct text *echo)
{
	switch (key) {
	case '\r':
	case '\n':
		terminal_end_line(terminal, echo);
		break;
	case TERMINAL_BACK:
	case TERMINAL_DELETE:
		terminal_erase(terminal, echo);
		break;
	case TERMINAL_LINE_OUT:
		while (terminal->length > 0)
			terminal_erase(terminal, echo);
		break;
	case TERMINAL_END:
		terminal->whole = true;
		break;
	default:
		if ((unsigned char)key >= ' ' || key == '\t')
			terminal_character(terminal, key, echo);
	}
}

size_t terminal_take(struct terminal *terminal, char *to, size_t size)
{
	const size_t left = terminal->length - terminal->taken;
	const size_t count = size < left ? size : left;

	for (size_t i = 0; i < count; i++)
		to[i] = terminal->line[terminal->taken++];
	if (terminal->taken == terminal->length) {
		terminal->length = 0;
		terminal->taken = 0;
		terminal->whole = false;
	}
	return count;
}
