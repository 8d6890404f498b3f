/* `list` and `show`: the partitions, their states, and their parts; in words, and for programs. */
#include <kumiki/hold.h>
#include <lib/bundle.h>
#include <lib/jsonbundle.h>
#include <lib/lifejson.h>
#include <lib/lifewords.h>
#include <service/accounts.h>
#include <shell/shell.h>

#define SHOW_REGIONS 8u /* regions of one step */

/* Whether a partition has a core. If the core can move, the partition has it only while it holds
 * it. */
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

/* Shortens "Cortex-R5F" to "R5F", as the column is narrow. */
static const char *show_remote(const struct console *console, uint8_t partition)
{
	const char *name = remote_core(console, partition), *at = name;

	while (at && *at && *at != '-')
		at++;
	return at && *at ? at + 1 : name;
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
	if (remote_core(console, partition))
		words_say(words, "+", show_remote(console, partition), NULL);
	words_column(words, 52);
	remote_end_words(console, partition, &status, words);
	words_put(words, '\n');
}

/* Writes one line in a step: with the longest names, two lines don't fit. */
enum command_result command_list(struct shell *shell, struct words *words, uint64_t now)
{
	uint32_t step = shell->command->step++;

	(void)now;
	if (step == 0)
		words_text(words, " #  name              state       starts  cores     last end\n");
	else
		list_line(shell->console, (uint8_t)(step - 1), words);
	return step < shell->console->partitions ? COMMAND_MORE : COMMAND_DONE;
}

/* ---- show ---- */

static void show_state(const struct console *console, uint8_t partition, uint64_t now,
                       struct words *words)
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
	words_decimal(words, life_status_at(console, partition, now).failed);
	words_text(words, "\n  last end: ");
	remote_end_words(console, partition, &last.status, words);
	words_text(words, "\n  crashes: ");
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
	if (remote_core(console, partition))
		words_say(words, " for its minder, and a ", remote_core(console, partition), NULL);
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
	words_hex(words, " at ", region->pa);
	if (region->ipa != region->pa)
		words_hex(words, " as ", region->ipa);
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
	uint8_t partition = shell->command->partition;
	uint32_t step = shell->command->step++;

	if (step > 1)
		return show_regions(shell->console, partition, step - 2, words);
	if (step == 0) {
		show_state(shell->console, partition, now, words);
		show_machine(shell->console, partition, words);
	} else {
		show_policy(shell->console, partition, words);
	}
	return COMMAND_MORE;
}

/* ---- for programs ---- */

static void tell_has(const struct console *console, uint8_t partition, struct json *json)
{
	uint32_t cores = 0;

	for (uint8_t core = 0; core < BUNDLE_CORES_MAX; core++)
		cores |= (uint32_t)show_has(console, partition, core) << core;
	jsonbundle_cores(json, "cores", cores);
}

static void tell_partition(const struct console *console, uint8_t partition, uint64_t now,
                           struct json *json)
{
	const struct life_status status = life_status_at(console, partition, now);

	json_string(json, "name", console->name[partition]);
	json_number(json, "number", partition + 1u);
	lifejson_status(json, &status);
	tell_has(console, partition, json);
}

enum command_result tell_list(struct shell *shell, struct json *json, uint64_t now)
{
	const struct console *console = shell->console;
	const uint32_t step = shell->command->step++;

	if (step == 0) {
		json_begin(json, "list");
		json_string(json, "system", console->info->system);
		json_number(json, "time_us", lifejson_us(now, console->info->counter_hz));
		json_rows(json, "partitions");
	} else {
		json_object(json, NULL);
		tell_partition(console, (uint8_t)(step - 1), now, json);
		json_end(json);
	}
	if (step < console->partitions)
		return COMMAND_MORE;
	json_end(json);
	json_end(json);
	return COMMAND_DONE;
}

static void tell_box(const struct console *console, uint8_t partition, struct json *json)
{
	const struct bundle_partition *config = tables_partition(console, partition);
	const struct blackbox *box = blackbox_of(console, partition);
	const struct life_event last = life_event_of(console, partition, box->events - 1);

	if (box->events)
		json_number(json, "since_us", lifejson_us(last.time, console->info->counter_hz));
	json_number(json, "crashes", box->crashes);
	json_boolean(json, "console", (config->flags & BUNDLE_CONSOLE) != 0);
	json_number(json, "printed", box->printed);
	json_number(json, "priority", config->priority);
	json_number(json, "interrupts", config->interrupts.count);
}

static void tell_vcpu(const struct console *console, uint32_t vcpu, uint32_t number,
                      struct json *json)
{
	const struct vcpu_account account =
	    accounts_vcpu((const struct accounts *)(uintptr_t)console->info->accounts, vcpu);

	json_object(json, NULL);
	json_number(json, "vcpu", number);
	json_string(json, "state", top_state(console, vcpu, account.state));
	json_number(json, "core", account.core);
	json_number(json, "priority", account.priority);
	json_end(json);
}

static void tell_owner(const struct console *console, uint8_t partition, struct json *json)
{
	const struct bundle_partition *config = tables_partition(console, partition);

	json_end(json);
	jsonbundle_names(json, tables_bundle(console), "manages", config->life.manages);
	jsonbundle_life(json, tables_bundle(console), config);
	json_rows(json, "regions");
}

/* The longest parts each end a line, so that each step's text finds room. */
enum command_result tell_show(struct shell *shell, struct json *json, uint64_t now)
{
	const struct console *console = shell->console;
	const uint8_t partition = shell->command->partition;
	const struct bundle_partition *config = tables_partition(console, partition);
	const uint32_t step = shell->command->step++, vcpus = config->vcpus.count;

	if (step == 0) {
		json_begin(json, "partition");
		tell_partition(console, partition, now, json);
		tell_box(console, partition, json);
		json_rows(json, "vcpus");
	} else if (step <= vcpus) {
		tell_vcpu(console, config->vcpus.first + step - 1, step - 1, json);
	} else if (step == vcpus + 1) {
		tell_owner(console, partition, json);
	} else if (step - vcpus - 2 < config->regions.count) {
		jsonbundle_region(json, &bundle_regions(tables_bundle(
		                            console))[config->regions.first + step - vcpus - 2]);
	} else {
		json_end(json);
		json_end(json);
		return COMMAND_DONE;
	}
	return COMMAND_MORE;
}
