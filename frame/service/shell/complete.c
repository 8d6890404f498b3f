/* Completing the word at the cursor, with the words that command.c knows. */
#include <lib/string.h>
#include <shell/shell.h>

struct completion {
	const char *typed; /* the word up to the cursor */
	uint32_t size;
	const char *first; /* the first candidate that begins with `typed` */
	uint32_t common;   /* characters that all such candidates begin with */
	uint32_t count;
};

static bool complete_begins(const struct completion *completion, const char *candidate)
{
	for (uint32_t i = 0; i < completion->size; i++)
		if (candidate[i] != completion->typed[i])
			return false; /* its end, too */
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

/* Shows all candidates that fit, in a row above the line. */
static void complete_list(struct shell *shell, const struct completion *completion,
                          const char *line, uint32_t word)
{
	struct words words = words_in(shell->words, sizeof(shell->words));
	const char *candidate;

	for (uint32_t i = 0; (candidate = command_candidate(shell->console, line, word, i)) != NULL;
	     i++)
		if (complete_begins(completion, candidate))
			words_say(&words, words.size ? "  " : "", candidate, NULL);
	words_put(&words, '\n');
	say_words(shell->console, &words);
}

void complete_word(struct shell *shell)
{
	struct lineedit *editor = &shell->console->editor.edit;
	struct completion completion = {0};
	const char *candidate;
	uint32_t word = 0, begin = 0;

	for (uint32_t i = 0; i < editor->cursor; i++) {
		if (editor->line[i] != ' ')
			continue;
		word += i > begin;
		begin = i + 1;
	}
	completion.typed = editor->line + begin;
	completion.size = editor->cursor - begin;
	for (uint32_t i = 0;
	     (candidate = command_candidate(shell->console, editor->line, word, i)) != NULL; i++)
		complete_offer(&completion, candidate);
	if (completion.count == 0)
		return;
	if (completion.count > 1 && completion.common == completion.size) {
		complete_list(shell, &completion, editor->line, word);
		return;
	}
	lineedit_insert(editor, completion.first + completion.size,
	                completion.common - completion.size);
	if (completion.count == 1 && editor->cursor == editor->length)
		lineedit_insert(editor, " ", 1);
}
