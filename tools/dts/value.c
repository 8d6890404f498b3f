/*
 * Values of properties: strings, <cells>, [bytes], &references, lists of them, /bits/.
 */
#include "parser.h"
#include <string.h>

/* Where the items of a property are added. */
struct value {
	struct parser *parser;
	struct dts_property *property;
	struct dts_item **link;
};

static struct dts_item *value_add(struct value *value, enum dts_item_kind kind,
                                  struct dts_place place)
{
	struct dts_item *item = arena_alloc(value->parser->tree->arena, sizeof(*item));

	item->kind = kind;
	item->place = place;
	*value->link = item;
	value->link = &item->next;
	value->property->item_count++;
	return item;
}

/* Skips labels of places inside a value. They mean nothing here; they are allowed as in dtc. */
static void value_skip_labels(struct source *source)
{
	for (;;) {
		size_t length;

		source_skip(source);
		length = source_label_length(source);
		if (!length || source_peek(source, length) != ':')
			return;
		source_advance(source, length + 1);
	}
}

/* Takes the word after '&': a label or {/path}. */
static bool value_reference(struct value *value, enum dts_item_kind kind, unsigned bits)
{
	struct source *source = value->parser->source;
	struct dts_place place = source_place(source);
	struct dts_item *item;
	size_t length = 0;
	bool path;

	source_advance(source, 1);
	path = source_peek(source, 0) == '{' && source_peek(source, 1) == '/';
	if (path) {
		source_advance(source, 1);
		while (source_peek(source, length) == '/' || source_peek(source, length) > ' ')
			if (source_peek(source, length++) == '}')
				break;
		length -= length && source_peek(source, length - 1) == '}';
	} else {
		length = source_label_length(source);
	}
	if (!length || (path && source_peek(source, length) != '}')) {
		parser_expected(value->parser, "a label behind '&'",
		                "write &label or &{/path/of/node}");
		return false;
	}
	item = value_add(value, kind, place);
	item->bits = (uint8_t)bits;
	item->text = source_word(source, length);
	item->length = length;
	source_advance(source, path);
	return true;
}

static bool value_fits(uint64_t number, unsigned bits)
{
	uint64_t mask = bits == 64 ? ~0ULL : (1ULL << bits) - 1;

	/* A negative number has all higher bits set. */
	return number <= mask || (number | mask) == ~0ULL;
}

/* Complains of a number that is too large. Only some properties can have a number of two cells, but
 * the parser doesn't know which, so it says how to write one. */
static void value_too_large(struct value *value, struct dts_place place, uint64_t number,
                            unsigned bits)
{
	struct complaints *complaints = value->parser->complaints;

	if (bits == 32)
		complain(complaints, place,
		         "0x%llx doesn't fit into a cell, which holds 0 to 0xffffffff; an address "
		         "of two cells has its high half first: <0x%llx 0x%08llx>",
		         (unsigned long long)number, (unsigned long long)number >> 32,
		         (unsigned long long)number & 0xffffffff);
	else
		complain(complaints, place,
		         "0x%llx doesn't fit into %u bits; use a smaller number or more /bits/",
		         (unsigned long long)number, bits);
}

static bool value_number(struct value *value, unsigned bits)
{
	struct source *source = value->parser->source;
	struct dts_place place = source_place(source);
	struct dts_item *item;
	uint64_t number = 0;
	bool negative = source_peek(source, 0) == '-';

	source_advance(source, negative);
	if (source_peek(source, 0) == '(' && !negative) {
		if (!expression_take(source, &number, &negative))
			return false;
	} else if (!source_literal(source, &number)) {
		return false;
	} else if (negative) {
		number = -number;
	}
	if (!value_fits(number, bits))
		value_too_large(value, place, number, bits);
	item = value_add(value, DTS_NUMBER, place);
	item->bits = (uint8_t)bits;
	item->value = bits == 64 || negative ? number : number & ((1ULL << bits) - 1);
	item->negative = negative;
	return true;
}

/* False: what comes next ends the value without its '>', or is the rest of a fraction. */
static bool value_cells_go_on(struct value *value)
{
	const int next = source_peek(value->parser->source, 0);

	if (next == ';' || next == ',' || next == '}' || next == '"' || next == -1)
		parser_expected(value->parser, "a number or '>'", "is a '>' missing?");
	else if (next == '.')
		parser_expected(value->parser, "a number or '>'", "cells hold whole numbers alone");
	else
		return true;
	return false;
}

static bool value_cells(struct value *value, unsigned bits)
{
	struct source *source = value->parser->source;

	source_advance(source, 1);
	for (;;) {
		bool good;

		value_skip_labels(source);
		if (source_take(source, '>'))
			return true;
		if (!value_cells_go_on(value))
			return false;
		if (source_peek(source, 0) != '&')
			good = value_number(value, bits);
		else if (bits == 32)
			good = value_reference(value, DTS_HANDLE, bits);
		else
			good = (parser_expected(value->parser, "a number",
			                        "a reference needs cells of 32 bits"),
			        false);
		if (!good)
			return false;
	}
}

static bool value_bytes(struct value *value)
{
	struct source *source = value->parser->source;

	source_advance(source, 1);
	for (;;) {
		struct dts_place place;
		struct dts_item *item;
		uint64_t byte;

		value_skip_labels(source);
		if (source_take(source, ']'))
			return true;
		place = source_place(source);
		if (!source_hex_byte(source, &byte)) {
			parser_expected(value->parser, "two hexadecimal digits or ']'",
			                "bytes look so: [00 1f ff]");
			return false;
		}
		item = value_add(value, DTS_NUMBER, place);
		item->bits = 8;
		item->value = byte;
	}
}

static bool value_string(struct value *value)
{
	struct source *source = value->parser->source;
	struct dts_place place = source_place(source);
	struct dts_item *item;
	size_t length = 0;
	const char *text = source_string(source, &length);

	if (!text)
		return false;
	item = value_add(value, DTS_STRING, place);
	item->text = text;
	item->length = length;
	return true;
}

static bool value_bits(struct value *value)
{
	struct source *source = value->parser->source;
	struct dts_place place;
	uint64_t bits = 0;

	source_skip(source);
	place = source_place(source);
	if (!source_literal(source, &bits))
		return false;
	if (bits != 8 && bits != 16 && bits != 32 && bits != 64) {
		complain(value->parser->complaints, place,
		         "/bits/ %llu: cells have 8, 16, 32 or 64 bits; use one of these",
		         (unsigned long long)bits);
		return false;
	}
	source_skip(source);
	if (source_peek(source, 0) == '<')
		return value_cells(value, (unsigned)bits);
	parser_expected(value->parser, "'<'", "cells follow /bits/: /bits/ 8 <1 2 3>");
	return false;
}

static bool value_element(struct value *value)
{
	struct source *source = value->parser->source;

	value_skip_labels(source);
	if (source_take_word(source, "/bits/"))
		return value_bits(value);
	switch (source_peek(source, 0)) {
	case '"':
		return value_string(value);
	case '<':
		return value_cells(value, 32);
	case '[':
		return value_bytes(value);
	case '&':
		return value_reference(value, DTS_PATH, 0);
	default:
		parser_expected(value->parser, "a value",
		                "write \"text\", <numbers or &labels> or [bytes]");
		return false;
	}
}

bool value_take(struct parser *parser, struct dts_property *property)
{
	struct value value = {parser, property, &property->items};

	do {
		if (!value_element(&value))
			return false;
		value_skip_labels(parser->source);
	} while (source_take(parser->source, ','));
	return true;
}
