/*
 * `start`, `stop`, `restart`, `suspend` and `resume`: says why a command isn't possible, or tells
 * the frame and waits for the result.
 */
#include <lib/lifecommand.h>
#include <lib/liferule.h>
#include <lib/lifewords.h>
#include <service/call.h>
#include <shell/shell.h>

static struct life_status control_status(const struct shell *shell)
{
	return life_status_of(shell->console, shell->command->partition);
}

static enum command_result control_say(const struct shell *shell, struct words *words,
                                       const char *text, enum command_result result)
{
	words_say(words, shell->console->name[shell->command->partition], text, "\n");
	return result;
}

/* Whether the partition has ever run. A start that was broken off or refused doesn't count. If
 * events were lost, one of them may have been a start, so the answer is true. */
static bool control_has_run(const struct console *console, uint8_t partition)
{
	uint32_t events = blackbox_of(console, partition)->events;

	for (uint32_t back = 1; back <= events && back <= BLACKBOX_EVENTS; back++)
		if (life_event_of(console, partition, events - back).status.state == LIFE_RUNNING)
			return true;
	return events > BLACKBOX_EVENTS;
}

/* The same rule as in the frame's life_may_load(). */
static bool control_may_load(const struct console *console, uint8_t partition)
{
	return (tables_partition(console, partition)->flags & BUNDLE_NO_RESTART) == 0 ||
	       !control_has_run(console, partition);
}

/* Says why the partition's description rules a command out in any state. NULL: it doesn't. */
static const char *control_cannot(const struct console *console, uint8_t partition,
                                  enum life_command told, bool loads)
{
	if (loads && !control_may_load(console, partition))
		return " can't be started again: one of its devices can't be silenced";
	if (told == LIFE_SUSPEND &&
	    (tables_partition(console, partition)->flags & BUNDLE_NO_SUSPEND) != 0)
		return " can't be suspended: nothing holds its core of another architecture where "
		       "it is; stop it";
	return NULL;
}

/* Whether a `stop` of any line is on its way to the partition's home core. */
static bool control_is_told(const struct shell *shell, uint8_t partition)
{
	for (uint32_t i = 0; i < LINE_COUNT; i++) {
		const struct shell_command *command = &shell->commands[i];

		if (command->kind && command->kind->told == LIFE_STOP && command->step != 0 &&
		    !command->over && command->partition == partition)
			return true;
	}
	return false;
}

/* Whether a partition that stops begins again without a command. */
static bool control_comes_back(const struct console *console, uint8_t partition,
                               const struct life_status *status)
{
	return control_may_load(console, partition) &&
	       (status->reason == STOP_RESTART ||
	        liferule_next(&tables_partition(console, partition)->life,
	                      (enum stop_reason)status->reason, status->failed) == LIFE_DO_RESTART);
}

static bool control_rests(const struct shell *shell, uint8_t partition)
{
	struct life_status status = life_status_of(shell->console, partition);

	return status.state == LIFE_STOPPED || control_is_told(shell, partition) ||
	       (status.state == LIFE_STOPPING &&
	        !control_comes_back(shell->console, partition, &status));
}

/* Whether the machine goes off when this partition has stopped. The rule is that of life_rests(),
 * except that another partition counts as stopped as soon as it is sure to stop. */
static bool control_is_last(const struct shell *shell, uint8_t partition)
{
	if ((tables_bundle(shell->console)->flags & BUNDLE_STAY_ON) != 0)
		return false;
	for (uint8_t i = 0; i < shell->console->partitions; i++)
		if (i != partition && !control_rests(shell, i))
			return false;
	return true;
}

static enum command_result control_ask(const struct shell *shell, struct words *words)
{
	const char *name = shell->console->name[shell->command->partition];

	words_say(words, name,
	          " is the last partition that isn't stopped: the machine goes off behind it; "
	          "if it may, write 'stop ",
	          name);
	words_text(words, " " OPERATOR_OFF "'\n");
	return COMMAND_FAILED;
}

/* If the operator has said that the machine may go off, says whether it does. */
static enum command_result control_told(const struct shell *shell, struct words *words,
                                        bool is_last)
{
	const struct console *console = shell->console;

	if (!shell->command->off)
		return COMMAND_WAIT;
	words_say(words, "the machine ",
	          is_last ? "goes off behind "
	          : (tables_bundle(console)->flags & BUNDLE_STAY_ON) != 0
	              ? "stays on, as kumiki,stay-on says, behind "
	              : "stays on, as others aren't stopped, behind ",
	          console->name[shell->command->partition]);
	words_put(words, '\n');
	return COMMAND_MORE;
}

static enum command_result control_tell(struct shell *shell, struct words *words, uint64_t now)
{
	struct shell_command *command = shell->command;
	enum life_command told = command->kind->told;
	struct life_status status = control_status(shell);
	bool is_last = control_is_last(shell, command->partition);
	bool good,
	    loads = told == LIFE_RESTART || (told == LIFE_START && status.state != LIFE_SUSPENDED &&
	                                     status.state != LIFE_SUSPENDING);
	const char *refusal = life_refusal(told, status.state, &good);

	if (refusal)
		return control_say(shell, words, refusal, good ? COMMAND_DONE : COMMAND_FAILED);
	refusal = control_cannot(shell->console, command->partition, told, loads);
	if (refusal)
		return control_say(shell, words, refusal, COMMAND_FAILED);
	if (told == LIFE_STOP && is_last && !command->off)
		return control_ask(shell, words);
	command->starts = status.starts;
	command->deadline = now + COMMAND_WAIT_MS * shell->console->ms;
	command->step++;
	if (service_command(command->partition, told) == 0)
		return control_told(shell, words, is_last);
	return control_say(shell, words, ": the frame refuses the command", COMMAND_FAILED);
}

/* Says how the command ended, except at the prompt: a person there reads the partition's own news.
 */
static enum command_result control_end(const struct shell *shell, struct words *words,
                                       const struct life_status *status, enum command_result result)
{
	if (command_line_of(shell) == LINE_PROMPT)
		return result;
	words_say(words, shell->console->name[shell->command->partition],
	          result == COMMAND_FAILED ? ": failed, it is " : ": ",
	          life_state_name(status->state));
	words_put(words, '\n');
	return result;
}

enum command_result command_life(struct shell *shell, struct words *words, uint64_t now)
{
	static const enum command_result results[] = {[LIFE_ON_ITS_WAY] = COMMAND_WAIT,
	                                              [LIFE_CAME] = COMMAND_DONE,
	                                              [LIFE_FAILED] = COMMAND_FAILED};
	const struct shell_command *command = shell->command;
	struct life_status status = control_status(shell);
	enum command_result result;

	if (command->step == 0)
		return control_tell(shell, words, now);
	result = results[life_outcome(command->kind->told, command->starts, &status)];
	if (result != COMMAND_WAIT)
		return control_end(shell, words, &status, result);
	if (now < shell->command->deadline)
		return COMMAND_WAIT;
	words_say(words, shell->console->name[shell->command->partition], " is still ",
	          life_state_name(status.state));
	words_text(words, " after 30 s; the result will be printed\n");
	return COMMAND_FAILED;
}
_Static_assert(COMMAND_WAIT_MS == 30000, "command_life() says so");
