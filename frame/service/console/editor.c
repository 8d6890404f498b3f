/* The operator's line: see console/editor.h. Called by keys.c, link.c, say.c and command.c. */
#include <console/console.h>
#include <lib/string.h>

#define EDITOR_ROOM 1024u /* what a key shows at most: a list of completions and the line */

#define KEY_CTRL(letter) ((letter) - 'A' + 1)
#define KEY_ESCAPE       0x1b
#define KEY_DELETE       0x7f

enum { ESCAPE_NONE, ESCAPE_BEGUN, ESCAPE_SEQUENCE };

/* ---- showing it ---- */

static void editor_back(struct console *console, uint32_t columns)
{
	for (; columns; columns--)
		say_put(console, '\b');
}

/* The line from a column on, then the cursor where it belongs; `gone` columns are blotted out. */
static void editor_tail(struct console *console, uint32_t from, uint32_t gone)
{
	struct console_editor *editor = &console->editor;

	say_text(console, editor->line + from);
	for (uint32_t i = 0; i < gone; i++)
		say_put(console, ' ');
	editor_back(console, gone + editor->length - editor->cursor);
}

uint32_t editor_hide(struct console *console)
{
	if (!console->editor.open)
		return 0;
	say_put(console, '\r');
	return (uint32_t)sizeof(EDITOR_PROMPT) - 1 + console->editor.length;
}

void editor_show(struct console *console)
{
	if (!console->editor.open)
		return;
	console->editor.begins = say_next(console);
	say_text(console, EDITOR_PROMPT);
	editor_tail(console, 0, 0);
}

/* ---- changing it ---- */

void editor_insert(struct console *console, const char *text, uint32_t size)
{
	struct console_editor *editor = &console->editor;
	uint32_t at = editor->cursor;

	if (size > EDITOR_LINE - editor->length)
		size = EDITOR_LINE - editor->length;
	memmove(editor->line + at + size, editor->line + at, editor->length - at + 1u);
	memcpy(editor->line + at, text, size);
	editor->length = (uint8_t)(editor->length + size);
	editor->cursor = (uint8_t)(at + size);
	editor_tail(console, at, 0);
}

/* `count` characters before the cursor. */
static void editor_remove(struct console *console, uint32_t count)
{
	struct console_editor *editor = &console->editor;

	if (count > editor->cursor)
		count = editor->cursor;
	editor_back(console, count);
	memmove(editor->line + editor->cursor - count, editor->line + editor->cursor,
	        editor->length - editor->cursor + 1u);
	editor->cursor = (uint8_t)(editor->cursor - count);
	editor->length = (uint8_t)(editor->length - count);
	editor_tail(console, editor->cursor, count);
}

static void editor_right(struct console *console)
{
	struct console_editor *editor = &console->editor;

	if (editor->cursor < editor->length)
		say_put(console, editor->line[editor->cursor++]);
}

static void editor_left(struct console *console)
{
	if (!console->editor.cursor)
		return;
	console->editor.cursor--;
	say_put(console, '\b');
}

static void editor_end(struct console *console)
{
	while (console->editor.cursor < console->editor.length)
		editor_right(console);
}

static void editor_home(struct console *console)
{
	editor_back(console, console->editor.cursor);
	console->editor.cursor = 0;
}

static void editor_delete(struct console *console)
{
	if (console->editor.cursor == console->editor.length)
		return;
	editor_right(console);
	editor_remove(console, 1);
}

/* The word before the cursor, with the spaces behind it. */
static void editor_remove_word(struct console *console)
{
	const struct console_editor *editor = &console->editor;
	uint32_t from = editor->cursor;

	while (from && editor->line[from - 1] == ' ')
		from--;
	while (from && editor->line[from - 1] != ' ')
		from--;
	editor_remove(console, editor->cursor - from);
}

static void editor_replace(struct console *console, const char *text)
{
	editor_end(console);
	editor_remove(console, console->editor.length);
	editor_insert(console, text, (uint32_t)string_length(text));
}

/* ---- the lines before it ---- */

static void editor_remember(struct console_editor *editor)
{
	editor->browsed = 0;
	if (editor->length == 0 ||
	    memcmp(editor->history[0], editor->line, editor->length + 1u) == 0)
		return;
	memmove(editor->history[1], editor->history[0],
	        (EDITOR_HISTORY - 1) * sizeof(editor->history[0]));
	memcpy(editor->history[0], editor->line, sizeof(editor->line));
	if (editor->lines < EDITOR_HISTORY)
		editor->lines++;
}

static void editor_older(struct console *console)
{
	struct console_editor *editor = &console->editor;

	if (editor->browsed == editor->lines)
		return;
	if (editor->browsed == 0)
		memcpy(editor->draft, editor->line, sizeof(editor->line));
	editor_replace(console, editor->history[editor->browsed++]);
}

static void editor_newer(struct console *console)
{
	struct console_editor *editor = &console->editor;

	if (editor->browsed == 0)
		return;
	editor->browsed--;
	editor_replace(console,
	               editor->browsed ? editor->history[editor->browsed - 1] : editor->draft);
}

/* ---- keys ---- */

static void editor_clear(struct console_editor *editor)
{
	editor->length = editor->cursor = editor->browsed = 0;
	editor->line[0] = 0;
}

static void editor_enter(struct console *console)
{
	struct console_editor *editor = &console->editor;
	char line[EDITOR_LINE + 1];

	say_put(console, '\n');
	editor_remember(editor);
	memcpy(line, editor->line, sizeof(line));
	editor_clear(editor);
	editor->open = false;
	line_take(console, line, (uint32_t)string_length(line), false);
}

static void editor_cancel(struct console *console)
{
	say_text(console, "^C\n");
	editor_clear(&console->editor);
	editor_show(console);
}

static void editor_complete(struct console *console)
{
	console->does->complete(console->shell);
}

static void editor_control(struct console *console, uint8_t key)
{
	static const struct {
		uint8_t key;
		void (*act)(struct console *);
	} keys[] = {
	    {KEY_CTRL('A'), editor_home},
	    {KEY_CTRL('B'), editor_left},
	    {KEY_CTRL('C'), editor_cancel},
	    {KEY_CTRL('D'), editor_delete},
	    {KEY_CTRL('E'), editor_end},
	    {KEY_CTRL('F'), editor_right},
	    {KEY_CTRL('I'), editor_complete},
	    {KEY_CTRL('N'), editor_newer},
	    {KEY_CTRL('P'), editor_older},
	    {KEY_CTRL('W'), editor_remove_word},
	    {'\r', editor_enter},
	    {'\n', editor_enter},
	};

	for (unsigned int i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].key == key)
			keys[i].act(console);
	if (key == KEY_CTRL('H') || key == KEY_DELETE)
		editor_remove(console, 1);
	else if (key == KEY_CTRL('U'))
		editor_remove(console, console->editor.cursor);
}

static void editor_sequence(struct console *console, uint8_t key)
{
	static const struct {
		uint8_t key, parameter;
		void (*act)(struct console *);
	} keys[] = {
	    {'A', 0, editor_older}, {'B', 0, editor_newer}, {'C', 0, editor_right},
	    {'D', 0, editor_left},  {'H', 0, editor_home},  {'F', 0, editor_end},
	    {'~', 1, editor_home},  {'~', 4, editor_end},   {'~', 3, editor_delete},
	};
	struct console_editor *editor = &console->editor;

	if (editor->escape == ESCAPE_BEGUN) {
		editor->escape = key == '[' || key == 'O' ? ESCAPE_SEQUENCE : ESCAPE_NONE;
		editor->parameter = 0;
		return;
	}
	if (key >= '0' && key <= '?') {
		editor->parameter = key - '0';
		return;
	}
	editor->escape = ESCAPE_NONE;
	for (unsigned int i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].key == key && keys[i].parameter == editor->parameter)
			keys[i].act(console);
}

static void editor_key(struct console *console, uint8_t key)
{
	struct console_editor *editor = &console->editor;
	bool feed = editor->feed && key == '\n';
	char c = (char)key;

	editor->feed = key == '\r';
	if (feed)
		return;
	if (editor->escape != ESCAPE_NONE && key >= ' ')
		editor_sequence(console, key);
	else if (key == KEY_ESCAPE)
		editor->escape = ESCAPE_BEGUN;
	else if (key >= ' ' && key < KEY_DELETE)
		editor_insert(console, &c, 1);
	else
		editor_control(console, key);
}

/* While a command runs, or what was typed then waits for room: Ctrl-C ends it, everything else
 * waits; what finds no room is dropped. */
static void editor_ahead(struct console *console, uint8_t key)
{
	struct console_editor *editor = &console->editor;

	if (key == KEY_CTRL('C')) {
		editor->ahead_size = 0;
		if (console->line.runs)
			line_cancel(console);
		else
			editor_cancel(console);
	} else if (editor->ahead_size < EDITOR_AHEAD) {
		editor->ahead[editor->ahead_size++] = key;
	}
}

bool editor_take(struct console *console, uint8_t key)
{
	if (console->line.runs || console->editor.ahead_size) {
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

	if (!editor->open) { /* the host's commands leave it there */
		editor->open = editor->wanted;
		editor_show(console);
	}
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
	if (editor->open || console->line.runs)
		return;
	editor->open = true;
	editor_show(console);
}

/* The unfinished row is left to whoever shows it; what isn't shown of it yet never is. */
void editor_close(struct console *console)
{
	struct console_editor *editor = &console->editor;

	if (editor->open) {
		say_take_back(console, editor->begins);
		say_put(console, '\r');
	}
	editor->wanted = editor->open = false;
	editor->ahead_size = 0;
	editor->escape = ESCAPE_NONE;
	editor_clear(editor);
}
