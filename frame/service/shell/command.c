/* The operator's commands: the table of commands, the reading of a line, and the way of the
 * answers. See shell/command.h. show.c, log.c, control.c, events.c, top.c, account.c, move.c,
 * channels.c and ask.c carry the commands out. */
#include <kumiki/hold.h>
#include <kumiki/warden.h>
#include <lib/nearest.h>
#include <lib/operatorline.h>
#include <lib/powerwords.h>
#include <lib/string.h>
#include <shell/shell.h>

static const struct command_kind command_kinds[OPERATOR_COMMANDS] = {
    {&operator_words[OPERATOR_LIST], 0, command_list, tell_list},
    {&operator_words[OPERATOR_SHOW], 0, command_show, tell_show},
    {&operator_words[OPERATOR_LOG], 0, command_log, tell_log},
    {&operator_words[OPERATOR_START], LIFE_START, command_life, NULL},
    {&operator_words[OPERATOR_STOP], LIFE_STOP, command_life, NULL},
    {&operator_words[OPERATOR_RESTART], LIFE_RESTART, command_life, NULL},
    {&operator_words[OPERATOR_SUSPEND], LIFE_SUSPEND, command_life, NULL},
    {&operator_words[OPERATOR_RESUME], LIFE_RESUME, command_life, NULL},
    {&operator_words[OPERATOR_MOVE], 0, command_move, NULL},
    {&operator_words[OPERATOR_GIVE], 0, command_give, NULL},
    {&operator_words[OPERATOR_CORES], 0, command_cores, tell_cores},
    {&operator_words[OPERATOR_CHANNELS], 0, command_channels, NULL},
    {&operator_words[OPERATOR_TRACE], 0, command_trace, NULL},
    {&operator_words[OPERATOR_TOP], 0, command_top, tell_top},
    {&operator_words[OPERATOR_ACCOUNTS], 0, command_accounts, tell_accounts},
    {&operator_words[OPERATOR_POWER], 0, command_power, NULL},
    {&operator_words[OPERATOR_HELP], 0, command_help, NULL},
};

/* ---- a line's words ---- */

struct command_line {
	uint32_t count;
	char word[COMMAND_WORDS_MAX + 1][COMMAND_WORD_SIZE]; /* longer words are cut */
};

static bool command_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void command_split(struct command_line *split, const char *line, uint32_t size)
{
	uint32_t at = 0, length;

	memset(split, 0, sizeof(*split));
	while (split->count <= COMMAND_WORDS_MAX) {
		while (at < size && command_blank(line[at]))
			at++;
		if (at == size)
			return;
		for (length = 0; at < size && !command_blank(line[at]); at++)
			if (length < COMMAND_WORD_SIZE - 1)
				split->word[split->count][length++] =
				    line[at] > ' ' && line[at] < 0x7f ? line[at] : '?';
		split->count++;
	}
}

static const struct command_kind *command_find(const char *name)
{
	uint32_t command = operator_named(name);

	return command < OPERATOR_COMMANDS ? &command_kinds[command] : NULL;
}

static const char *command_name(const struct console *console, bool of_partition, uint32_t index)
{
	if (of_partition)
		return index < console->partitions ? console->name[index] : NULL;
	return index < OPERATOR_COMMANDS ? operator_words[index].name : NULL;
}

static void command_unknown(const struct console *console, struct words *words, const char *word,
                            bool partition)
{
	struct nearest nearest = {.word = word};
	const char *candidate, *best;

	for (uint32_t i = 0; (candidate = command_name(console, partition, i)) != NULL; i++)
		nearest_offer(&nearest, candidate);
	best = nearest_answer(&nearest);
	words_say(words, "there is no ", partition ? "partition '" : "command '", word);
	if (best)
		words_say(words, "'; did you mean '", best, "'?\n");
	else
		words_text(words, partition ? "'; 'list' shows all partitions\n"
		                            : "'; 'help' shows all commands\n");
}

/* ---- a line's operands ---- */

static bool command_usage(struct words *words, const struct command_kind *kind)
{
	words_say(words, "write it so: ", kind->word->name, kind->word->help);
	words_put(words, '\n');
	return false;
}

static bool command_partition(struct shell *shell, struct words *words, const char *name)
{
	for (uint8_t i = 0; i < shell->console->partitions; i++) {
		if (string_equal(shell->console->name[i], name)) {
			shell->command->partition = i;
			return true;
		}
	}
	command_unknown(shell->console, words, name, true);
	return false;
}

/* False: the word isn't a number. */
static bool command_number(const char *word, uint32_t *number)
{
	for (*number = 0; *word >= '0' && *word <= '9' && *number < 100000; word++)
		*number = *number * 10 + (uint32_t)(*word - '0');
	return *word == 0;
}

static bool command_lines(struct shell_command *command, const char *word)
{
	if (!string_equal(word, "all"))
		return command_number(word, &command->lines);
	command->lines = COMMAND_ALL_LINES;
	return true;
}

static bool command_seconds(struct shell_command *command, struct words *words, const char *word)
{
	if (command_number(word, &command->number) && command->number > 0 &&
	    command->number <= COMMAND_SECONDS_MAX)
		return true;
	words_say(words, "'", word, "' is no time: write from 1 to ");
	words_decimal(words, COMMAND_SECONDS_MAX);
	words_text(words, " seconds\n");
	return false;
}

static bool command_numbers(struct shell_command *command, const struct command_line *split)
{
	return split->count == 4 && command_number(split->word[2], &command->number) &&
	       command_number(split->word[3], &command->to);
}

/* False: the word names no policy. */
static bool command_policy(struct shell_command *command, const char *word)
{
	command->number = power_policy_named(word);
	return command->number < POWER_POLICIES;
}

static bool command_off(struct shell_command *command, const char *word)
{
	command->off = string_equal(word, OPERATOR_OFF);
	return command->off;
}

static bool command_hand(struct shell_command *command, const char *word)
{
	command->number = string_equal(word, "hand") ? WARDEN_BY_HAND : WARDEN_BY_ITSELF;
	return command->number == WARDEN_BY_HAND || string_equal(word, "auto");
}

static bool command_gift(struct shell *shell, struct words *words, const struct command_kind *kind,
                         const struct command_line *split)
{
	struct shell_command *command = shell->command;

	command->number = HOLD_SECONDS;
	if (split->count < 3 || !command_number(split->word[1], &command->to))
		return command_usage(words, kind);
	if (split->count == 4 && !command_seconds(command, words, split->word[3]))
		return false;
	command->partition = HOLD_NOBODY;
	return string_equal(split->word[2], HOLD_NOBODYS_NAME) ||
	       command_partition(shell, words, split->word[2]);
}

static bool command_about(struct shell *shell, struct words *words, const char *name)
{
	shell->command->about = command_find(name);
	if (!shell->command->about)
		command_unknown(shell->console, words, name, false);
	return shell->command->about != NULL;
}

/* False: the operands are wrong, and `words` says how. */
static bool command_operands(struct shell *shell, struct words *words,
                             const struct command_kind *kind, const struct command_line *split)
{
	enum operator_operand operand = kind->word->operand;
	uint32_t most = operand == OPERAND_MOVE || operand == OPERAND_GIVE ? 4
	                : operand == OPERAND_PARTITION_AND_LINES           ? 3
	                : operand == OPERAND_STOP                          ? 3
	                : operand == OPERAND_NONE                          ? 1
	                                                                   : 2;
	bool needed = operand == OPERAND_PARTITION || operand == OPERAND_PARTITION_AND_LINES ||
	              operand == OPERAND_MOVE || operand == OPERAND_GIVE || operand == OPERAND_STOP;

	if (split->count > most || (split->count < 2 && needed))
		return command_usage(words, kind);
	shell->command->number = operand == OPERAND_POLICY ? POWER_POLICIES
	                         : operand == OPERAND_HAND ? WARDEN_AS_IT_IS
	                                                   : 1;
	if (split->count < 2)
		return true;
	if (operand == OPERAND_POLICY)
		return command_policy(shell->command, split->word[1]) || command_usage(words, kind);
	if (operand == OPERAND_HAND)
		return command_hand(shell->command, split->word[1]) || command_usage(words, kind);
	if (operand == OPERAND_COMMAND)
		return command_about(shell, words, split->word[1]);
	if (operand == OPERAND_SECONDS)
		return command_seconds(shell->command, words, split->word[1]);
	if (operand == OPERAND_GIVE)
		return command_gift(shell, words, kind, split);
	if (!command_partition(shell, words, split->word[1]))
		return false;
	if (operand == OPERAND_MOVE)
		return command_numbers(shell->command, split) || command_usage(words, kind);
	if (split->count < 3)
		return true;
	return (operand == OPERAND_STOP ? command_off(shell->command, split->word[2])
	                                : command_lines(shell->command, split->word[2])) ||
	       command_usage(words, kind);
}

/* Takes OPERATOR_JSON off the line. False: the command has no answer for programs. */
static bool command_tells(struct shell_command *command, struct words *words,
                          const struct command_kind *kind, struct command_line *split)
{
	command->tells =
	    split->count > 1 && string_equal(split->word[split->count - 1], OPERATOR_JSON);
	if (!command->tells)
		return true;
	split->count--;
	return (kind->tell != NULL && (kind->word->operand != OPERAND_HAND || split->count == 1)) ||
	       command_usage(words, kind);
}

static void command_reset(struct shell_command *command)
{
	command->kind = command->about = NULL;
	command->partition = COMMAND_NO_PARTITION;
	command->lines = COMMAND_TAIL;
	command->number = 1;
	command->off = command->tells = command->over = false;
	command->status = 0;
	command->size = command->step = 0;
	command->deadline = UINT64_MAX;
	memset(&command->filter, 0, sizeof(command->filter));
	memset(&command->json, 0, sizeof(command->json));
}

static void command_over(struct shell_command *command, bool good)
{
	command->over = true;
	command->status = good ? 0 : 1;
}

uint8_t command_line_of(const struct shell *shell)
{
	return (uint8_t)(shell->command - shell->commands);
}

void command_begin(struct shell *shell, uint8_t number, const char *line, uint32_t size)
{
	struct shell_command *command = &shell->commands[number];
	struct words words = words_in(command->text, sizeof(command->text));
	struct command_line split;
	const struct command_kind *kind;

	shell->command = command;
	command_reset(command);
	command_split(&split, line, size);
	kind = command_find(split.word[0]);
	command->kind = kind ? kind : &command_kinds[0];
	if (split.count == 0) {
		command_over(command, true);
	} else if (!kind) {
		command_unknown(shell->console, &words, split.word[0], false);
		command_over(command, false);
	} else if (!command_tells(command, &words, kind, &split) ||
	           !command_operands(shell, &words, kind, &split)) {
		command_over(command, false);
	}
	command->size = words.size;
}

/* ---- a command's answer ---- */

void command_cancel(struct shell *shell, uint8_t number)
{
	shell->commands[number].kind = NULL;
	if (shell->asks == number)
		shell->asks = LINE_COUNT;
}

static void command_put(void *to, char c)
{
	words_put(to, c);
}

static enum command_result command_tell(struct shell *shell, struct words *words, uint64_t now)
{
	struct shell_command *command = shell->command;

	command->json.put = command_put;
	command->json.to = words;
	return command->kind->tell(shell, &command->json, now);
}

static bool command_step(struct shell *shell, uint64_t now)
{
	struct shell_command *command = shell->command;
	struct words words = words_in(command->text, sizeof(command->text));
	enum command_result result = command->tells ? command_tell(shell, &words, now)
	                                            : command->kind->step(shell, &words, now);

	command->size = words.size;
	if (result == COMMAND_DONE || result == COMMAND_FAILED)
		command_over(command, result == COMMAND_DONE);
	return result != COMMAND_WAIT;
}

/* Does a step for the line whose turn it is. False: nothing more can be done now. */
static bool command_go(struct shell *shell, uint64_t now)
{
	struct shell_command *command = shell->command;

	if (!command->kind)
		return false;
	if (!command->over && command->size == 0 && !command_step(shell, now))
		return false;
	if (!command->over && command->size == 0)
		return true;
	if (!line_answer(shell->console, command_line_of(shell), command->over, command->status,
	                 command->text, command->size))
		return false; /* the rest has room when characters have left */
	command->size = 0;
	if (command->over) {
		command->kind = NULL;
		line_over(shell->console, command_line_of(shell));
	}
	return true;
}

/* Each time another line goes first: where there is little room, the first line takes it. */
bool command_pump(struct shell *shell, uint64_t now)
{
	bool more = false;

	for (uint32_t i = 0; i < LINE_COUNT; i++) {
		shell->command = &shell->commands[(shell->first + i) % LINE_COUNT];
		more |= command_go(shell, now);
	}
	shell->first = (uint8_t)((shell->first + 1) % LINE_COUNT);
	return more;
}

uint64_t command_deadline(const struct shell *shell)
{
	uint64_t deadline = UINT64_MAX;

	for (uint32_t i = 0; i < LINE_COUNT; i++)
		if (shell->commands[i].kind && shell->commands[i].deadline < deadline)
			deadline = shell->commands[i].deadline;
	return deadline;
}

/* ---- help ---- */

#define HELP_LINES 8u /* lines of one step */

static void command_explain(struct words *words, const struct command_kind *kind)
{
	words_say(words, kind->word->name, kind->word->help, "\n");
}

enum command_result command_help(struct shell *shell, struct words *words, uint64_t now)
{
	struct shell_command *command = shell->command;

	(void)now;
	if (command->about) {
		command_explain(words, command->about);
		return COMMAND_DONE;
	}
	for (uint32_t i = 0; i < HELP_LINES && command->step < OPERATOR_COMMANDS; i++)
		command_explain(words, &command_kinds[command->step++]);
	if (command->step < OPERATOR_COMMANDS)
		return COMMAND_MORE;
	words_text(words, "Tab completes, up and down bring earlier lines back, Ctrl-C ends a "
	                  "command; Ctrl-] 1 goes to a partition\n");
	return COMMAND_DONE;
}
