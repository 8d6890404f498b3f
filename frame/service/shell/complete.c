/* Completes the word at the prompt's cursor (lib/operatorline.h). Several candidates are shown in a
 * row above the prompt. */
#include <lib/operatorline.h>
#include <shell/shell.h>

static void complete_list(void *to, const char *candidate)
{
	struct shell *shell = to;
	struct words words = words_in(shell->words, sizeof(shell->words));

	words.size = shell->listed;
	if (candidate != NULL) {
		words_say(&words, words.size ? "  " : "", candidate, NULL);
		shell->listed = words.size;
		return;
	}
	words_put(&words, '\n');
	say_words(shell->console, &words);
}

void complete_word(struct shell *shell)
{
	struct console *console = shell->console;
	const struct operator_names names = {console->name, console->partitions};

	shell->listed = 0;
	operator_complete(&console->editor.edit, &names, complete_list, shell);
}
