/*
 * `top`: how cores were shared over some seconds. It looks at the accounts twice, and shows the
 * differences. The frame adds up times, but doesn't compute shares.
 */
#include <kumiki/trace.h>
#include <lib/bundle.h>
#include <lib/lifejson.h>
#include <lib/lifewords.h>
#include <lib/string.h>
#include <service/accounts.h>
#include <service/energy.h>
#include <shell/shell.h>

#define TOP_LINES 6u /* lines of one step */

/* Columns of the two tables. */
enum { CORE_VCPUS = 6, CORE_SERVICE = 15, CORE_IDLE = 25, CORE_MOSTLY = 34 };
enum {
	VCPU_STATE = 16,
	VCPU_CORE = 26,
	VCPU_PRIORITY = 31,
	VCPU_RUNS = 36,
	VCPU_STOLEN = 45,
	VCPU_BUDGET = 54,
	VCPU_MISSES = 68,
	VCPU_MOVES = 75
};

static const struct accounts *top_accounts(const struct console *console)
{
	return (const struct accounts *)(uintptr_t)console->info->accounts;
}

static uint32_t top_vcpus(const struct console *console)
{
	uint32_t count = console->info->vcpu_count;

	return count < BUNDLE_VCPUS_MAX ? count : BUNDLE_VCPUS_MAX;
}

static uint64_t top_stretch(uint64_t since, uint64_t now)
{
	return now > since ? now - since : 0;
}

/* ---- the two looks ---- */

/* Keeps the accounts at the first look, and the differences at the second. */
static void top_look(struct shell *shell, uint64_t now)
{
	struct shell_top *top = &shell->command->top;

	for (uint32_t i = 0; i < top_vcpus(shell->console); i++) {
		struct vcpu_account account = accounts_vcpu(top_accounts(shell->console), i);

		top->ran[i] = account.ran - top->ran[i];
		top->stolen[i] = account.stolen - top->stolen[i];
	}
	for (uint32_t i = 0; i < shell->console->info->cores && i < BUNDLE_CORES_MAX; i++) {
		struct core_account account = accounts_core(top_accounts(shell->console), i);

		top->idle[i] = account.idle - top->idle[i];
		top->service[i] = account.service - top->service[i];
		top->off[i] = account.off - top->off[i];
	}
	top->ticks = now - top->ticks;
}

void top_first(struct shell *shell, uint64_t now)
{
	memset(&shell->command->top, 0, sizeof(shell->command->top));
	top_look(shell, now);
}

static enum command_result top_begin(struct shell *shell, uint64_t now)
{
	struct shell_command *command = shell->command;

	top_first(shell, now);
	command->deadline = now + command->number * 1000 * shell->console->ms;
	command->step++;
	return COMMAND_WAIT;
}

/* ---- in words ---- */

/* The share of the time between the looks, in tenths of a percent. */
static uint64_t top_tenths(const struct shell *shell, uint64_t ticks)
{
	const uint64_t whole = shell->command->top.ticks ? shell->command->top.ticks : 1;

	return (ticks * 1000 + whole / 2) / whole;
}

static void top_share(const struct shell *shell, uint64_t ticks, struct words *words)
{
	const uint64_t tenths = top_tenths(shell, ticks);

	words_decimal(words, tenths / 10);
	words_put(words, '.');
	words_decimal(words, tenths % 10);
	words_text(words, " %");
}

/* The vCPU that had the most time of a core, among the vCPUs that are on the core now; or
 * TRACE_NO_VCPU. */
static uint32_t top_most(const struct shell *shell, uint32_t core)
{
	uint32_t most = TRACE_NO_VCPU;
	uint64_t ran = 0;

	for (uint32_t i = 0; i < top_vcpus(shell->console); i++)
		if (shell->command->top.ran[i] > ran &&
		    accounts_vcpu(top_accounts(shell->console), i).core == core) {
			ran = shell->command->top.ran[i];
			most = i;
		}
	return most;
}

/* Whether the core's busy time contains idle time of a vCPU. */
static bool top_unseen(const struct shell *shell, uint32_t core)
{
	return accounts_core(top_accounts(shell->console), core).unseen != 0 &&
	       top_most(shell, core) != TRACE_NO_VCPU;
}

static void top_mostly(const struct shell *shell, uint32_t core, struct words *words)
{
	uint32_t most = top_most(shell, core);

	if (most == TRACE_NO_VCPU)
		words_put(words, '-');
	else
		events_context(shell->console, (uint8_t)most, words);
}

static void top_core_line(const struct shell *shell, uint32_t core, struct words *words)
{
	const struct shell_top *top = &shell->command->top;
	uint64_t others = top->idle[core] + top->service[core] + top->off[core];

	words_column(words, 2);
	words_decimal(words, core);
	words_column(words, CORE_VCPUS);
	top_share(shell, top_stretch(others, top->ticks), words);
	words_column(words, CORE_SERVICE);
	top_share(shell, top->service[core], words);
	words_column(words, CORE_IDLE);
	if (top_unseen(shell, core))
		words_text(words, ENERGY_NOT_SEEN);
	else
		top_share(shell, top->idle[core], words);
	words_column(words, CORE_MOSTLY);
	if (top->off[core] != 0) {
		words_text(words, "off ");
		top_share(shell, top->off[core], words);
		words_put(words, ' ');
	}
	top_mostly(shell, core, words);
	words_put(words, '\n');
}

/* Sums over all cores, for the time between the looks. */
struct top_sum {
	uint64_t ticks[3]; /* busy, idle, off */
	uint64_t microjoules;
	bool unseen; /* the busy time contains idle time of a vCPU */
};

static struct top_sum top_sum(const struct shell *shell)
{
	const struct shell_top *top = &shell->command->top;
	struct top_sum sum = {0};

	for (uint32_t i = 0; i < shell->console->info->cores && i < BUNDLE_CORES_MAX; i++) {
		const uint64_t times[3] = {top_stretch(top->idle[i] + top->off[i], top->ticks),
		                           top->idle[i], top->off[i]};

		sum.unseen |= top_unseen(shell, i);
		for (uint32_t kind = 0; kind < 3; kind++)
			sum.ticks[kind] += times[kind];
		sum.microjoules += energy_of(&bundle_cores(tables_bundle(shell->console))[i],
		                             shell->console->ms, times);
	}
	return sum;
}

static void top_energy(const struct shell *shell, struct words *words)
{
	static const char *const names[] = {"busy ", " s, idle ", " s, off "};
	const struct top_sum sum = top_sum(shell);

	words_text(words, "all cores: ");
	for (uint32_t kind = 0; kind < 3; kind++) {
		words_text(words, names[kind]);
		words_seconds(words, sum.ticks[kind], shell->console->info->counter_hz);
	}
	words_text(words, " s\n");
	energy_say(tables_bundle(shell->console), sum.microjoules, sum.unseen, words);
}

static void top_milliseconds(const struct console *console, uint64_t ticks, struct words *words)
{
	words_seconds(words, ticks * 1000, console->info->counter_hz);
}

static void top_budget(const struct console *console, uint32_t vcpu, uint64_t used,
                       struct words *words)
{
	uint64_t budget = bundle_vcpus(tables_bundle(console))[vcpu].budget_us;

	if (budget == 0) {
		words_put(words, '-');
		return;
	}
	top_milliseconds(console, used, words);
	words_put(words, '/');
	top_milliseconds(console, budget * console->ms / 1000, words);
}

/* If the partition doesn't run, its state is shown instead of the vCPU's. */
const char *top_state(const struct console *console, uint32_t vcpu, uint8_t state)
{
	static const char *const states[ACCOUNT_STATES] = {"off", "waits", "ready", "runs",
	                                                   "exhausted"};
	uint8_t partition = (uint8_t)console->info->vcpus[vcpu];
	uint32_t life = partition < console->partitions ? life_status_of(console, partition).state
	                                                : (uint32_t)LIFE_RUNNING;

	if (life != LIFE_RUNNING)
		return life_state_name(life);
	return state < ACCOUNT_STATES ? states[state] : "?";
}

static void top_vcpu_line(const struct shell *shell, uint32_t vcpu, struct words *words)
{
	struct vcpu_account account = accounts_vcpu(top_accounts(shell->console), vcpu);

	events_context(shell->console, (uint8_t)vcpu, words);
	words_column(words, VCPU_STATE);
	words_text(words, top_state(shell->console, vcpu, account.state));
	words_column(words, VCPU_CORE);
	words_decimal(words, account.core);
	words_column(words, VCPU_PRIORITY);
	words_decimal(words, account.priority);
	words_column(words, VCPU_RUNS);
	if (shell->command->top.ran[vcpu] != 0 && top_unseen(shell, account.core))
		words_text(words, ENERGY_NOT_SEEN);
	else
		top_share(shell, shell->command->top.ran[vcpu], words);
	words_column(words, VCPU_STOLEN);
	top_share(shell, shell->command->top.stolen[vcpu], words);
	words_column(words, VCPU_BUDGET);
	top_budget(shell->console, vcpu, account.used, words);
	words_column(words, VCPU_MISSES);
	words_decimal(words, account.misses);
	words_column(words, VCPU_MOVES);
	words_decimal(words, account.moves);
	words_put(words, '\n');
}

/* Nobody counts what a core of another architecture does: only its minder is a vCPU. */
static void top_remotes(const struct console *console, struct words *words)
{
	for (uint8_t i = 0; i < console->partitions; i++)
		if (remote_core(console, i)) {
			words_say(words, console->name[i], ": its ", remote_core(console, i));
			words_say(words, " core isn't measured; ", console->name[i],
			          ".minder is its minder's part\n");
		}
}

static void top_cores(struct shell *shell, uint64_t now, struct words *words)
{
	top_look(shell, now);
	words_text(words, "in ");
	words_seconds(words, shell->command->top.ticks, shell->console->info->counter_hz);
	words_text(words, " s\ncore  vCPUs    services  idle     mostly\n");
	for (uint32_t i = 0; i < shell->console->info->cores && i < BUNDLE_CORES_MAX; i++)
		top_core_line(shell, i, words);
	top_energy(shell, words);
	words_text(words, "vCPU            state     core prio runs     stolen   budget, ms    "
	                  "misses moves\n");
}

enum command_result command_top(struct shell *shell, struct words *words, uint64_t now)
{
	struct shell_command *command = shell->command;
	uint32_t first, count = top_vcpus(shell->console);

	if (command->step == 0)
		return top_begin(shell, now);
	if (now < command->deadline)
		return COMMAND_WAIT;
	if (command->step == 1) {
		command->step++;
		top_cores(shell, now, words);
		return COMMAND_MORE;
	}
	first = (command->step++ - 2) * TOP_LINES;
	for (uint32_t i = first; i < count && i < first + TOP_LINES; i++)
		top_vcpu_line(shell, i, words);
	if (first + TOP_LINES < count)
		return COMMAND_MORE;
	top_remotes(shell->console, words);
	return COMMAND_DONE;
}

/* ---- for programs ---- */

static void tell_share(const struct shell *shell, const char *key, uint64_t ticks,
                       struct json *json)
{
	json_decimal(json, key, top_tenths(shell, ticks), 1);
}

static void tell_us(const struct shell *shell, const char *key, uint64_t ticks, struct json *json)
{
	json_number(json, key, lifejson_us(ticks, shell->console->info->counter_hz));
}

static void tell_head(const struct shell *shell, struct json *json)
{
	const struct top_sum sum = top_sum(shell);

	json_begin(json, "top");
	tell_us(shell, "measured_us", shell->command->top.ticks, json);
	tell_us(shell, "busy_us", sum.ticks[0], json);
	tell_us(shell, "idle_us", sum.ticks[1], json);
	tell_us(shell, "off_us", sum.ticks[2], json);
	json_boolean(json, "idle_seen", !sum.unseen);
	if (bundle_cores(tables_bundle(shell->console))->takes.busy != 0)
		json_number(json, "estimated_uj", sum.microjoules);
	json_rows(json, "cores");
}

static void tell_top_core(const struct shell *shell, uint32_t core, struct json *json)
{
	const struct shell_top *top = &shell->command->top;
	const uint64_t others = top->idle[core] + top->service[core] + top->off[core];

	json_object(json, NULL);
	json_number(json, "core", core);
	tell_share(shell, "vcpus_percent", top_stretch(others, top->ticks), json);
	tell_share(shell, "services_percent", top->service[core], json);
	if (!top_unseen(shell, core))
		tell_share(shell, "idle_percent", top->idle[core], json);
	tell_share(shell, "off_percent", top->off[core], json);
	json_end(json);
}

static void tell_top_vcpu(const struct shell *shell, uint32_t vcpu, struct json *json)
{
	const struct console *console = shell->console;
	const struct vcpu_account account = accounts_vcpu(top_accounts(console), vcpu);
	const uint32_t budget = bundle_vcpus(tables_bundle(console))[vcpu].budget_us;
	const uint8_t partition = (uint8_t)console->info->vcpus[vcpu];

	json_object(json, NULL);
	json_string(json, "partition", console->name[partition]);
	json_number(json, "vcpu", vcpu - tables_partition(console, partition)->vcpus.first);
	json_string(json, "state", top_state(console, vcpu, account.state));
	json_number(json, "core", account.core);
	json_number(json, "priority", account.priority);
	if (shell->command->top.ran[vcpu] == 0 || !top_unseen(shell, account.core))
		tell_share(shell, "ran_percent", shell->command->top.ran[vcpu], json);
	tell_share(shell, "stolen_percent", shell->command->top.stolen[vcpu], json);
	if (budget) {
		tell_us(shell, "budget_used_us", account.used, json);
		json_number(json, "budget_us", budget);
	}
	json_number(json, "misses", account.misses);
	json_number(json, "moves", account.moves);
	json_end(json);
}

enum command_result tell_top(struct shell *shell, struct json *json, uint64_t now)
{
	struct shell_command *command = shell->command;
	const uint32_t cores = shell->console->info->cores;

	if (command->step == 0)
		return top_begin(shell, now);
	if (now < command->deadline)
		return COMMAND_WAIT;
	const uint32_t step = command->step++ - 1;

	if (step == 0) {
		top_look(shell, now);
		tell_head(shell, json);
	} else if (step <= cores) {
		tell_top_core(shell, step - 1, json);
	} else if (step == cores + 1) {
		json_end(json);
		json_rows(json, "vcpus");
	} else if (step - cores - 2 < top_vcpus(shell->console)) {
		tell_top_vcpu(shell, step - cores - 2, json);
	} else {
		json_end(json);
		json_end(json);
		return COMMAND_DONE;
	}
	return COMMAND_MORE;
}
