/*
 * Starting, stopping, restarting, suspending and resuming by command: says why it doesn't fit, or
 * tells the frame and waits for what comes of it.
 */
#include <lib/lifewords.h>
#include <service/call.h>
#include <service/console.h>

static struct life_status control_status(const struct console *console)
{
	return life_status_of(console, console->command.partition);
}

static enum command_result control_say(const struct console *console, struct words *words,
                                       const char *text, enum command_result result)
{
	words_say(words, console->name[console->command.partition], text, "\n");
	return result;
}

/* What stands there already, or can't become so; NULL: it can be told. */
static const char *control_refusal(enum life_command told, uint32_t state, bool *good)
{
	*good = true;
	if (told == LIFE_STOP && state == LIFE_STOPPED)
		return " is stopped already";
	if (told == LIFE_SUSPEND && state == LIFE_SUSPENDED)
		return " is suspended already";
	if ((told == LIFE_START || told == LIFE_RESUME) && state == LIFE_RUNNING)
		return " runs already";
	*good = false;
	if (told == LIFE_START && (state == LIFE_HOLDING || state == LIFE_HELD))
		return " is held as it crashed: restart it, or stop it";
	if (told == LIFE_START && state == LIFE_STOPPING)
		return " is still stopping: try again";
	if (told == LIFE_SUSPEND && state != LIFE_RUNNING)
		return " doesn't run: only what runs can be suspended";
	if (told == LIFE_RESUME && state != LIFE_SUSPENDED && state != LIFE_SUSPENDING)
		return " isn't suspended: there is nothing to resume";
	return NULL;
}

/* As frame/core/life.c has it. */
static bool control_may_load(const struct console *console, uint8_t partition,
                             const struct life_status *status)
{
	return status->starts == 0 ||
	       (tables_partition(console, partition)->flags & BUNDLE_NO_RESTART) == 0;
}

static enum command_result control_tell(struct console *console, struct words *words, uint64_t now)
{
	struct console_command *command = &console->command;
	enum life_command told = command->kind->told;
	struct life_status status = control_status(console);
	bool good,
	    loads = told == LIFE_RESTART || (told == LIFE_START && status.state != LIFE_SUSPENDED &&
	                                     status.state != LIFE_SUSPENDING);
	const char *refusal = control_refusal(told, status.state, &good);

	if (refusal)
		return control_say(console, words, refusal, good ? COMMAND_DONE : COMMAND_FAILED);
	if (loads && !control_may_load(console, command->partition, &status))
		return control_say(console, words,
		                   " can't be started again: nobody knows how to silence one of "
		                   "its devices",
		                   COMMAND_FAILED);
	command->starts = status.starts;
	command->deadline = now + COMMAND_WAIT_MS * console->ms;
	command->step++;
	if (service_command(command->partition, told) == 0)
		return COMMAND_WAIT;
	return control_say(console, words, " can't be told: the frame refuses", COMMAND_FAILED);
}

/* A start was carried out when it was counted and is over. */
static bool control_started(const struct console_command *command, const struct life_status *status)
{
	return status->starts != command->starts && status->state != LIFE_LOADING;
}

/* What came of it, as far as it has; a state that was passed in between doesn't count. */
static enum command_result control_outcome(const struct console_command *command,
                                           const struct life_status *status)
{
	uint32_t state = status->state;

	switch (command->kind->told) {
	case LIFE_STOP:
		return state == LIFE_STOPPED ? COMMAND_DONE : COMMAND_WAIT;
	case LIFE_SUSPEND:
		if (state == LIFE_RUNNING || state == LIFE_SUSPENDING)
			return COMMAND_WAIT;
		return state == LIFE_SUSPENDED ? COMMAND_DONE : COMMAND_FAILED;
	case LIFE_RESUME:
		if (state == LIFE_SUSPENDED || state == LIFE_SUSPENDING)
			return COMMAND_WAIT;
		return state == LIFE_RUNNING ? COMMAND_DONE : COMMAND_FAILED;
	default:
		if (control_started(command, status))
			return state == LIFE_STOPPED ? COMMAND_FAILED : COMMAND_DONE;
		return command->kind->told == LIFE_START && state == LIFE_RUNNING ? COMMAND_DONE
		                                                                  : COMMAND_WAIT;
	}
}

/* A person reads it from the partition's own news. */
static enum command_result control_end(const struct console *console, struct words *words,
                                       const struct life_status *status, enum command_result result)
{
	if (!console->command.linked)
		return result;
	words_say(words, console->name[console->command.partition],
	          result == COMMAND_FAILED ? ": failed, it is " : ": ",
	          life_state_name(status->state));
	words_put(words, '\n');
	return result;
}

enum command_result command_life(struct console *console, struct words *words, uint64_t now)
{
	struct life_status status = control_status(console);
	enum command_result result;

	if (console->command.step == 0)
		return control_tell(console, words, now);
	result = control_outcome(&console->command, &status);
	if (result != COMMAND_WAIT)
		return control_end(console, words, &status, result);
	if (now < console->command.deadline)
		return COMMAND_WAIT;
	words_say(words, console->name[console->command.partition], " is still ",
	          life_state_name(status.state));
	words_text(words, " after 30 s; what comes of it will be said\n");
	return COMMAND_FAILED;
}
_Static_assert(COMMAND_WAIT_MS == 30000, "command_life() says so");
