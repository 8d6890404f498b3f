/* See source.h. */
#include "source.h"
#include <string.h>

#define SOURCE_BLANKS " \t\r"

static void source_skip(struct source *source, size_t count)
{
	source->next += count;
	source->place.column += (uint32_t)count;
}

static size_t source_rest(const struct source *source)
{
	return strcspn(source->next, "\n");
}

/* False: the line can't be read. */
static bool source_word(struct source *source, struct complaints *complaints,
                        struct source_line *line)
{
	const bool quoted = *source->next == '\'';
	struct source_word word = {.place = source->place, .quoted = quoted};
	size_t length;

	source_skip(source, quoted);
	length = strcspn(source->next, quoted ? "'\n" : SOURCE_BLANKS "\n");
	if (quoted && source->next[length] != '\'') {
		complain(complaints, word.place,
		         "the text has no end; close it by ' on the same line");
		return false;
	}
	if (line->words == SOURCE_WORDS) {
		complain(complaints, word.place,
		         "the line has more than %u words; make two statements of it",
		         SOURCE_WORDS);
		return false;
	}
	word.text = arena_copy(complaints->arena, source->next, length);
	line->word[line->words++] = word;
	source_skip(source, length + quoted);
	return true;
}

static void source_end_line(struct source *source)
{
	source->next += source_rest(source);
	source->next += *source->next == '\n';
	source->place.line++;
	source->place.column = 1;
}

static bool source_words(struct source *source, struct complaints *complaints,
                         struct source_line *line)
{
	for (;;) {
		source_skip(source, strspn(source->next, SOURCE_BLANKS));
		if (source->next[0] == '\\' && source->next[1] == '\n') {
			source_end_line(source);
			continue;
		}
		if (source_rest(source) == 0 || *source->next == '#')
			return true;
		if (!source_word(source, complaints, line))
			return false;
	}
}

bool source_line(struct source *source, struct complaints *complaints, struct source_line *line)
{
	while (*source->next != '\0') {
		line->words = 0;
		if (!source_words(source, complaints, line))
			line->words = 0;
		source_end_line(source);
		if (line->words != 0)
			return true;
	}
	return false;
}
