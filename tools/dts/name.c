/*
 * Names of nodes and properties. A name with a blank, or with a letter like 'ä', gets a complaint;
 * then the parser goes on as if the name had none.
 */
#include "parser.h"
#include <lib/utf8.h>

#define PARSER_NAME_LOOK 128

static bool parser_is_blank(int c)
{
	return c == ' ' || c == '\t';
}

/* The length of a name that goes on after blanks in its line, up to a '{'. If its first word ends
 * with a comma, the name may also end before a '='. 0: this isn't such a name. */
static size_t parser_blank_name(const struct source *source, size_t first)
{
	const bool comma = source_peek(source, first - 1) == ',';
	struct source look = *source;
	size_t length = first, word = first;

	while (word && look.at - source->at < PARSER_NAME_LOOK) {
		source_advance(&look, word);
		length = (size_t)(look.at - source->at);
		while (parser_is_blank(source_peek(&look, 0)))
			source_advance(&look, 1);
		word = source_name_length(&look);
	}
	if (source_peek(&look, 0) != '{' && (source_peek(&look, 0) != '=' || !comma))
		return 0;
	return length > first ? length : 0;
}

/* The length of a character beyond ASCII. 0: none is there. */
static size_t parser_foreign(const struct source *source, size_t ahead)
{
	const char *at = source->at + ahead;
	uint32_t character;

	if (source_peek(source, ahead) < 0x80)
		return 0;
	return utf8_take(at, (size_t)(source->end - at), &character);
}

size_t parser_name_length(const struct source *source)
{
	struct source look = *source;
	size_t length = 0, more;

	do {
		more = source_name_length(&look) + parser_foreign(&look, source_name_length(&look));
		source_advance(&look, more);
		length += more;
	} while (more);
	return length;
}

/* Takes the whole name if it has a character beyond ASCII. NULL: it has none. */
static const char *parser_foreign_name(struct parser *parser, size_t length)
{
	struct source *source = parser->source;
	const struct dts_place place = source_place(source);
	const size_t before = source_name_length(source);
	const size_t foreign = parser_foreign(source, before);
	const char *name;

	if (!foreign)
		return NULL;
	name = source_word(source, length);
	complain(parser->complaints, place,
	         "the name '%s' has '%.*s'; write it with letters from a to z, digits, '-' and '_'",
	         name, (int)foreign, name + before);
	return name;
}

const char *parser_name(struct parser *parser, size_t length)
{
	struct source *source = parser->source;
	const struct dts_place place = source_place(source);
	const char *foreign = parser_foreign_name(parser, length), *written;
	const size_t whole = foreign ? 0 : parser_blank_name(source, length);
	char *name, *to;

	if (foreign)
		return foreign;
	if (!whole)
		return source_word(source, length);
	written = source_word(source, whole);
	name = to = arena_alloc(parser->tree->arena, whole + 1);
	for (const char *c = written; *c; c++)
		if (!parser_is_blank(*c))
			*to++ = *c;
		else if (to[-1] != ',' && to[-1] != '-')
			*to++ = '-';
	complain(parser->complaints, place, "the name '%s' has a blank; write '%s'", written, name);
	return name;
}
