/*
 * `give` and `cores`: a core that may go from one partition to another (docs/cores.md). Says why it
 * doesn't fit, or asks the frame, watches the core's record, and says what came of it.
 */
#include <kumiki/hold.h>
#include <lib/bundle.h>
#include <service/call.h>
#include <shell/shell.h>

#define HOLD_LOOK_MS 5u /* between two looks at the record */

static const struct bundle_core *hold_config(const struct console *console, uint32_t core)
{
	return &bundle_cores(tables_bundle(console))[core];
}

uint64_t hold_record(const struct console *console, uint32_t core)
{
	const struct accounts *accounts =
	    (const struct accounts *)(uintptr_t)console->info->accounts;

	return __atomic_load_n(&accounts->core[core].hold, __ATOMIC_RELAXED);
}

const char *hold_name(const struct console *console, uint32_t holder)
{
	return holder == HOLD_NOBODY ? HOLD_NOBODYS_NAME : console->name[holder];
}

/* "core 2", and what follows. */
static void hold_core(struct words *words, uint32_t core, const char *text)
{
	words_text(words, "core ");
	words_decimal(words, core);
	words_text(words, text);
}

/* ---- cores ---- */

/* Of a core that stays: who may run there. */
static uint32_t hold_residents(const struct console *console, uint32_t core)
{
	uint32_t partitions = 0;

	for (uint8_t p = 0; p < console->partitions; p++) {
		const struct bundle_range range = tables_partition(console, p)->vcpus;

		for (uint32_t i = 0; i < range.count; i++)
			if (bundle_vcpus(tables_bundle(console))[range.first + i].cores >> core & 1)
				partitions |= 1u << p;
	}
	return partitions;
}

static void hold_line(const struct console *console, struct words *words, uint32_t core,
                      uint64_t now)
{
	const struct bundle_core *config = hold_config(console, core);
	const uint64_t record = hold_record(console, core);
	const uint32_t holder = HOLD_HOLDER(record);

	hold_core(words, core, ":");
	if (!config->holders) {
		life_names(console, hold_residents(console, core), words);
	} else {
		words_say(words, " ", hold_name(console, holder), "; may be that of");
		life_names(console, config->holders & ~(1u << holder), words);
	}
	if (config->holders && hold_is_asked(record, now))
		words_say(words, "; asked for ", hold_name(console, HOLD_WANTED(record)), NULL);
	words_put(words, '\n');
}

enum command_result command_cores(struct shell *shell, struct words *words, uint64_t now)
{
	if (shell->command.number != HOLD_AS_IT_IS)
		shift_switch(shell, shell->command.number == HOLD_BY_HAND);
	for (uint32_t i = 0; i < shell->console->info->cores; i++)
		hold_line(shell->console, words, i, now);
	shift_words(shell, words);
	return COMMAND_DONE;
}

/* ---- give ---- */

/* "linux keeps core 2: ", and why. */
static enum command_result hold_kept(const struct shell *shell, struct words *words,
                                     uint64_t record, const char *why)
{
	words_say(words, hold_name(shell->console, HOLD_HOLDER(record)), " keeps ", NULL);
	hold_core(words, shell->command.to, why);
	return COMMAND_FAILED;
}

static enum command_result hold_given(const struct shell *shell, struct words *words,
                                      const char *text)
{
	hold_core(words, shell->command.to, text);
	words_say(words, hold_name(shell->console, shell->command.partition), "\n", NULL);
	return COMMAND_DONE;
}

/* Why it can't be; false: it can. */
static bool hold_refused(const struct shell *shell, struct words *words)
{
	const struct shell_command *command = &shell->command;
	const struct bundle_core *core;

	if (command->to >= shell->console->info->cores) {
		words_text(words, "there is no such core; the last one is ");
		words_decimal(words, shell->console->info->cores - 1);
		words_put(words, '\n');
		return true;
	}
	core = hold_config(shell->console, command->to);
	if (bundle_may_hold(core, command->partition))
		return false;
	words_say(words, hold_name(shell->console, command->partition), " may not hold ", NULL);
	hold_core(words, command->to, core->holders ? "; those may:" : ", which never moves");
	life_names(shell->console, core->holders, words);
	words_put(words, '\n');
	return true;
}

static enum command_result hold_begin(struct shell *shell, struct words *words, uint64_t now)
{
	struct shell_command *command = &shell->command;
	const uint64_t wait = command->number * 1000ull * shell->console->ms;
	int64_t asked;

	if (hold_refused(shell, words))
		return COMMAND_FAILED;
	if (HOLD_HOLDER(hold_record(shell->console, command->to)) == command->partition)
		return hold_given(shell, words, " is there already: held by ");
	asked = service_hold(command->to, command->partition, wait >> HOLD_TICK_SHIFT);
	if (asked < 0) {
		hold_core(words, command->to, ": the frame refuses\n");
		return COMMAND_FAILED;
	}
	command->asked = (uint32_t)asked;
	command->end_of_wait = now + wait;
	command->step = 1;
	return COMMAND_WAIT;
}

/* What came of it is known: another request came behind it. */
static enum command_result hold_replaced(const struct shell *shell, struct words *words,
                                         uint64_t record)
{
	return hold_kept(shell, words, record,
	                 HOLD_WANTED(record) == HOLD_HOLDER(record)
	                     ? ": it refuses, or it was asked to\n"
	                     : " for now: somebody else has asked for it\n");
}

/* Withdraws what it asked for, so that nothing comes of it later; but for what came just now, and
 * not what somebody else has asked for since it was looked at. */
static enum command_result hold_late(struct shell *shell, struct words *words)
{
	const uint32_t core = shell->command.to;
	const bool last = service_hold(core, HOLD_WITHDRAW, shell->command.asked) >= 0;
	const uint64_t record = hold_record(shell->console, core);

	if (HOLD_HOLDER(record) == shell->command.partition)
		return hold_given(shell, words, " is held by ");
	if (!last)
		return hold_replaced(shell, words, record);
	return hold_kept(shell, words, record, ": it didn't give it up in time\n");
}

static enum command_result hold_watch(struct shell *shell, struct words *words, uint64_t now)
{
	struct shell_command *command = &shell->command;
	const uint64_t record = hold_record(shell->console, command->to);

	if (HOLD_HOLDER(record) == command->partition)
		return hold_given(shell, words, " is held by ");
	if (HOLD_NUMBER(record) != command->asked)
		return hold_replaced(shell, words, record);
	if (now >= command->end_of_wait)
		return hold_late(shell, words);
	return COMMAND_WAIT;
}

enum command_result command_give(struct shell *shell, struct words *words, uint64_t now)
{
	struct shell_command *command = &shell->command;
	enum command_result result;

	result = command->step == 0 ? hold_begin(shell, words, now) : hold_watch(shell, words, now);
	if (result == COMMAND_WAIT)
		command->deadline = now + HOLD_LOOK_MS * shell->console->ms;
	return result;
}
