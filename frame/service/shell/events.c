/*
 * `trace`: shows the latest events of the cores in a few lines, or the events that a partition's
 * black box keeps from its last end. `kumiki trace` shows all events.
 */
#include <kumiki/trace.h>
#include <lib/lifewords.h>
#include <lib/tracewords.h>
#include <shell/shell.h>

#define EVENTS_SHOWN 8u /* events of each core in one step */

void events_context(const struct console *console, uint8_t vcpu, struct words *words)
{
	const struct console_info *info = console->info;
	uint8_t first = vcpu;

	if (vcpu == TRACE_CONSOLE) {
		words_text(words, "console service");
	} else if (vcpu == TRACE_LOADER) {
		words_text(words, "loader");
	} else if (vcpu == TRACE_WARDEN) {
		words_text(words, "warden");
	} else if (vcpu == TRACE_BROKER) {
		words_text(words, "broker");
	} else if (vcpu == TRACE_UPDATER) {
		words_text(words, "updater");
	} else if (vcpu >= info->vcpu_count || vcpu >= BUNDLE_VCPUS_MAX ||
	           (uint8_t)info->vcpus[vcpu] >= console->partitions) {
		words_text(words, "frame");
	} else {
		while (first && info->vcpus[first - 1] == info->vcpus[vcpu])
			first--;
		words_text(words, console->name[(uint8_t)info->vcpus[vcpu]]);
		words_put(words, '.');
		if (remote_core(console, (uint8_t)info->vcpus[vcpu]))
			words_text(words, "minder");
		else
			words_decimal(words, (uint64_t)(vcpu - first));
	}
}

static void events_exit(uint32_t esr, struct words *words)
{
	bool writes;
	const unsigned int bytes = trace_trap_bytes(esr, &writes);

	words_text(words, trace_trap_name(esr));
	if (bytes == 0)
		return;
	words_text(words, writes ? ", writes " : ", reads ");
	words_decimal(words, bytes);
	words_text(words, bytes == 1 ? " byte" : " bytes");
}

static void events_data(const struct console *console, const struct trace_event *event,
                        struct words *words)
{
	uint32_t high = (uint32_t)(event->data >> 32), low = (uint32_t)event->data;

	switch (TRACE_TYPE(event)) {
	case TRACE_EXIT:
	case TRACE_FAULT:
		if (TRACE_TYPE(event) == TRACE_EXIT)
			events_exit(high, words);
		else
			words_text(words, trace_exit_name(high));
		words_hex(words, ", at ..", low);
		break;
	case TRACE_INTERRUPT:
	case TRACE_INJECT:
		words_decimal(words, low);
		break;
	case TRACE_READY:
	case TRACE_SWITCH:
		break;
	case TRACE_MOVE:
		words_text(words, "core ");
		words_decimal(words, high);
		words_text(words, " to ");
		words_decimal(words, low);
		break;
	case TRACE_MISS:
		words_text(words, "on the core: ");
		events_context(console, (uint8_t)low, words);
		break;
	case TRACE_LIFE:
		words_say(words, low < console->partitions ? console->name[low] : "?", ": ",
		          life_state_name(high));
		break;
	default:
		words_hex(words, "", event->data);
		break;
	}
}

static void events_line(const struct console *console, const struct trace_event *event,
                        uint64_t before, struct words *words)
{
	uint64_t ticks = (before - event->head) << 16 >> 16;

	words_text(words, "  -");
	words_seconds(words, ticks * 1000, console->info->counter_hz);
	words_text(words, " ms");
	words_column(words, 18);
	words_text(words, trace_type_name(TRACE_TYPE(event)));
	words_column(words, 28);
	events_context(console, TRACE_VCPU(event), words);
	words_column(words, 44);
	events_data(console, event, words);
	words_put(words, '\n');
}

static void events_head(const struct console *console, uint8_t core, uint64_t time,
                        struct words *words)
{
	words_text(words, "core ");
	words_decimal(words, core);
	words_text(words, ", before ");
	words_seconds(words, time, console->info->counter_hz);
	words_text(words, " s:\n");
}

/* Shows a core's latest events. The core goes on meanwhile; the events that it overwrites are far
 * older. */
static void events_now(const struct console *console, uint8_t core, uint64_t now,
                       struct words *words)
{
	const struct trace_ring *ring = trace_ring_of(console, core);
	uint64_t next = __atomic_load_n(&ring->next, __ATOMIC_ACQUIRE);

	events_head(console, core, now, words);
	for (uint64_t at = next < EVENTS_SHOWN ? 0 : next - EVENTS_SHOWN; at < next; at++)
		events_line(console, &ring->events[at % TRACE_RING_EVENTS], now, words);
}

static void events_kept(const struct shell *shell, uint8_t core, struct words *words)
{
	const struct blackbox *box = blackbox_of(shell->console, shell->command->partition);
	uint32_t count = box->trace_count[core];

	if (count == 0)
		return;
	events_head(shell->console, core, box->trace_time, words);
	for (uint32_t at = count < EVENTS_SHOWN ? 0 : count - EVENTS_SHOWN; at < count; at++)
		events_line(shell->console, &box->trace[core][at], box->trace_time, words);
}

static bool events_any(const struct blackbox *box)
{
	for (uint8_t core = 0; core < BUNDLE_CORES_MAX; core++)
		if (box->trace_count[core])
			return true;
	return false;
}

enum command_result command_trace(struct shell *shell, struct words *words, uint64_t now)
{
	struct shell_command *command = shell->command;
	uint8_t core = (uint8_t)command->step++;
	bool kept = command->partition != COMMAND_NO_PARTITION;

	if (core == 0 && kept && !events_any(blackbox_of(shell->console, command->partition))) {
		words_say(words, shell->console->name[command->partition], " hasn't ended yet",
		          "; 'trace' alone shows what happens now\n");
		return COMMAND_DONE;
	}
	if (kept)
		events_kept(shell, core, words);
	else
		events_now(shell->console, core, now, words);
	return command->step < shell->console->info->cores && command->step < BUNDLE_CORES_MAX
	           ? COMMAND_MORE
	           : COMMAND_DONE;
}
