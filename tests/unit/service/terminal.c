/* See terminal.h. */
#include "terminal.h"
#include <string.h>

enum { GROUND, ESCAPED, SEQUENCE };

void terminal_start(struct terminal *terminal, unsigned int width)
{
	memset(terminal, 0, sizeof(*terminal));
	terminal->width = width;
}

static void terminal_line_feed(struct terminal *terminal, bool wrapped)
{
	if (terminal->row + 1 >= TERMINAL_ROWS) {
		terminal->fault = "more rows than the test has room for";
		return;
	}
	terminal->row++;
	terminal->continued[terminal->row] = wrapped;
}

static void terminal_character(struct terminal *terminal, char character)
{
	if (terminal->column == terminal->width) {
		terminal_line_feed(terminal, true);
		terminal->column = 0;
	}
	char *row = terminal->cell[terminal->row];
	for (size_t end = strlen(row); end < terminal->column; end++)
		row[end] = ' ';
	row[terminal->column++] = character;
}

static void terminal_erase(struct terminal *terminal)
{
	char *row = terminal->cell[terminal->row];

	if (terminal->column == 0)
		terminal->continued[terminal->row] = false;
	if (strlen(row) > terminal->column)
		memset(row + terminal->column, 0, TERMINAL_COLUMNS - terminal->column);
}

static void terminal_sequence(struct terminal *terminal, char final)
{
	unsigned int count = terminal->parameter ? terminal->parameter : 1;

	switch (final) {
	case 'm':
		break;
	case 'K':
	case 'J':
		if (terminal->parameter)
			terminal->fault = "an erasure to the left or of everything";
		terminal_erase(terminal);
		break;
	case 'C':
		terminal->column += count;
		if (terminal->column >= terminal->width)
			terminal->column = terminal->width - 1;
		break;
	default:
		terminal->fault = "a sequence that isn't for guests";
		break;
	}
}

static void terminal_control(struct terminal *terminal, uint8_t byte)
{
	switch (byte) {
	case '\r':
		terminal->column = 0;
		break;
	case '\n':
		terminal_line_feed(terminal, false);
		break;
	case '\b':
		if (terminal->column)
			terminal->column--;
		break;
	case 0x1b:
		terminal->state = ESCAPED;
		break;
	default:
		terminal->fault = "a control character";
		break;
	}
}

/* A character takes one cell; a character that isn't ASCII is shown as '#'. */
static void terminal_ground(struct terminal *terminal, uint8_t byte)
{
	if (terminal->follow) {
		terminal->follow--;
		if ((byte & 0xc0) != 0x80)
			terminal->fault = "broken UTF-8";
	} else if (byte >= 0xc2 && byte <= 0xf4) {
		terminal->follow = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
		terminal_character(terminal, '#');
	} else if (byte >= 0x20 && byte < 0x7f) {
		terminal_character(terminal, (char)byte);
	} else if (byte < 0x20) {
		terminal_control(terminal, byte);
	} else {
		terminal->fault = "a byte that begins no character";
	}
}

static void terminal_byte(struct terminal *terminal, uint8_t byte)
{
	switch (terminal->state) {
	case GROUND:
		terminal_ground(terminal, byte);
		break;
	case ESCAPED:
		terminal->state = SEQUENCE;
		terminal->parameter = 0;
		if (byte != '[')
			terminal->fault = "an escape that is no control sequence";
		break;
	default:
		if (byte >= '0' && byte <= '9') {
			terminal->parameter = terminal->parameter * 10 + (byte - '0');
		} else if (byte == ';') {
			terminal->parameter = 0;
		} else {
			terminal->state = GROUND;
			terminal_sequence(terminal, (char)byte);
		}
		break;
	}
}

void terminal_put(struct terminal *terminal, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		terminal_byte(terminal, bytes[i]);
}

const char *terminal_row(struct terminal *terminal, unsigned int row)
{
	char *text = terminal->cell[row];

	for (size_t end = strlen(text); end && text[end - 1] == ' '; end--)
		text[end - 1] = 0;
	return text;
}
