/*
 * Expressions (expression.h): precedence climbing over a table of C's binary operators. Both sides
 * of && || ?: are computed, so a division by zero is an error at any place.
 */
#include "parser.h"
#include <string.h>

#define EXPRESSION_DEPTH_MAX 64

struct expression {
	struct source *source;
	unsigned depth;
	bool below; /* a part of it was below 0 */
};

struct operator_entry {
	const char *text;
	unsigned precedence;
};

/* Longer operators come first, so that "<<" isn't read as "<". */
static const struct operator_entry operators[] = {
    {"||", 1}, {"&&", 2}, {"==", 6}, {"!=", 6}, {"<<", 8}, {">>", 8},
    {"<=", 7}, {">=", 7}, {"|", 3},  {"^", 4},  {"&", 5},  {"<", 7},
    {">", 7},  {"+", 9},  {"-", 9},  {"*", 10}, {"/", 10}, {"%", 10},
};

static bool expression_conditional(struct expression *e, uint64_t *value);

static uint64_t expression_shift(char direction, uint64_t a, uint64_t b)
{
	if (b >= 64)
		return 0;
	return direction == '<' ? a << b : a >> b;
}

/* Computes operators of two characters. */
static uint64_t expression_apply_long(const char *op, uint64_t a, uint64_t b)
{
	switch (op[0]) {
	case '|':
		return a || b;
	case '&':
		return a && b;
	case '=':
		return a == b;
	case '!':
		return a != b;
	default:
		if (op[1] != '=')
			return expression_shift(op[0], a, b);
		return op[0] == '<' ? a <= b : a >= b;
	}
}

/* Computes operators of one character. */
static uint64_t expression_apply_short(char op, uint64_t a, uint64_t b)
{
	switch (op) {
	case '|':
		return a | b;
	case '^':
		return a ^ b;
	case '&':
		return a & b;
	case '<':
		return a < b;
	case '>':
		return a > b;
	case '+':
		return a + b;
	case '-':
		return a - b;
	case '*':
		return a * b;
	case '/':
		return b ? a / b : 0;
	default:
		return b ? a % b : 0;
	}
}

static uint64_t expression_apply(const char *op, uint64_t a, uint64_t b)
{
	return op[1] ? expression_apply_long(op, a, b) : expression_apply_short(op[0], a, b);
}

static const struct operator_entry *expression_operator(struct source *source, unsigned least)
{
	source_skip(source);
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		size_t length = strlen(operators[i].text);

		if ((size_t)(source->end - source->at) >= length &&
		    !memcmp(source->at, operators[i].text, length))
			return operators[i].precedence >= least ? &operators[i] : NULL;
	}
	return NULL;
}

static bool expression_expect(struct source *source, char character)
{
	if (source_take(source, character))
		return true;
	complain(source->complaints, source_place(source),
	         "expected '%c' in this expression, but found %s", character,
	         source_offender(source));
	return false;
}

static bool expression_unary(struct expression *e, uint64_t *value)
{
	bool good;

	source_skip(e->source);
	if (e->depth >= EXPRESSION_DEPTH_MAX) {
		complain(e->source->complaints, source_place(e->source),
		         "this expression is nested too deeply; work out part of it by hand");
		return false;
	}
	e->depth++;
	if (source_take(e->source, '(')) {
		good = expression_conditional(e, value) && expression_expect(e->source, ')');
	} else if (source_take(e->source, '-')) {
		good = expression_unary(e, value);
		e->below |= *value != 0;
		*value = 0 - *value;
	} else if (source_take(e->source, '~')) {
		good = expression_unary(e, value);
		*value = ~*value;
	} else if (source_take(e->source, '!')) {
		good = expression_unary(e, value);
		*value = !*value;
	} else {
		good = source_literal(e->source, value);
	}
	e->depth--;
	return good;
}

static bool expression_binary(struct expression *e, unsigned least, uint64_t *value)
{
	const struct operator_entry *op;

	if (!expression_unary(e, value))
		return false;
	while ((op = expression_operator(e->source, least))) {
		struct dts_place place = source_place(e->source);
		uint64_t right = 0;

		source_advance(e->source, strlen(op->text));
		if (!expression_binary(e, op->precedence + 1, &right))
			return false;
		if (!right && (op->text[0] == '/' || op->text[0] == '%')) {
			complain(e->source->complaints, place,
			         "division by zero; give it another divisor");
			return false;
		}
		e->below |= op->text[0] == '-' && *value < right;
		*value = expression_apply(op->text, *value, right);
	}
	return true;
}

static bool expression_conditional(struct expression *e, uint64_t *value)
{
	uint64_t yes = 0, no = 0;
	bool good;

	if (!expression_binary(e, 1, value))
		return false;
	if (!source_take(e->source, '?'))
		return true;
	if (e->depth >= EXPRESSION_DEPTH_MAX)
		return expression_unary(e, value);
	e->depth++;
	good = expression_conditional(e, &yes) && expression_expect(e->source, ':') &&
	       expression_conditional(e, &no);
	e->depth--;
	*value = *value ? yes : no;
	return good;
}

bool expression_take(struct source *source, uint64_t *value, bool *negative)
{
	struct expression e = {.source = source};
	bool good;

	*value = 0;
	good = expression_unary(&e, value);
	*negative = e.below && (int64_t)*value < 0;
	return good;
}
