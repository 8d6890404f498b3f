/* See host/phrase.h. All sizes and addresses that a description gives as text are read here. */
#include <host/phrase.h>
#include <stdlib.h>
#include <string.h>

/* The place of the present character: the string's text begins after a quote. */
static struct dts_place phrase_place(const struct phrase *phrase)
{
	struct dts_place place = phrase->place;

	place.column += 1 + (uint32_t)(phrase->at - phrase->text);
	return place;
}

static void phrase_skip(struct phrase *phrase)
{
	while (*phrase->at == ' ')
		phrase->at++;
}

bool phrase_take(struct phrase *phrase, const char *word)
{
	size_t length = strlen(word);

	phrase_skip(phrase);
	if (strncmp(phrase->at, word, length) != 0 || phrase->at[length] != ' ')
		return false;
	phrase->at += length;
	return true;
}

static int phrase_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

static unsigned phrase_unit(char c)
{
	switch (c) {
	case 'K':
	case 'k':
		return 10;
	case 'M':
	case 'm':
		return 20;
	case 'G':
	case 'g':
		return 30;
	default:
		return 0;
	}
}

/* Reads digits with a unit. True: the word is a number of 64 bits, and nothing else. */
static bool phrase_digits(const char *word, size_t length, uint64_t *value)
{
	bool hex = length > 2 && word[0] == '0' && (word[1] == 'x' || word[1] == 'X');
	int base = hex ? 16 : 10;
	size_t i = hex ? 2 : 0, first = i;

	*value = 0;
	for (; i < length && phrase_digit(word[i]) < base; i++)
		if (__builtin_mul_overflow(*value, (uint64_t)base, value) ||
		    __builtin_add_overflow(*value, (uint64_t)phrase_digit(word[i]), value))
			return false;
	if (i == first)
		return false;
	if (i + 1 == length && phrase_unit(word[i])) {
		unsigned unit = phrase_unit(word[i++]);

		if (*value >> (64 - unit))
			return false;
		*value <<= unit;
	}
	return i == length;
}

/* Whether this is a long row of digits that would be a round number in hexadecimal digits, like
 * "40000000". */
static bool phrase_lacks_prefix(const char *word, size_t length)
{
	return length >= 7 && length == strspn(word, "0123456789") &&
	       strncmp(word + length - 3, "000", 3) == 0 && strtoull(word, NULL, 16) < PHRASE_LIMIT;
}

/* Whether this is a number without a unit, and smaller than a page, like "256". */
static bool phrase_lacks_unit(const char *word, size_t length, uint64_t value)
{
	return value < PHRASE_PAGE && strspn(word, "0123456789") >= length;
}

/* Names the next multiple of a page; in KiB if the number is in KiB. If there is no further
 * multiple, names the last one. */
static const char *phrase_neighbour(struct arena *arena, char unit, uint64_t value)
{
	const uint64_t before = value / PHRASE_PAGE * PHRASE_PAGE, next = before + PHRASE_PAGE;

	if (next >= PHRASE_LIMIT)
		return arena_format(arena, "the last one is 0x%llx", (unsigned long long)before);
	if (unit == 'K' || unit == 'k')
		return arena_format(arena, "the next one is %lluK", (unsigned long long)next >> 10);
	return arena_format(arena, "the next one is 0x%llx", (unsigned long long)next);
}

/* What the author probably meant by a number that isn't a multiple of a page. */
static const char *phrase_meant(const struct phrase *phrase, size_t length, uint64_t value)
{
	struct arena *arena = phrase->complaints->arena;

	if (phrase_lacks_prefix(phrase->at, length))
		return arena_format(arena, "did you mean 0x%.*s?", (int)length, phrase->at);
	if (phrase_lacks_unit(phrase->at, length, value))
		return arena_format(arena, "did you mean %.*sK or %.*sM?", (int)length, phrase->at,
		                    (int)length, phrase->at);
	return phrase_neighbour(arena, phrase->at[length - 1], value);
}

bool phrase_number(struct phrase *phrase, const char *what, uint64_t *value)
{
	size_t length;

	phrase_skip(phrase);
	length = strcspn(phrase->at, " ");
	if (!phrase_digits(phrase->at, length, value)) {
		complain(phrase->complaints, phrase_place(phrase), "'%.*s' is no %s in \"%s\"; %s",
		         (int)length, phrase->at, what, phrase->text, phrase->remedy);
		return false;
	}
	if (*value >= PHRASE_LIMIT) {
		complain(phrase->complaints, phrase_place(phrase),
		         "the %s '%.*s' is too large; addresses end at 512 GiB", what, (int)length,
		         phrase->at);
		return false;
	}
	if (*value % PHRASE_PAGE) {
		complain(phrase->complaints, phrase_place(phrase),
		         "the %s '%.*s' is no multiple of 4 KiB; %s", what, (int)length, phrase->at,
		         phrase_meant(phrase, length, *value));
		return false;
	}
	phrase->at += length;
	return true;
}

bool phrase_end(struct phrase *phrase)
{
	phrase_skip(phrase);
	if (!*phrase->at)
		return true;
	complain(phrase->complaints, phrase_place(phrase), "'%s' isn't understood in \"%s\"; %s",
	         phrase->at, phrase->text, phrase->remedy);
	return false;
}
