/*
 * Names of nodes and properties. A name with a blank gets a complaint; then the parser goes on as
 * if the name had no blank.
 */
#include "parser.h"

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

const char *parser_name(struct parser *parser, size_t length)
{
	struct source *source = parser->source;
	const struct dts_place place = source_place(source);
	const size_t whole = parser_blank_name(source, length);
	const char *written;
	char *name, *to;

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
