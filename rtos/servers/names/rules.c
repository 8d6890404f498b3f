/* See rules.h. */
#include "rules.h"
#include <lib/string.h>

/* The text behind a word and its space, or its end; NULL: the text begins with another word. */
static const char *rules_behind(const char *text, const char *word)
{
	const size_t length = string_length(word);
	size_t own = 0;

	while (text[own] != ' ' && text[own] != '\0')
		own++;
	if (own != length || memcmp(text, word, length) != 0)
		return NULL;
	return text[own] == ' ' ? text + own + 1 : text + own;
}

static const char *rules_behind_any(const char *text, const char *word)
{
	const char *behind = rules_behind(text, "*");

	return behind ? behind : rules_behind(text, word);
}

/* Whether the whole rest is this name, which may have spaces. */
static bool rules_is_name(const char *text, const char *name)
{
	const size_t size = string_length(name) + 1;
	const size_t own = string_length(text) + 1;

	return (own == 2 && *text == '*') || (own == size && memcmp(text, name, size) == 0);
}

static bool rules_says(const char *sentence, const char *program, const char *verb,
                       const char *name)
{
	const char *at = rules_behind_any(sentence, program);

	at = at ? rules_behind(at, verb) : NULL;
	return at && rules_is_name(at, name);
}

bool rules_allow(const char *sentences, uint32_t count, const char *program, const char *verb,
                 const char *name)
{
	for (; count > 0; count--) {
		if (rules_says(sentences, program, verb, name))
			return true;
		sentences += string_length(sentences) + 1;
	}
	return false;
}
