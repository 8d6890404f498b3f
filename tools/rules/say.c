/* The words of a finding: "module {n.mod.name} has code in the kernel". */
#include "making.h"
#include <string.h>

uint32_t making_words(struct making *making, uint32_t word)
{
	if (making->words < MAKING_WORDS)
		making->word[making->words] = word;
	else
		making->too_large = true;
	return making->words++;
}

uint32_t making_text(struct making *making, const char *text, size_t length)
{
	const uint32_t at = making->text_size;

	if (length >= MAKING_TEXT - at) {
		making->too_large = true;
		return 0;
	}
	memcpy(making->text + at, text, length);
	making->text[at + length] = '\0';
	making->text_size += (uint32_t)length + 1;
	return at;
}

static void say_step(struct making *making, enum rule_operation operation, uint32_t size,
                     uint32_t index, uint32_t value)
{
	making_step(&making->say, (struct rule_step){.operation = (uint8_t)operation,
	                                             .size = (uint8_t)size,
	                                             .index = (uint16_t)index,
	                                             .value = value});
}

static bool say_chars(struct making *making, const struct source_word *word,
                      struct making_value *value)
{
	uint32_t size;

	if (!making_chars(making, word, value, &size))
		return false;
	making_append(&making->say, &value->steps);
	say_step(making, RULE_CHARS, size, 0, 0);
	return true;
}

static bool say_number(struct making *making, const struct source_word *word,
                       struct making_value *value)
{
	const struct btf_shape shape = btf_shape(&making->kernel->kernel.btf, value->type.number);
	const bool address = value->is_object || value->type.function || shape.kind != BTF_A_NUMBER;

	if (!making_load(making, word, value))
		return false;
	making_append(&making->say, &value->steps);
	say_step(making, address ? RULE_HEX : RULE_DECIMAL, 0, shape.is_signed, 0);
	return true;
}

/* What stands in braces. */
static bool say_value(struct making *making, const struct source_word *word, const char *text)
{
	const struct source_word inner = {text, word->place, false};
	const struct making_name *set;
	struct making_value value;

	if (strcmp(text, "slot") == 0) {
		say_step(making, RULE_SLOT, 0, 0, 0);
		return true;
	}
	if (strncmp(text, "count ", strlen("count ")) == 0) {
		set = making_find(making, text + strlen("count "));
		if (set != NULL && set->kind == MAKING_BROKEN)
			return false;
		if (set == NULL || set->kind != MAKING_SET)
			return making_wrong(making, word, "there is no set '%s'; make one by 'set'",
			                    text + strlen("count "));
		say_step(making, RULE_COUNT, 0, set->view, 0);
		say_step(making, RULE_DECIMAL, 0, 0, 0);
		return true;
	}
	if (!making_path(making, &inner, text, &value))
		return false;
	return say_chars(making, &inner, &value) || say_number(making, &inner, &value);
}

static void say_text(struct making *making, const char *text, size_t length)
{
	if (length != 0)
		say_step(making, RULE_TEXT, 0, 0, making_text(making, text, length));
}

bool making_say(struct making *making, const struct source_line *line)
{
	const struct source_word *word = &line->word[1];

	making->has_say = true;
	if (line->words != 2 || !word->quoted || word->text[0] == '\0')
		return making_wrong(making, &line->word[0],
		                    "'say' needs a text in quotes: say 'module {m.name} …'");
	for (const char *at = word->text; *at != '\0';) {
		const size_t length = strcspn(at, "{");
		const char *end;

		say_text(making, at, length);
		at += length;
		if (*at == '\0')
			break;
		end = strchr(at, '}');
		if (end == NULL)
			return making_wrong(making, word, "'%s' has no end; close it by '}'", at);
		if (!say_value(making, word,
		               arena_copy(making->arena, at + 1, (size_t)(end - at - 1))))
			return false;
		at = end + 1;
	}
	return true;
}
