/* See line.h. */
#include "line.h"

#define LINE_BACKSPACE 8
#define LINE_DELETE    127
#define LINE_KILL      21 /* Ctrl-U */

static void line_rub_out(struct line *line, struct text *echo)
{
	if (line->length == 0)
		return;
	line->length--;
	text_add(echo, "\b \b");
}

/* What doesn't fit isn't taken, nor shown. */
static void line_add(struct line *line, char character, struct text *echo)
{
	const char shown[2] = {character, 0};

	if (line->length == LINE_SIZE)
		return;
	line->bytes[line->length++] = character;
	text_add(echo, shown);
}

static void line_split(struct line *line)
{
	bool inside = false;

	line->words = 0;
	for (uint32_t i = 0; i < line->length; i++) {
		const bool space = line->bytes[i] == ' ';

		if (space)
			line->bytes[i] = '\0';
		else if (!inside)
			line->word[line->words++] = &line->bytes[i];
		inside = !space;
	}
	line->bytes[line->length] = '\0';
	line->length = 0;
}

bool line_take(struct line *line, char character, struct text *echo)
{
	if (character == '\r' || character == '\n') {
		text_add(echo, "\n");
		line_split(line);
		return true;
	}
	if (character == LINE_BACKSPACE || character == LINE_DELETE)
		line_rub_out(line, echo);
	else if (character == LINE_KILL)
		while (line->length > 0)
			line_rub_out(line, echo);
	else if (character >= ' ' && character < LINE_DELETE)
		line_add(line, character, echo);
	return false;
}
