/*
 * A guest's line on a terminal: see lib/termline.h. The guest's cursor is only a number here. The
 * terminal's cursor moves to the same place only when something is printed, so "\r\n" moves
 * nothing.
 */
#include <lib/termline.h>

#define ESCAPE         0x1b
#define BACKSPACES_MAX 4 /* a longer way is a movement from the row's beginning */

static void out_byte(struct termline_out *out, uint8_t byte)
{
	if (out->size < TERMLINE_OUT_MAX)
		out->bytes[out->size++] = byte;
}

static void out_number(struct termline_out *out, uint32_t number)
{
	if (number >= 10)
		out_number(out, number / 10);
	out_byte(out, (uint8_t)('0' + number % 10));
}

static void out_csi(struct termline_out *out)
{
	out_byte(out, ESCAPE);
	out_byte(out, '[');
}

/* Moves the cursor to a column, from the row's beginning. The terminal would take a movement by 0
 * columns as one by 1. */
static void out_position(struct termline_out *out, uint32_t columns)
{
	out_byte(out, '\r');
	if (columns == 0)
		return;
	out_csi(out);
	out_number(out, columns);
	out_byte(out, 'C');
}

static void out_cell(struct termline_out *out, uint32_t cell)
{
	for (; cell; cell >>= 8)
		out_byte(out, (uint8_t)cell);
}

static uint16_t line_limit(const struct termline *line)
{
	if (!line->limit || line->limit > TERMLINE_COLUMNS)
		return TERMLINE_COLUMNS;
	return line->limit < TERMLINE_LEAST ? TERMLINE_LEAST : line->limit;
}

/*
 * The cursor moves left by backspaces, and otherwise only from the row's beginning. The guest's
 * column is never behind the line's end. The terminal's cursor is behind the guest's only after the
 * guest moved backwards. So the cursor can't reach the prefix, however wide the characters are.
 */
void termline_settle(struct termline *line, struct termline_out *out)
{
	out->size = 0;
	if (line->cursor == line->column)
		return;
	if (line->cursor > line->column && !line->wide &&
	    line->cursor - line->column <= BACKSPACES_MAX) {
		for (uint16_t i = line->column; i < line->cursor; i++)
			out_byte(out, '\b');
	} else {
		out_position(out, (uint32_t)line->indent + line->column);
	}
	line->cursor = line->column;
}

/* Whether the cells up to the closing bracket at `end` spell "[name]". */
static bool line_spells(const struct termline *line, const char *name, size_t end)
{
	size_t size = 0;

	while (name[size])
		size++;
	if (size == 0 || end < size + 1 || line->cell[end - size - 1] != '[')
		return false;
	for (size_t i = 0; i < size; i++)
		if (line->cell[end - size + i] != (uint8_t)name[i])
			return false;
	return true;
}

static bool same_name(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

static bool line_forges_at(const struct termline *line, size_t end)
{
	if (line->cell[end] != ']')
		return false;
	for (size_t i = 0; i < line->names->count; i++)
		if (!same_name(line->names->name[i], line->own) &&
		    line_spells(line, line->names->name[i], end))
			return true;
	return false;
}

/* Whether the text spells a name. At the line's end, only a ']' can complete a name; in the middle,
 * any character can. */
static bool line_forges(const struct termline *line, size_t column)
{
	for (size_t end = column; end < line->length; end++)
		if (line_forges_at(line, end))
			return true;
	return false;
}

static enum termline_verdict line_character(struct termline *line, uint32_t character,
                                            struct termline_out *out)
{
	if (line->column >= line_limit(line))
		return TERMLINE_FULL;
	termline_settle(line, out);
	line->cell[line->column] = character;
	if (line->column == line->length)
		line->length++;
	if (line_forges(line, line->column))
		line->cell[line->column] = '?';
	if (character > 0x7f)
		line->wide = true;
	out_cell(out, line->cell[line->column]);
	line->column++;
	line->cursor = line->column;
	return TERMLINE_DONE;
}

size_t termline_append(struct termline *line, const uint8_t *bytes, size_t size)
{
	uint32_t *cell = line->cell + line->length;
	size_t count = 0;

	if (line->column != line->length || line->cursor != line->length)
		return 0;
	if (size > (size_t)(line_limit(line) - line->length))
		size = (size_t)(line_limit(line) - line->length);
	while (count < size && bytes[count] >= 0x20 && bytes[count] < 0x7f && bytes[count] != ']')
		*cell++ = bytes[count++];
	line->column = line->cursor = line->length = (uint16_t)(line->length + count);
	return count;
}

/* After the text, a tab becomes spaces. Within the text, it moves the cursor. */
static enum termline_verdict line_tab(struct termline *line, struct termline_out *out)
{
	uint32_t goal = (line->column / TERMLINE_TAB + 1u) * TERMLINE_TAB;

	if (goal > line_limit(line))
		return TERMLINE_FULL;
	if (goal <= line->length) {
		line->column = (uint16_t)goal;
		return TERMLINE_DONE;
	}
	line->column = line->length;
	termline_settle(line, out);
	while (line->length < goal) {
		line->cell[line->length++] = ' ';
		out_byte(out, ' ');
	}
	line->column = line->cursor = line->length;
	return TERMLINE_DONE;
}

static void line_erase(struct termline *line, uint8_t how, bool whole, struct termline_out *out)
{
	if (whole)
		line->column = 0;
	termline_settle(line, out);
	line->length = line->column;
	out_csi(out);
	out_byte(out, how);
}

static void line_colour(struct termline *line, const struct termfilter *filter,
                        struct termline_out *out)
{
	line->coloured = false;
	out_csi(out);
	for (uint8_t i = 0; i < filter->parameter_count; i++) {
		if (i)
			out_byte(out, ';');
		out_number(out, filter->parameters[i] < 1000 ? filter->parameters[i] : 0);
		if (filter->parameters[i])
			line->coloured = true;
	}
	out_byte(out, 'm');
}

static void line_move(struct termline *line, const struct termop *op)
{
	uint32_t right = (uint32_t)line->column + op->count;

	if (op->kind == TERMOP_RIGHT)
		line->column = (uint16_t)(right > line->length ? line->length : right);
	else
		line->column = (uint16_t)(op->count > line->column ? 0 : line->column - op->count);
}

static void line_escape(struct termline *line, const struct termop *op,
                        const struct termfilter *filter, struct termline_out *out)
{
	switch (op->kind) {
	case TERMOP_LEFT:
	case TERMOP_RIGHT:
		line_move(line, op);
		break;
	case TERMOP_ERASE_LINE:
		line_erase(line, 'K', op->count == 2, out);
		break;
	case TERMOP_ERASE_BELOW:
		line_erase(line, 'J', false, out);
		break;
	case TERMOP_COLOUR:
		line_colour(line, filter, out);
		break;
	default:
		break;
	}
}

enum termline_verdict termline_apply(struct termline *line, const struct termop *op,
                                     const struct termfilter *filter, struct termline_out *out)
{
	out->size = 0;
	switch (op->kind) {
	case TERMOP_CHAR:
		return line_character(line, op->character, out);
	case TERMOP_NEWLINE:
		return TERMLINE_END;
	case TERMOP_RETURN:
		line->column = 0;
		return TERMLINE_DONE;
	case TERMOP_BACK:
		if (line->column)
			line->column--;
		return TERMLINE_DONE;
	case TERMOP_TAB:
		return line_tab(line, out);
	default:
		if (filter)
			line_escape(line, op, filter, out);
		return TERMLINE_DONE;
	}
}

size_t termline_redraw(struct termline *line, uint8_t out[TERMLINE_REDRAW_MAX])
{
	struct termline_out cursor;
	size_t size = 0;

	for (uint16_t i = 0; i < line->length; i++)
		for (uint32_t cell = line->cell[i]; cell; cell >>= 8)
			out[size++] = (uint8_t)cell;
	line->cursor = line->length;
	line->coloured = false;
	termline_settle(line, &cursor);
	for (uint8_t i = 0; i < cursor.size; i++)
		out[size++] = cursor.bytes[i];
	return size;
}

void termline_clear(struct termline *line)
{
	line->length = line->column = line->cursor = 0;
	line->coloured = line->wide = false;
}
