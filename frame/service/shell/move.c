/*
 * `move`: moves a vCPU to another core. Says why that isn't possible, or asks the frame, and waits
 * until the vCPU's account shows the new core.
 */
#include <lib/bundle.h>
#include <service/call.h>
#include <shell/shell.h>

#define MOVE_LOOK_MS 5u /* between two looks at the account */
#define MOVE_LOOKS   200u

/* Writes the vCPU's name, like "linux.1", then `text` and the core. */
static enum command_result move_say(const struct shell *shell, struct words *words,
                                    const char *text, enum command_result result)
{
	const struct shell_command *command = shell->command;

	words_say(words, shell->console->name[command->partition], ".", NULL);
	words_decimal(words, command->number);
	words_text(words, text);
	words_decimal(words, command->to);
	words_put(words, '\n');
	return result;
}

static void move_cores(struct words *words, uint32_t cores)
{
	const char *between = " ";

	for (uint32_t i = 0; i < BUNDLE_CORES_MAX; i++) {
		if ((cores >> i & 1) == 0)
			continue;
		words_text(words, between);
		words_decimal(words, i);
		between = ", ";
	}
	words_put(words, '\n');
}

static uint32_t move_index(const struct shell *shell)
{
	const struct shell_command *command = shell->command;

	return tables_partition(shell->console, command->partition)->vcpus.first + command->number;
}

static const struct bundle_vcpu *move_config(const struct shell *shell)
{
	return &bundle_vcpus(tables_bundle(shell->console))[move_index(shell)];
}

static bool move_is_there(const struct shell *shell)
{
	const struct accounts *accounts =
	    (const struct accounts *)(uintptr_t)shell->console->info->accounts;

	return __atomic_load_n(&accounts->vcpu[move_index(shell)].core, __ATOMIC_RELAXED) ==
	       shell->command->to;
}

/* If the move isn't possible, says why. False: it is possible. */
static bool move_refused(const struct shell *shell, struct words *words)
{
	const struct shell_command *command = shell->command;
	uint32_t vcpus = tables_partition(shell->console, command->partition)->vcpus.count;
	const char *name = shell->console->name[command->partition];

	if (command->number >= vcpus) {
		words_say(words, name, " has no such CPU; its last one is ", NULL);
		words_decimal(words, vcpus - 1);
		words_put(words, '\n');
	} else if (command->to >= shell->console->info->cores) {
		words_text(words, "there is no such core; the last one is ");
		words_decimal(words, shell->console->info->cores - 1);
		words_put(words, '\n');
	} else if ((move_config(shell)->cores >> command->to & 1) == 0) {
		(void)move_say(shell, words, " may not run on core ", COMMAND_FAILED);
		words_text(words, "its description lets it run on core");
		move_cores(words, move_config(shell)->cores);
	} else if (life_status_of(shell->console, command->partition).state == LIFE_STOPPED) {
		words_say(words, name, " is stopped\n", NULL);
	} else {
		return false;
	}
	return true;
}

enum command_result command_move(struct shell *shell, struct words *words, uint64_t now)
{
	struct shell_command *command = shell->command;

	if (command->step == 0) {
		if (move_refused(shell, words))
			return COMMAND_FAILED;
		if (move_is_there(shell))
			return move_say(shell, words, " is there already: on core ", COMMAND_DONE);
		if (service_move(command->partition, command->number, command->to) != 0)
			return move_say(shell, words, ": the frame refuses core ", COMMAND_FAILED);
	}
	if (move_is_there(shell))
		return move_say(shell, words, " is on core ", COMMAND_DONE);
	if (command->step > MOVE_LOOKS)
		return move_say(shell, words, " is still on its way to core ", COMMAND_FAILED);
	if (command->step == 0 || now >= command->deadline) {
		command->deadline = now + MOVE_LOOK_MS * shell->console->ms;
		command->step++;
	}
	return COMMAND_WAIT;
}
