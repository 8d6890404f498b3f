/* A line that a person types; see lib/lineedit.h. */
#include <lib/lineedit.h>
#include <lib/string.h>

#define KEY_CTRL(letter) ((letter) - 'A' + 1)
#define KEY_ESCAPE       0x1b
#define KEY_DELETE       0x7f

enum { ESCAPE_NONE, ESCAPE_BEGUN, ESCAPE_SEQUENCE };

/* ---- showing the line ---- */

static void show(const struct lineedit *edit, char character)
{
	edit->show(edit->to, character);
}

static void show_text(const struct lineedit *edit, const char *text)
{
	while (*text != 0)
		show(edit, *text++);
}

static void edit_back(const struct lineedit *edit, uint32_t columns)
{
	for (; columns; columns--)
		show(edit, '\b');
}

/* Shows the line from a column on, wipes `gone` columns behind it, and puts the cursor at its
 * place. */
static void edit_tail(const struct lineedit *edit, uint32_t from, uint32_t gone)
{
	show_text(edit, edit->line + from);
	for (uint32_t i = 0; i < gone; i++)
		show(edit, ' ');
	edit_back(edit, gone + edit->length - edit->cursor);
}

void lineedit_show(const struct lineedit *edit)
{
	edit_tail(edit, 0, 0);
}

/* ---- changing the line ---- */

void lineedit_insert(struct lineedit *edit, const char *text, uint32_t size)
{
	const uint32_t at = edit->cursor, room = (uint32_t)edit->size - edit->length;

	if (size > room)
		size = room;
	memmove(edit->line + at + size, edit->line + at, edit->length - at + 1u);
	memcpy(edit->line + at, text, size);
	edit->length = (uint8_t)(edit->length + size);
	edit->cursor = (uint8_t)(at + size);
	edit_tail(edit, at, 0);
}

/* Removes `count` characters before the cursor. */
static void edit_remove(struct lineedit *edit, uint32_t count)
{
	if (count > edit->cursor)
		count = edit->cursor;
	edit_back(edit, count);
	memmove(edit->line + edit->cursor - count, edit->line + edit->cursor,
	        edit->length - edit->cursor + 1u);
	edit->cursor = (uint8_t)(edit->cursor - count);
	edit->length = (uint8_t)(edit->length - count);
	edit_tail(edit, edit->cursor, count);
}

static void edit_right(struct lineedit *edit)
{
	if (edit->cursor < edit->length)
		show(edit, edit->line[edit->cursor++]);
}

static void edit_left(struct lineedit *edit)
{
	if (!edit->cursor)
		return;
	edit->cursor--;
	show(edit, '\b');
}

static void edit_end(struct lineedit *edit)
{
	while (edit->cursor < edit->length)
		edit_right(edit);
}

static void edit_home(struct lineedit *edit)
{
	edit_back(edit, edit->cursor);
	edit->cursor = 0;
}

static void edit_delete(struct lineedit *edit)
{
	if (edit->cursor == edit->length)
		return;
	edit_right(edit);
	edit_remove(edit, 1);
}

/* Removes the word before the cursor, and the spaces after this word. */
static void edit_remove_word(struct lineedit *edit)
{
	uint32_t from = edit->cursor;

	while (from && edit->line[from - 1] == ' ')
		from--;
	while (from && edit->line[from - 1] != ' ')
		from--;
	edit_remove(edit, edit->cursor - from);
}

static void edit_replace(struct lineedit *edit, const char *text)
{
	edit_end(edit);
	edit_remove(edit, edit->length);
	lineedit_insert(edit, text, (uint32_t)string_length(text));
}

/* ---- the lines before this one ---- */

static void edit_remember(struct lineedit *edit)
{
	edit->browsed = 0;
	if (edit->length == 0 || memcmp(edit->history[0], edit->line, edit->length + 1u) == 0)
		return;
	memmove(edit->history[1], edit->history[0],
	        (LINEEDIT_HISTORY - 1) * sizeof(edit->history[0]));
	memcpy(edit->history[0], edit->line, sizeof(edit->line));
	if (edit->lines < LINEEDIT_HISTORY)
		edit->lines++;
}

static void edit_older(struct lineedit *edit)
{
	if (edit->browsed == edit->lines)
		return;
	if (edit->browsed == 0)
		memcpy(edit->draft, edit->line, sizeof(edit->line));
	edit_replace(edit, edit->history[edit->browsed++]);
}

static void edit_newer(struct lineedit *edit)
{
	if (edit->browsed == 0)
		return;
	edit->browsed--;
	edit_replace(edit, edit->browsed ? edit->history[edit->browsed - 1] : edit->draft);
}

/* ---- keys ---- */

void lineedit_clear(struct lineedit *edit)
{
	edit->length = edit->cursor = edit->browsed = 0;
	edit->line[0] = 0;
}

static void edit_rub_out(struct lineedit *edit)
{
	edit_remove(edit, 1);
}

static void edit_remove_all(struct lineedit *edit)
{
	edit_remove(edit, edit->cursor);
}

static enum lineedit_result edit_enter(struct lineedit *edit)
{
	show(edit, '\n');
	edit_remember(edit);
	return LINEEDIT_WHOLE;
}

static enum lineedit_result edit_control(struct lineedit *edit, uint8_t key)
{
	static const struct {
		uint8_t key;
		void (*act)(struct lineedit *);
	} keys[] = {
	    {KEY_CTRL('A'), edit_home},       {KEY_CTRL('B'), edit_left},
	    {KEY_CTRL('D'), edit_delete},     {KEY_CTRL('E'), edit_end},
	    {KEY_CTRL('F'), edit_right},      {KEY_CTRL('N'), edit_newer},
	    {KEY_CTRL('P'), edit_older},      {KEY_CTRL('W'), edit_remove_word},
	    {KEY_CTRL('H'), edit_rub_out},    {KEY_DELETE, edit_rub_out},
	    {KEY_CTRL('U'), edit_remove_all},
	};

	for (unsigned int i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].key == key)
			keys[i].act(edit);
	if (key == '\r' || key == '\n')
		return edit_enter(edit);
	if (key == KEY_CTRL('C'))
		return LINEEDIT_CANCEL;
	return key == KEY_CTRL('I') ? LINEEDIT_COMPLETE : LINEEDIT_GOES_ON;
}

static void edit_sequence(struct lineedit *edit, uint8_t key)
{
	static const struct {
		uint8_t key, parameter;
		void (*act)(struct lineedit *);
	} keys[] = {
	    {'A', 0, edit_older}, {'B', 0, edit_newer}, {'C', 0, edit_right},
	    {'D', 0, edit_left},  {'H', 0, edit_home},  {'F', 0, edit_end},
	    {'~', 1, edit_home},  {'~', 4, edit_end},   {'~', 3, edit_delete},
	};

	if (edit->escape == ESCAPE_BEGUN) {
		edit->escape = key == '[' || key == 'O' ? ESCAPE_SEQUENCE : ESCAPE_NONE;
		edit->parameter = 0;
		return;
	}
	if (key >= '0' && key <= '?') {
		edit->parameter = key - '0';
		return;
	}
	edit->escape = ESCAPE_NONE;
	for (unsigned int i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].key == key && keys[i].parameter == edit->parameter)
			keys[i].act(edit);
}

enum lineedit_result lineedit_key(struct lineedit *edit, uint8_t key)
{
	bool feed = edit->feed && key == '\n';
	char character = (char)key;

	edit->feed = key == '\r';
	if (feed)
		return LINEEDIT_GOES_ON;
	if (edit->escape != ESCAPE_NONE && key >= ' ')
		edit_sequence(edit, key);
	else if (key == KEY_ESCAPE)
		edit->escape = ESCAPE_BEGUN;
	else if (key >= ' ' && key < KEY_DELETE)
		lineedit_insert(edit, &character, 1);
	else
		return edit_control(edit, key);
	return LINEEDIT_GOES_ON;
}
