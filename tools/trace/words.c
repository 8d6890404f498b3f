/* The meaning of trace events' numbers in words, for all formats. */
#include "set.h"
#include <kumiki/hold.h>
#include <lib/lifewords.h>
#include <lib/tracewords.h>

static const char *const stop_names[] = {
    [STOP_NONE] = "none",
    [STOP_OFF] = "powered off",
    [STOP_RESET] = "reset",
    [STOP_FAULT] = "fault",
    [STOP_IMAGE] = "damaged image",
    [STOP_COMMAND] = "told to stop",
    [STOP_RESTART] = "told to restart",
    [STOP_WATCHDOG] = "watchdog",
    [STOP_PANIC] = "panic",
    [STOP_DMA] = "refused accesses of its devices",
    [STOP_DEADLINE] = "missed deadline",
    [STOP_CPUS_OFF] = "last CPU off",
    [STOP_CRASH] = "crash",
    [STOP_KEPT] = "damaged state",
    [STOP_FRAME] = "failures of the frame",
};

static const char *const told_names[] = {
    [SERVICE_POWER_OPEN] = "be open",
    [SERVICE_POWER_CLOSE] = "be left",
    [SERVICE_POWER_OFF] = "go off",
};

#define NAME(table, index)                                                                         \
	((index) < sizeof(table) / sizeof((table)[0]) && (table)[index] ? (table)[index] : NULL)

int trace_partition(const struct trace_set *set, uint8_t vcpu)
{
	if (vcpu >= set->welcome.vcpus)
		return -1;
	uint8_t partition = set->welcome.vcpu_partition[vcpu];
	return partition < set->welcome.partitions ? partition : -1;
}

/* All vCPUs of a partition have successive numbers, so a vCPU's number within it counts from the
 * first one. */
const char *trace_context(const struct trace_set *set, uint8_t vcpu, char words[TRACE_WORDS_MAX])
{
	int partition = trace_partition(set, vcpu);
	unsigned int first = vcpu;

	if (partition >= 0) {
		while (first && set->welcome.vcpu_partition[first - 1] == partition)
			first--;
		snprintf(words, TRACE_WORDS_MAX, "%s.%u", set->source[partition], vcpu - first);
	} else if (vcpu == TRACE_NO_VCPU) {
		snprintf(words, TRACE_WORDS_MAX, "frame");
	} else if (vcpu == TRACE_CONSOLE) {
		snprintf(words, TRACE_WORDS_MAX, "console service");
	} else if (vcpu == TRACE_LOADER) {
		snprintf(words, TRACE_WORDS_MAX, "loader service");
	} else if (vcpu == TRACE_WARDEN) {
		snprintf(words, TRACE_WORDS_MAX, "warden");
	} else if (vcpu == TRACE_BROKER) {
		snprintf(words, TRACE_WORDS_MAX, "broker");
	} else if (vcpu == TRACE_UPDATER) {
		snprintf(words, TRACE_WORDS_MAX, "updater");
	} else {
		snprintf(words, TRACE_WORDS_MAX, "vCPU %u", vcpu);
	}
	return words;
}

static const char *trace_partition_name(const struct trace_set *set, uint32_t partition)
{
	return partition < set->welcome.partitions ? set->source[partition] : "?";
}

static double trace_milliseconds(const struct trace_set *set, uint64_t ticks)
{
	return (double)ticks * 1e3 / (double)set->welcome.counter_hz;
}

static const char *trace_holder(const struct trace_set *set, uint32_t holder)
{
	return holder == HOLD_NOBODY ? HOLD_NOBODYS_NAME : trace_partition_name(set, holder);
}

/* Writes the words of a broker's turn. */
static void trace_carry_words(const struct trace_set *set, uint64_t data,
                              char words[TRACE_WORDS_MAX])
{
	static const char *const what[] = {"taken", "delivered", "replayed", "dropped"};
	const uint32_t channel = (uint32_t)data >> 8;
	int size =
	    snprintf(words, TRACE_WORDS_MAX,
	             "%.31s, of %.31s:", channel < set->channels ? set->channel[channel] : "?",
	             trace_partition_name(set, data & 0xff));

	for (uint32_t i = 0; i < 4; i++) {
		const unsigned int count = data >> (32 + 8 * i) & 0xff;

		if (count != 0)
			size += snprintf(words + size, TRACE_WORDS_MAX - (size_t)size, " %u%s %s,",
			                 count, count == 255 ? " or more" : "", what[i]);
	}
	words[size - 1] = '\0';
}

/* Writes the words of scheduling events. */
static void trace_sched_words(const struct trace_set *set, const struct trace_event *event,
                              char words[TRACE_WORDS_MAX])
{
	uint32_t high = (uint32_t)(event->data >> 32), low = (uint32_t)event->data;
	char context[TRACE_WORDS_MAX];

	switch (TRACE_TYPE(event)) {
	case TRACE_MOVE:
		snprintf(words, TRACE_WORDS_MAX, "from core %u to core %u", high, low);
		break;
	case TRACE_MISS:
		snprintf(words, TRACE_WORDS_MAX, "%.40s had the core, for %.3f ms",
		         trace_context(set, (uint8_t)low, context), trace_milliseconds(set, high));
		break;
	case TRACE_EXHAUSTED:
		snprintf(words, TRACE_WORDS_MAX, "after %.3f ms",
		         trace_milliseconds(set, event->data));
		break;
	case TRACE_REFILL:
		snprintf(words, TRACE_WORDS_MAX, "%.3f ms", trace_milliseconds(set, event->data));
		break;
	case TRACE_PRIORITY:
		snprintf(words, TRACE_WORDS_MAX, "from %u to %u", high, low);
		break;
	case TRACE_CORE:
		snprintf(words, TRACE_WORDS_MAX, "%s", low ? "has come on again" : "goes off");
		break;
	case TRACE_TOLD:
		snprintf(words, TRACE_WORDS_MAX, "core %u is to %s", low,
		         NAME(told_names, high) ? told_names[high] : "?");
		break;
	case TRACE_HOLD:
		snprintf(words, TRACE_WORDS_MAX, "from %.40s to %.40s", trace_holder(set, high),
		         trace_holder(set, low));
		break;
	case TRACE_KICK:
		snprintf(words, TRACE_WORDS_MAX, "queue %u of its channel %u", high, low);
		break;
	case TRACE_CARRY:
		trace_carry_words(set, event->data, words);
		break;
	default:
		break;
	}
}

static void trace_exit_words(uint32_t esr, uint32_t pc, char words[TRACE_WORDS_MAX])
{
	const char *name = trace_trap_name(esr);
	bool writes;
	const unsigned int bytes = trace_trap_bytes(esr, &writes);

	if (bytes != 0)
		snprintf(words, TRACE_WORDS_MAX, "%s, %s %u byte%s, at ...%08x, ESR %08x", name,
		         writes ? "writes" : "reads", bytes, bytes == 1 ? "" : "s", pc, esr);
	else
		snprintf(words, TRACE_WORDS_MAX, "%s at ...%08x, ESR %08x", name, pc, esr);
}

const char *trace_words(const struct trace_set *set, const struct trace_event *event,
                        char words[TRACE_WORDS_MAX])
{
	uint32_t high = (uint32_t)(event->data >> 32), low = (uint32_t)event->data;
	const char *reason = NAME(stop_names, high);

	words[0] = '\0';
	switch (TRACE_TYPE(event)) {
	case TRACE_EXIT:
		trace_exit_words(high, low, words);
		break;
	case TRACE_INTERRUPT:
		snprintf(words, TRACE_WORDS_MAX, "interrupt %u", low);
		break;
	case TRACE_INJECT:
		snprintf(words, TRACE_WORDS_MAX, "interrupt %u%s", low, high ? ", physical" : "");
		break;
	case TRACE_MAIL:
		snprintf(words, TRACE_WORDS_MAX, "UARTs %#x, console events %#x", high, low);
		break;
	case TRACE_VCPU_ON:
		snprintf(words, TRACE_WORDS_MAX, "at 0x%llx", (unsigned long long)event->data);
		break;
	case TRACE_START:
		snprintf(words, TRACE_WORDS_MAX, "%s", trace_partition_name(set, low));
		break;
	case TRACE_STOP:
		snprintf(words, TRACE_WORDS_MAX, "%s: %s", trace_partition_name(set, low),
		         reason ? reason : "?");
		break;
	case TRACE_FAULT:
		snprintf(words, TRACE_WORDS_MAX, "%s, ESR %08x, address ...%08x",
		         trace_exit_name(high), high, low);
		break;
	case TRACE_HYPERCALL:
		snprintf(words, TRACE_WORDS_MAX, "function %08x", low);
		break;
	case TRACE_LIFE:
		snprintf(words, TRACE_WORDS_MAX, "%s: %s", trace_partition_name(set, low),
		         life_state_name(high));
		break;
	default:
		trace_sched_words(set, event, words);
		break;
	}
	return words;
}
