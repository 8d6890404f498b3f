/*
 * Characters, words and literals of a source file (source.h).
 */
#include "source.h"
#include <lib/utf8.h>
#include <string.h>

struct dts_place source_place(const struct source *source)
{
	return (struct dts_place){source->file, source->line, source->column};
}

int source_peek(const struct source *source, size_t ahead)
{
	if (ahead >= (size_t)(source->end - source->at))
		return -1;
	return (unsigned char)source->at[ahead];
}

void source_advance(struct source *source, size_t count)
{
	for (; count && source->at < source->end; count--, source->at++) {
		if (*source->at == '\n') {
			source->line++;
			source->column = 1;
		} else {
			source->column++;
		}
	}
}

void source_cut(struct source *source)
{
	source->at = source->end;
	source->cut = true;
}

static bool source_is_space(int c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void source_skip_line(struct source *source)
{
	while (source_peek(source, 0) != -1 && source_peek(source, 0) != '\n')
		source_advance(source, 1);
}

static void source_skip_comment(struct source *source)
{
	struct dts_place start = source_place(source);

	source_advance(source, 2);
	while (source_peek(source, 0) != -1) {
		if (source_peek(source, 0) == '*' && source_peek(source, 1) == '/') {
			source_advance(source, 2);
			return;
		}
		source_advance(source, 1);
	}
	complain(source->complaints, start, "this comment doesn't end; close it with '*/'");
	source->cut = true;
}

void source_skip(struct source *source)
{
	for (;;) {
		int c = source_peek(source, 0), next = source_peek(source, 1);

		if (source_is_space(c))
			source_advance(source, 1);
		else if (c == '/' && next == '/')
			source_skip_line(source);
		else if (c == '/' && next == '*')
			source_skip_comment(source);
		else
			return;
	}
}

bool source_take(struct source *source, char character)
{
	source_skip(source);
	if (source_peek(source, 0) != character)
		return false;
	source_advance(source, 1);
	return true;
}

bool source_take_word(struct source *source, const char *word)
{
	size_t length = strlen(word);

	source_skip(source);
	if ((size_t)(source->end - source->at) < length || memcmp(source->at, word, length) != 0)
		return false;
	source_advance(source, length);
	return true;
}

bool source_at_end(struct source *source)
{
	source_skip(source);
	return source->at == source->end;
}

static bool source_is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool source_is_letter(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool source_is_name(int c)
{
	return source_is_letter(c) || source_is_digit(c) || (c > 0 && strchr(",.+*#?@-", c));
}

size_t source_name_length(const struct source *source)
{
	size_t length = 0;

	while (source_is_name(source_peek(source, length)))
		length++;
	return length;
}

size_t source_label_length(const struct source *source)
{
	size_t length = 0;

	if (!source_is_letter(source_peek(source, 0)))
		return 0;
	while (source_is_letter(source_peek(source, length)) ||
	       source_is_digit(source_peek(source, length)))
		length++;
	return length;
}

const char *source_word(struct source *source, size_t length)
{
	const char *word = arena_copy(source->arena, source->at, length);

	source_advance(source, length);
	return word;
}

#define SOURCE_OFFENDER_MAX 40

const char *source_offender(struct source *source)
{
	size_t length = source_name_length(source);
	uint32_t character;

	if (source->at == source->end)
		return "the end of the file";
	if (!length)
		length = utf8_take(source->at, (size_t)(source->end - source->at), &character);
	if (!length)
		return arena_format(source->arena, "the byte 0x%02x, which is no UTF-8",
		                    (unsigned)source_peek(source, 0));
	if (length > SOURCE_OFFENDER_MAX)
		length = SOURCE_OFFENDER_MAX;
	return arena_format(source->arena, "'%.*s'", (int)length, source->at);
}

struct source_indent source_indent(const struct source *source)
{
	const char *line = source->at;
	struct source_indent indent;

	while (line > source->begin && line[-1] != '\n')
		line--;
	indent = (struct source_indent){.text = line};
	while (line < source->at && source_is_space((unsigned char)*line))
		line++;
	indent.length = (size_t)(line - indent.text);
	indent.first = line == source->at;
	return indent;
}

bool source_indent_less(const struct source_indent *a, const struct source_indent *b)
{
	return a->length < b->length && !memcmp(a->text, b->text, a->length);
}

static int source_hex_digit(int c)
{
	if (source_is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static unsigned char source_octal(struct source *source)
{
	unsigned value = 0;

	for (int i = 0; i < 3 && source_peek(source, 0) >= '0' && source_peek(source, 0) <= '7';
	     i++) {
		value = value * 8 + (unsigned)(source_peek(source, 0) - '0');
		source_advance(source, 1);
	}
	return (unsigned char)value;
}

static unsigned char source_hex(struct source *source)
{
	unsigned value = 0;

	for (int i = 0; i < 2 && source_hex_digit(source_peek(source, 0)) >= 0; i++) {
		value = value * 16 + (unsigned)source_hex_digit(source_peek(source, 0));
		source_advance(source, 1);
	}
	return (unsigned char)value;
}

/* Reads the escape after a backslash. At least one character follows. */
static unsigned char source_escape(struct source *source)
{
	static const char names[] = "abtnvfr", values[] = "\a\b\t\n\v\f\r";
	int c = source_peek(source, 0);
	const char *name = c > 0 ? strchr(names, c) : NULL;

	if (c >= '0' && c <= '7')
		return source_octal(source);
	source_advance(source, 1);
	if (c == 'x')
		return source_hex(source);
	return (unsigned char)(name ? (unsigned char)values[name - names] : c);
}

/* The size of the string after the opening quote. -1: the string has no closing quote. */
static ptrdiff_t source_string_size(const struct source *source)
{
	size_t size = 0;

	while (source_peek(source, size) != -1 && source_peek(source, size) != '"')
		size += source_peek(source, size) == '\\' ? 2u : 1u;
	return source_peek(source, size) == -1 ? -1 : (ptrdiff_t)size;
}

/* Whether the string can end at this quote: a list of values could go on after it. */
static bool source_string_plausible(const struct source *source, size_t size)
{
	struct source behind = *source;

	if (!memchr(source->at, '\n', size))
		return true;
	source_advance(&behind, size + 1);
	while (source_is_space(source_peek(&behind, 0)))
		source_advance(&behind, 1);
	return source_peek(&behind, 0) == ';' || source_peek(&behind, 0) == ',';
}

/* Goes to the end of the line, but stays before what ends statements and nodes there: "; };" */
static void source_string_give_up(struct source *source)
{
	const char *end = memchr(source->at, '\n', (size_t)(source->end - source->at));

	if (!end)
		end = source->end;
	while (end > source->at &&
	       (source_is_space((unsigned char)end[-1]) || end[-1] == ';' || end[-1] == '}'))
		end--;
	source_advance(source, (size_t)(end - source->at));
}

/* A string may go on in the next line. If something strange follows the closing quote, that quote
 * is taken as the opening quote of the next string. */
const char *source_string(struct source *source, size_t *length)
{
	struct dts_place start;
	char *text, *at;
	ptrdiff_t size;

	source_skip(source);
	start = source_place(source);
	if (source_peek(source, 0) != '"')
		return NULL;
	source_advance(source, 1);
	size = source_string_size(source);
	if (size < 0 || !source_string_plausible(source, (size_t)size)) {
		complain(source->complaints, start, "this string doesn't end; close it with '\"'");
		source_string_give_up(source);
		return NULL;
	}
	text = at = arena_alloc(source->arena, (size_t)size + 1);
	while (source_peek(source, 0) != '"') {
		bool escape = source_peek(source, 0) == '\\';
		unsigned char c = (unsigned char)*source->at;

		source_advance(source, 1);
		*at++ = (char)(escape ? source_escape(source) : c);
	}
	source_advance(source, 1);
	*length = (size_t)(at - text);
	return text;
}

static bool source_character(struct source *source, uint64_t *value)
{
	struct dts_place start = source_place(source);
	int c;

	source_advance(source, 1);
	c = source_peek(source, 0);
	if (c != -1 && c != '\'' && c != '\n') {
		source_advance(source, 1);
		if (c == '\\' && source_peek(source, 0) != -1)
			c = source_escape(source);
		*value = (unsigned char)c;
		if (source_peek(source, 0) == '\'') {
			source_advance(source, 1);
			return true;
		}
	}
	complain(source->complaints, start,
	         "this isn't a character; write one character between quotes: 'a'");
	return false;
}

/* Reads digits of `base` up to the word's end. The suffixes U, L, UL, LL and ULL are allowed, as in
 * C. */
static bool source_digits(const char *word, size_t length, unsigned base, uint64_t *value)
{
	size_t i = 0;

	*value = 0;
	for (; i < length; i++) {
		int digit = source_hex_digit((unsigned char)word[i]);

		if (digit < 0 || (unsigned)digit >= base)
			break;
		if (__builtin_mul_overflow(*value, (uint64_t)base, value) ||
		    __builtin_add_overflow(*value, (uint64_t)digit, value))
			return false;
	}
	if (i == 0)
		return false;
	i += i < length && (word[i] == 'U' || word[i] == 'u');
	i += i < length && (word[i] == 'L' || word[i] == 'l');
	i += i < length && (word[i] == 'L' || word[i] == 'l');
	return i == length;
}

bool source_literal(struct source *source, uint64_t *value)
{
	struct dts_place start;
	const char *word, *digits;
	size_t length = 0;
	unsigned base = 10;

	source_skip(source);
	start = source_place(source);
	if (source_peek(source, 0) == '\'')
		return source_character(source, value);
	while (source_is_letter(source_peek(source, length)) ||
	       source_is_digit(source_peek(source, length)))
		length++;
	if (!length) {
		complain(source->complaints, start,
		         "expected a number, but found %s; write it decimal (42) or with 0x in "
		         "front (0x2a)",
		         source_offender(source));
		return false;
	}
	digits = word = source_word(source, length);
	if (length > 2 && word[0] == '0' && (word[1] == 'x' || word[1] == 'X')) {
		base = 16;
		digits += 2;
	} else if (length > 1 && word[0] == '0' && source_is_digit(word[1])) {
		base = 8;
	}
	if (source_digits(digits, length - (size_t)(digits - word), base, value))
		return true;
	complain(source->complaints, start,
	         "'%.40s' isn't a number of up to 64 bits; write it decimal (42) or with 0x in "
	         "front (0x2a)",
	         word);
	return false;
}

bool source_hex_byte(struct source *source, uint64_t *value)
{
	int high = source_hex_digit(source_peek(source, 0));
	int low = source_hex_digit(source_peek(source, 1));

	if (high < 0 || low < 0)
		return false;
	*value = (uint64_t)high * 16 + (uint64_t)low;
	source_advance(source, 2);
	return true;
}

/* Skips a string, but not beyond its line: after a mistake, a quote may open a string or close one.
 */
static void source_skip_string(struct source *source)
{
	source_advance(source, 1);
	while (source_peek(source, 0) != -1 && source_peek(source, 0) != '"' &&
	       source_peek(source, 0) != '\n')
		source_advance(source, source_peek(source, 0) == '\\' ? 2 : 1);
	source_advance(source, 1);
}

void source_recover(struct source *source)
{
	size_t depth = 0;

	while (!source_at_end(source)) {
		int c = source_peek(source, 0);

		if (c == '}' && !depth)
			return;
		if (c == '"') {
			source_skip_string(source);
			continue;
		}
		depth += c == '{';
		depth -= c == '}';
		source_advance(source, 1);
		if (c == ';' && !depth)
			return;
	}
}
