/* See line.h. */
#include "line.h"
#include <lib/string.h>

static void line_split(struct line *line)
{
	bool inside = false;

	memcpy(line->bytes, line->edit.line, sizeof(line->bytes));
	line->words = 0;
	for (uint32_t i = 0; i < line->edit.length; i++) {
		const bool space = line->bytes[i] == ' ';

		if (space)
			line->bytes[i] = '\0';
		else if (!inside)
			line->word[line->words++] = &line->bytes[i];
		inside = !space;
	}
}

static void line_cancel(struct line *line)
{
	for (const char *shown = "^C\n"; *shown != '\0'; shown++)
		line->edit.show(line->edit.to, *shown);
	line->words = 0;
}

void line_begin(struct line *line, void (*show)(void *to, char character), void *to)
{
	*line = (struct line){.edit = {.show = show, .to = to, .size = LINEEDIT_MAX}};
}

bool line_take(struct line *line, char key)
{
	const enum lineedit_result result = lineedit_key(&line->edit, (uint8_t)key);

	if (result != LINEEDIT_WHOLE && result != LINEEDIT_CANCEL)
		return false;
	if (result == LINEEDIT_WHOLE)
		line_split(line);
	else
		line_cancel(line);
	lineedit_clear(&line->edit);
	return true;
}
