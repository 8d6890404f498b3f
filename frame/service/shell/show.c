/* `list` and `show`: the partitions, their states, and their parts. */
#include <kumiki/hold.h>
#include <lib/bundle.h>
#include <lib/lifewords.h>
#include <service/accounts.h>
#include <shell/shell.h>

#define SHOW_REGIONS 8u /* in a step */

/* Whether a partition has a core; a core that moves only while the partition holds it. */
static bool show_has(const struct console *console, uint8_t partition, uint8_t core)
{
	return tables_on_core(console, partition, core) &&
	       (bundle_cores(tables_bundle(console))[core].holders == 0 ||
	        HOLD_HOLDER(accounts_hold(
	            (const struct accounts *)(uintptr_t)console->info->accounts, core)) ==
	            partition);
}

static void show_cores(const struct console *console, uint8_t partition, struct words *words)
{
	const char *between = "";

	for (uint8_t core = 0; core < BUNDLE_CORES_MAX; core++) {
		if (!show_has(console, partition, core))
			continue;
		words_text(words, between);
		words_decimal(words, core);
		between = ",";
	}
}

/* ---- list ---- */

static void list_line(const struct console *console, uint8_t partition, struct words *words)
{
	struct life_status status = life_status_of(console, partition);

	words_column(words, 1);
	words_decimal(words, partition + 1u);
	words_column(words, 4);
	words_text(words, console->name[partition]);
	words_column(words, 22);
	words_text(words, life_state_name(status.state));
	words_column(words, 34);
	words_decimal(words, status.starts);
	words_column(words, 42);
	show_cores(console, partition, words);
	words_column(words, 52);
	words_text(words, life_reason_name(status.reason));
	words_put(words, '\n');
}

/* One line in a step: with the longest names two don't fit. */
enum command_result command_list(struct shell *shell, struct words *words, uint64_t now)
{
	uint32_t step = shell->command.step++;

	(void)now;
	if (step == 0)
		words_text(words, " #  name              state       starts  cores     last end\n");
	else
		list_line(shell->console, (uint8_t)(step - 1), words);
	return step < shell->console->partitions ? COMMAND_MORE : COMMAND_DONE;
}

/* ---- show ---- */

static void show_state(const struct console *console, uint8_t partition, struct words *words)
{
	const struct blackbox *box = blackbox_of(console, partition);
	struct life_event last = life_event_of(console, partition, box->events - 1);

	words_say(words, console->name[partition], ": ", life_state_name(last.status.state));
	if (box->events) {
		words_text(words, " since ");
		words_seconds(words, last.time, console->info->counter_hz);
		words_text(words, " s");
	}
	words_text(words, "\n  starts: ");
	words_decimal(words, last.status.starts);
	words_text(words, "; restarts that nobody commanded, lately: ");
	words_decimal(words, last.status.failed);
	words_say(words, "\n  last end: ", life_reason_name(last.status.reason), "\n  crashes: ");
	words_decimal(words, box->crashes);
	words_put(words, '\n');
}

static void show_policy(const struct console *console, uint8_t partition, struct words *words)
{
	static const char *const what[] = {"restart", "stop", "hold", "switch the machine off"};
	const struct bundle_partition *config = tables_partition(console, partition);
	const struct bundle_life *life = &config->life;

	words_say(words, "  on a crash: ", what[life->on_crash & 3], "; at most ");
	life_limit(life, words);
	words_say(words, ", then: ", what[life->at_limit & 3], "\n");
	if (config->flags & BUNDLE_NO_RESTART)
		words_text(words,
		           "  can't be started twice: one of its devices can't be silenced\n");
	if (config->flags & BUNDLE_MANUAL)
		words_text(words, "  starts when it is told to\n");
	if (life->after) {
		words_text(words, "  starts after:");
		life_names(console, life->after, words);
		words_put(words, '\n');
	}
	if (life->manages) {
		words_text(words, "  manages:");
		life_names(console, life->manages, words);
		words_put(words, '\n');
	}
}

static void show_machine(const struct console *console, uint8_t partition, struct words *words)
{
	const struct bundle_partition *config = tables_partition(console, partition);
	const struct blackbox *box = blackbox_of(console, partition);

	words_text(words, "  cores: ");
	show_cores(console, partition, words);
	words_text(words, "; vCPUs: ");
	words_decimal(words, config->vcpus.count);
	words_text(words, "; priority: ");
	words_decimal(words, config->priority);
	words_text(words, "; interrupts: ");
	words_decimal(words, config->interrupts.count);
	words_text(words, "\n  console: ");
	words_decimal(words, box->printed);
	words_text(words,
	           (config->flags & BUNDLE_CONSOLE) != 0 ? " characters\n" : ", it has none\n");
}

static void show_region(const struct bundle_region *region, struct words *words)
{
	words_text(words, "  ");
	words_name(words, region->label, sizeof(region->label));
	words_column(words, 16);
	words_bytes(words, region->size);
	words_text(words, " at ");
	words_hex(words, region->pa);
	if (region->ipa != region->pa) {
		words_text(words, " as ");
		words_hex(words, region->ipa);
	}
	words_text(words, region->kind == BUNDLE_KEPT ? ", kept\n" : "\n");
}

static enum command_result show_regions(const struct console *console, uint8_t partition,
                                        uint32_t step, struct words *words)
{
	const struct bundle_range range = tables_partition(console, partition)->regions;
	uint32_t first = step * SHOW_REGIONS;

	for (uint32_t i = first; i < range.count && i < first + SHOW_REGIONS; i++)
		show_region(&bundle_regions(tables_bundle(console))[range.first + i], words);
	return first + SHOW_REGIONS >= range.count ? COMMAND_DONE : COMMAND_MORE;
}

enum command_result command_show(struct shell *shell, struct words *words, uint64_t now)
{
	uint8_t partition = shell->command.partition;
	uint32_t step = shell->command.step++;

	(void)now;
	if (step > 1)
		return show_regions(shell->console, partition, step - 2, words);
	if (step == 0) {
		show_state(shell->console, partition, words);
		show_machine(shell->console, partition, words);
	} else {
		show_policy(shell->console, partition, words);
	}
	return COMMAND_MORE;
}
