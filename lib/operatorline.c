/* A line of the operator's: see lib/operatorline.h. */
#include <kumiki/hold.h>
#include <lib/operatorline.h>
#include <lib/string.h>

#define LINE_NAME 16u /* more than the longest command's name */

struct completion {
	uint32_t word;     /* which word of the line; 0: the command itself */
	const char *typed; /* the beginning of the word, up to the cursor */
	uint32_t size;
	const char *first; /* the first candidate that begins with `typed` */
	uint32_t common;   /* characters that all such candidates begin with */
	uint32_t count;
};

static bool line_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

uint32_t operator_named(const char *name)
{
	for (uint32_t i = 0; i < OPERATOR_COMMANDS; i++)
		if (string_equal(operator_words[i].name, name))
			return i;
	return OPERATOR_COMMANDS;
}

/* Returns the command that the line's first word names. *at becomes the place after this word. */
static uint32_t line_command(const char *line, uint32_t size, uint32_t *at)
{
	char name[LINE_NAME];
	uint32_t length = 0;

	for (*at = 0; *at < size && line_blank(line[*at]);)
		++*at;
	for (; *at < size && !line_blank(line[*at]) && line[*at] != 0; ++*at)
		if (length < LINE_NAME - 1)
			name[length++] = line[*at];
	name[length] = 0;
	return operator_named(name);
}

/* Whether only OPERATOR_JSON follows the command, or nothing. */
static bool line_is_plain(const char *line, uint32_t size, uint32_t at)
{
	static const char json[] = OPERATOR_JSON;

	while (at < size && line_blank(line[at]))
		at++;
	for (uint32_t i = 0; json[i] != 0 && at < size && line[at] == json[i]; i++)
		at++;
	while (at < size && line_blank(line[at]))
		at++;
	return at == size;
}

bool operator_only_looks(const char *line, uint32_t size)
{
	uint32_t at, command = line_command(line, size, &at);

	/* If this system doesn't know the command, a newer system may know it. */
	if (command == OPERATOR_COMMANDS)
		return false;
	return operator_words[command].looks == LOOKS_ALWAYS ||
	       (operator_words[command].looks == LOOKS_ALONE && line_is_plain(line, size, at));
}

/* ---- completion ---- */

static const char *candidate_partition(const struct operator_names *names, uint32_t index)
{
	return index < names->count ? names->name[index] : NULL;
}

/* The option is offered only to a person who began to type it. */
static const char *candidate_json(const struct completion *completion, uint32_t index)
{
	return index == 0 && completion->size > 0 ? OPERATOR_JSON : NULL;
}

/* Candidate number `index` for the word at the cursor. NULL: there are no more. */
static const char *candidate_of(const struct operator_names *names, const struct lineedit *edit,
                                const struct completion *completion, uint32_t index)
{
	const uint32_t word = completion->word;
	uint32_t at, command;

	if (word == 0)
		return index < OPERATOR_COMMANDS ? operator_words[index].name : NULL;
	command = line_command(edit->line, edit->length, &at);
	if (command == OPERATOR_COMMANDS)
		return NULL;
	if (operator_words[command].json != 0 && word >= operator_words[command].json)
		return candidate_json(completion, index);
	switch (operator_words[command].operand) {
	case OPERAND_GIVE:
		if (word == 2 && index == names->count)
			return HOLD_NOBODYS_NAME;
		return word == 2 ? candidate_partition(names, index) : NULL;
	case OPERAND_STOP:
		if (word == 2)
			return index == 0 ? OPERATOR_OFF : NULL;
		return word == 1 ? candidate_partition(names, index) : NULL;
	case OPERAND_COMMAND:
		return word == 1 && index < OPERATOR_COMMANDS ? operator_words[index].name : NULL;
	case OPERAND_NONE:
	case OPERAND_SECONDS:
	case OPERAND_POLICY:
	case OPERAND_HAND:
		return NULL;
	default:
		return word == 1 ? candidate_partition(names, index) : NULL;
	}
}

static bool complete_begins(const struct completion *completion, const char *candidate)
{
	for (uint32_t i = 0; i < completion->size; i++)
		if (candidate[i] != completion->typed[i])
			return false; /* also at the candidate's end */
	return true;
}

static void complete_offer(struct completion *completion, const char *candidate)
{
	uint32_t same = 0;

	if (!complete_begins(completion, candidate))
		return;
	if (completion->count++ == 0) {
		completion->first = candidate;
		completion->common = (uint32_t)string_length(candidate);
		return;
	}
	while (same < completion->common && candidate[same] == completion->first[same])
		same++;
	completion->common = same;
}

static void complete_begin(struct completion *completion, const struct lineedit *edit)
{
	uint32_t begin = 0;

	for (uint32_t i = 0; i < edit->cursor; i++) {
		if (edit->line[i] != ' ')
			continue;
		completion->word += i > begin;
		begin = i + 1;
	}
	completion->typed = edit->line + begin;
	completion->size = edit->cursor - begin;
}

void operator_complete(struct lineedit *edit, const struct operator_names *names,
                       void (*list)(void *to, const char *candidate), void *to)
{
	struct completion completion = {0};
	const char *candidate;

	complete_begin(&completion, edit);
	for (uint32_t i = 0; (candidate = candidate_of(names, edit, &completion, i)) != NULL; i++)
		complete_offer(&completion, candidate);
	if (completion.count == 0)
		return;
	if (completion.count > 1 && completion.common == completion.size) {
		for (uint32_t i = 0; (candidate = candidate_of(names, edit, &completion, i)); i++)
			if (complete_begins(&completion, candidate))
				list(to, candidate);
		list(to, NULL);
		return;
	}
	lineedit_insert(edit, completion.first + completion.size,
	                completion.common - completion.size);
	if (completion.count == 1 && edit->cursor == edit->length)
		lineedit_insert(edit, " ", 1);
}
