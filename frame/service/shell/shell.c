/*
 * The shell's start and its turns, within the console's turns: first it puts news into words, then
 * each running command has a step.
 */
#include <shell/shell.h>

static bool shell_turn(struct shell *shell, uint64_t now)
{
	bool said = life_look(shell);

	said |= misses_look(shell, now);
	said |= mends_look(shell, now);
	said |= refused_look(shell);
	said |= channels_look(shell);
	said |= ask_listen(shell);
	said |= command_pump(shell, now);
	return said;
}

static uint64_t shell_deadline(const struct shell *shell)
{
	const uint64_t command = command_deadline(shell), misses = misses_deadline(shell);
	const uint64_t mends = mends_deadline(shell), first = command < misses ? command : misses;

	return mends < first ? mends : first;
}

static const struct console_shell shell_does = {command_begin, command_cancel, complete_word,
                                                shell_turn, shell_deadline};

void shell_start(struct shell *shell, struct console *console, const struct console_info *info,
                 uint64_t now)
{
	shell->console = console;
	shell->command = shell->commands;
	shell->asks = LINE_COUNT;
	console->shell = shell;
	console->does = &shell_does;
	console_start(console, info, now);
	mends_start(shell);
	refused_start(shell);
	channels_start(shell);
}
