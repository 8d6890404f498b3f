/* The operator's line: see console/editor.h. Called by keys.c, line.c, say.c and complete.c. */
#include <console/console.h>
#include <lib/string.h>

#define EDITOR_ROOM 1024u /* what a key shows at most: a list of completions, and the line */

#define KEY_CANCEL 0x03 /* Ctrl-C */

/* ---- showing it ---- */

uint32_t editor_hide(struct console *console)
{
	if (!console->editor.open)
		return 0;
	say_put(console, '\r');
	return (uint32_t)sizeof(EDITOR_PROMPT) - 1 + console->editor.edit.length;
}

void editor_show(struct console *console)
{
	if (!console->editor.open)
		return;
	console->editor.begins = say_next(console);
	say_text(console, EDITOR_PROMPT);
	lineedit_show(&console->editor.edit);
}

static void editor_put(void *to, char character)
{
	say_put(to, character);
}

void editor_start(struct console *console)
{
	console->editor.edit.show = editor_put;
	console->editor.edit.to = console;
	console->editor.edit.size = EDITOR_LINE;
}

/* ---- keys ---- */

static void editor_enter(struct console *console)
{
	struct console_editor *editor = &console->editor;
	char line[LINEEDIT_MAX + 1];

	memcpy(line, editor->edit.line, sizeof(line));
	lineedit_clear(&editor->edit);
	editor->open = false;
	line_take(console, LINE_PROMPT, line, (uint32_t)string_length(line));
}

static void editor_cancel(struct console *console)
{
	say_text(console, "^C\n");
	lineedit_clear(&console->editor.edit);
	editor_show(console);
}

static void editor_key(struct console *console, uint8_t key)
{
	switch (lineedit_key(&console->editor.edit, key)) {
	case LINEEDIT_WHOLE:
		editor_enter(console);
		break;
	case LINEEDIT_CANCEL:
		editor_cancel(console);
		break;
	case LINEEDIT_COMPLETE:
		console->does->complete(console->shell);
		break;
	case LINEEDIT_GOES_ON:
		break;
	}
}

/* Takes a key while a command runs, or while earlier keys wait for room. Ctrl-C ends the command.
 * Any other key waits; without room it is dropped. */
static void editor_ahead(struct console *console, uint8_t key)
{
	struct console_editor *editor = &console->editor;

	if (key == KEY_CANCEL) {
		editor->ahead_size = 0;
		if (console->runs[LINE_PROMPT])
			line_cancel(console, LINE_PROMPT);
		else
			editor_cancel(console);
	} else if (editor->ahead_size < EDITOR_AHEAD) {
		editor->ahead[editor->ahead_size++] = key;
	}
}

bool editor_take(struct console *console, uint8_t key)
{
	if (console->runs[LINE_PROMPT] || console->editor.ahead_size) {
		editor_ahead(console, key);
		return true;
	}
	if (say_room(console) < EDITOR_ROOM)
		return false;
	editor_key(console, key);
	return true;
}

void editor_again(struct console *console)
{
	struct console_editor *editor = &console->editor;

	editor->open = editor->wanted;
	editor_show(console);
	editor_pump(console);
}

void editor_pump(struct console *console)
{
	struct console_editor *editor = &console->editor;

	while (editor->open && editor->ahead_size && say_room(console) >= EDITOR_ROOM) {
		uint8_t key = editor->ahead[0];

		editor->ahead_size--;
		memmove(editor->ahead, editor->ahead + 1, editor->ahead_size);
		editor_key(console, key);
	}
}

void editor_open(struct console *console)
{
	struct console_editor *editor = &console->editor;

	editor->wanted = true;
	if (editor->open || console->runs[LINE_PROMPT])
		return;
	editor->open = true;
	editor_show(console);
}

/* The prompt's row stays as far as it was printed. The rest is never printed. */
void editor_close(struct console *console)
{
	struct console_editor *editor = &console->editor;

	if (editor->open) {
		say_take_back(console, editor->begins);
		say_put(console, '\r');
	}
	editor->wanted = editor->open = false;
	editor->ahead_size = 0;
	editor->edit.escape = 0;
	lineedit_clear(&editor->edit);
}
