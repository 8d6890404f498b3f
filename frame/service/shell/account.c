/*
 * `accounts`: the time that cores and vCPUs have used since the machine's start, in words and for
 * programs; and `cores` for programs. All numbers come from the frame's accounts and the bundle.
 */
#include <kumiki/hold.h>
#include <kumiki/warden.h>
#include <lib/bundle.h>
#include <lib/jsonbundle.h>
#include <lib/lifejson.h>
#include <service/accounts.h>
#include <service/energy.h>
#include <shell/shell.h>

#define ACCOUNT_LINES 6u /* lines of one step */

static const struct accounts *account_all(const struct console *console)
{
	return (const struct accounts *)(uintptr_t)console->info->accounts;
}

static uint32_t account_cores(const struct console *console)
{
	return console->info->cores < BUNDLE_CORES_MAX ? console->info->cores : BUNDLE_CORES_MAX;
}

static uint32_t account_vcpus(const struct console *console)
{
	return console->info->vcpu_count < BUNDLE_VCPUS_MAX ? console->info->vcpu_count
	                                                    : BUNDLE_VCPUS_MAX;
}

/* ---- in words ---- */

static void account_seconds(const struct console *console, uint32_t column, uint64_t ticks,
                            struct words *words)
{
	words_column(words, column);
	words_seconds(words, ticks, console->info->counter_hz);
}

static void account_number(uint32_t column, uint32_t number, struct words *words)
{
	words_column(words, column);
	words_decimal(words, number);
}

static void account_core_line(const struct shell *shell, uint32_t core, struct words *words)
{
	const struct console *console = shell->console;

	account_number(2, core, words);
	account_seconds(console, 6, shell->command->top.service[core], words);
	if (accounts_core(account_all(console), core).unseen) {
		words_column(words, 18);
		words_text(words, ENERGY_NOT_SEEN);
	} else {
		account_seconds(console, 18, shell->command->top.idle[core], words);
	}
	account_seconds(console, 30, shell->command->top.off[core], words);
	words_put(words, '\n');
}

static void account_vcpu_line(const struct shell *shell, uint32_t vcpu, struct words *words)
{
	const struct console *console = shell->console;
	const struct vcpu_account account = accounts_vcpu(account_all(console), vcpu);

	events_context(console, (uint8_t)vcpu, words);
	account_seconds(console, 16, shell->command->top.ran[vcpu], words);
	account_seconds(console, 28, shell->command->top.stolen[vcpu], words);
	account_number(40, account.switches, words);
	account_number(51, account.moves, words);
	account_number(57, account.misses, words);
	account_number(64, account.exhausted, words);
	words_put(words, '\n');
}

static void account_head(const struct shell *shell, struct words *words)
{
	const struct console *console = shell->console;

	words_text(words, "seconds, of ");
	words_seconds(words, shell->command->top.ticks, console->info->counter_hz);
	words_text(words, " since the counter began\ncore  services    idle        off\n");
	for (uint32_t i = 0; i < account_cores(console); i++)
		account_core_line(shell, i, words);
	words_text(words,
	           "vCPU            runs        stolen      switches   moves misses exhausted\n");
}

enum command_result command_accounts(struct shell *shell, struct words *words, uint64_t now)
{
	const struct console *console = shell->console;
	const uint32_t step = shell->command->step++, count = account_vcpus(console);
	const uint32_t end = step * ACCOUNT_LINES;

	if (step == 0) {
		top_first(shell, now);
		account_head(shell, words);
		return COMMAND_MORE;
	}
	for (uint32_t i = end - ACCOUNT_LINES; i < count && i < end; i++)
		account_vcpu_line(shell, i, words);
	return end < count ? COMMAND_MORE : COMMAND_DONE;
}

/* ---- for programs ---- */

static void tell_core_account(const struct shell *shell, uint32_t core, struct json *json)
{
	json_object(json, NULL);
	json_number(json, "core", core);
	json_number(json, "services", shell->command->top.service[core]);
	json_number(json, "idle", shell->command->top.idle[core]);
	json_boolean(json, "idle_seen",
	             accounts_core(account_all(shell->console), core).unseen == 0);
	json_number(json, "off", shell->command->top.off[core]);
	json_end(json);
}

static void tell_vcpu_account(const struct shell *shell, uint32_t vcpu, struct json *json)
{
	const struct console *console = shell->console;
	const struct vcpu_account account = accounts_vcpu(account_all(console), vcpu);
	const uint8_t partition = (uint8_t)console->info->vcpus[vcpu];

	json_object(json, NULL);
	json_string(json, "partition", console->name[partition]);
	json_number(json, "vcpu", vcpu - tables_partition(console, partition)->vcpus.first);
	json_number(json, "core", account.core);
	json_number(json, "ran", shell->command->top.ran[vcpu]);
	json_number(json, "stolen", shell->command->top.stolen[vcpu]);
	json_number(json, "budget_used", account.used);
	json_number(json, "switches", account.switches);
	json_number(json, "moves", account.moves);
	json_number(json, "misses", account.misses);
	json_number(json, "exhausted", account.exhausted);
	json_end(json);
}

enum command_result tell_accounts(struct shell *shell, struct json *json, uint64_t now)
{
	const struct console *console = shell->console;
	const uint32_t step = shell->command->step++, cores = account_cores(console);

	if (step == 0) {
		top_first(shell, now); /* all at once, as a long answer takes its time */
		json_begin(json, "accounts");
		json_string(json, "unit", "tick");
		json_number(json, "counter", now);
		json_number(json, "counter_hz", console->info->counter_hz);
		json_rows(json, "cores");
	} else if (step <= cores) {
		tell_core_account(shell, step - 1, json);
	} else if (step == cores + 1) {
		json_end(json);
		json_rows(json, "vcpus");
	} else if (step - cores - 2 < account_vcpus(console)) {
		tell_vcpu_account(shell, step - cores - 2, json);
	} else {
		json_end(json);
		json_end(json);
		return COMMAND_DONE;
	}
	return COMMAND_MORE;
}

/* ---- cores for programs: this needs no answer of the warden ---- */

/* The partitions with a vCPU that may run on this core. */
static uint32_t tell_users(const struct console *console, uint32_t core)
{
	const struct bundle_vcpu *vcpus = bundle_vcpus(tables_bundle(console));
	uint32_t users = 0;

	for (uint32_t i = 0; i < account_vcpus(console); i++)
		if (vcpus[i].cores >> core & 1)
			users |= 1u << console->info->vcpus[i];
	return users;
}

static void tell_core(const struct console *console, uint32_t core, uint64_t now, struct json *json)
{
	const struct bundle_header *bundle = tables_bundle(console);
	const uint32_t holders = bundle_cores(bundle)[core].holders;
	const uint64_t record = accounts_hold(account_all(console), core);

	json_object(json, NULL);
	json_number(json, "core", core);
	jsonbundle_names(json, bundle, "partitions", tell_users(console, core));
	if (holders) {
		jsonbundle_holder(json, bundle, "holder", HOLD_HOLDER(record));
		jsonbundle_names(json, bundle, "may_hold", holders);
	}
	if (holders && hold_is_asked(record, now)) {
		jsonbundle_holder(json, bundle, "asked_for", HOLD_WANTED(record));
		json_number(
		    json, "asked_until_us",
		    lifejson_us(HOLD_UNTIL(record) << HOLD_TICK_SHIFT, console->info->counter_hz));
	}
	json_end(json);
}

enum command_result tell_cores(struct shell *shell, struct json *json, uint64_t now)
{
	const struct console *console = shell->console;
	const struct bundle_shift *shift = &tables_bundle(console)->shift;
	const struct warden_box *box = (const struct warden_box *)(uintptr_t)console->info->warden;
	const uint32_t step = shell->command->step++;

	if (step == 0) {
		json_begin(json, "cores");
		json_boolean(json, "by_themselves",
		             (shift->by_load || shift->changes) && box->by_hand == 0);
		json_rows(json, "cores");
	} else if (step <= account_cores(console)) {
		tell_core(console, step - 1, now, json);
	} else {
		json_end(json);
		json_end(json);
		return COMMAND_DONE;
	}
	return COMMAND_MORE;
}
