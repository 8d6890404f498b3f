/* Reads the RTOS's trace and puts it in order: see rtos.h. */
#include "rtos.h"
#include <errno.h>
#include <host/arena.h>
#include <host/files.h>
#include <host/lines.h>
#include <lib/tracewords.h>

#include <stdlib.h>
#include <string.h>

#define RTOS_TEXT_MAX ((size_t)1 << 30)

/* ---- reading ---- */

/* The bytes that aren't read yet. */
struct rtos_rest {
	const char *at;
	size_t left;
};

static bool rest_take(struct rtos_rest *rest, void *to, size_t size)
{
	if (size > rest->left)
		return false;
	memcpy(to, rest->at, size);
	rest->at += size;
	rest->left -= size;
	return true;
}

static bool rtos_names(struct trace_rtos *rtos, uint64_t count, struct rtos_rest *rest)
{
	struct rtos_trace_name entry;

	for (uint64_t i = 0; i < count; i++) {
		if (!rest_take(rest, &entry, sizeof(entry)) || entry.number >= RTOSTRACE_PROCESSES)
			return false;
		memcpy(rtos->names.name[entry.number], entry.name, sizeof(entry.name));
	}
	return true;
}

static bool rtos_cpu(struct trace_core *cpu, struct rtos_rest *rest)
{
	struct rtos_trace_cpu entry;

	if (!rest_take(rest, &entry, sizeof(entry)) ||
	    entry.count > rest->left / sizeof(cpu->events[0]))
		return false;
	cpu->first = entry.first;
	cpu->events = calloc(entry.count + 1, sizeof(cpu->events[0]));
	if (!cpu->events)
		return false;
	cpu->count = entry.count;
	return rest_take(rest, cpu->events, entry.count * sizeof(cpu->events[0]));
}

static bool rtos_all(struct trace_rtos *rtos, struct rtos_bytes bytes)
{
	struct rtos_rest rest = {bytes.bytes, bytes.size};
	struct rtos_trace_head head;
	bool good = rest_take(&rest, &head, sizeof(head)) && head.magic == RTOS_TRACE_MAGIC &&
	            head.revision == RTOS_TRACE_REVISION && head.cpus > 0 &&
	            head.cpus <= RTOS_CPUS_MAX && head.counter_hz > 0 &&
	            rtos_names(rtos, head.names, &rest);

	if (!good)
		return false;
	rtos->counter_hz = head.counter_hz;
	rtos->cpus = head.cpus;
	for (uint32_t i = 0; i < head.cpus; i++)
		if (!rtos_cpu(&rtos->cpu[i], &rest))
			return false;
	return rest.left == 0;
}

/* Lets the set's times count as this trace does. NULL: done; otherwise what is wrong with the
 * trace. */
static const char *rtos_join(struct trace_set *set, struct trace_rtos *rtos)
{
	if (set->welcome.counter_hz != 0 && set->welcome.counter_hz != rtos->counter_hz)
		return "is of another machine: its counter runs at another rate";
	if (set->welcome.counter_hz == 0)
		snprintf(set->welcome.system, sizeof(set->welcome.system), "RTOS");
	set->welcome.counter_hz = rtos->counter_hz;
	return NULL;
}

bool trace_rtos_read(struct trace_set *set, const char *path, FILE *complaints)
{
	struct arena arena = {0};
	struct rtos_bytes bytes = {NULL, 0};
	const char *why = NULL;
	size_t size;
	char *text = NULL;
	int error = file_access_system.read(NULL, &arena, path, RTOS_TEXT_MAX, &text, &size);

	set->rtos = calloc(1, sizeof(*set->rtos));
	if (error)
		why = strerror(error);
	else if (!set->rtos)
		why = "is more than there is memory for";
	else
		bytes = lines_find(text, "trace", RTOS_TRACE_SIZE_MAX, &why);
	if (bytes.bytes)
		why = rtos_all(set->rtos, bytes)
		          ? rtos_join(set, set->rtos)
		          : "is of another revision of the RTOS than this command";
	free(bytes.bytes);
	arena_free(&arena);
	if (why)
		fprintf(
		    complaints,
		    "kumiki trace: '%s': %s; give --rtos the lines that the shell's 'trace raw' "
		    "printed\n",
		    path, why);
	return why == NULL;
}

void trace_rtos_free(struct trace_set *set)
{
	if (!set->rtos)
		return;
	for (uint32_t i = 0; i < RTOS_CPUS_MAX; i++)
		free(set->rtos->cpu[i].events);
	free(set->rtos);
	set->rtos = NULL;
}

/* ---- order ---- */

void trace_rtos_order(struct trace_set *set)
{
	struct trace_rtos *rtos = set->rtos;
	size_t left[RTOS_CPUS_MAX] = {0};
	const struct trace_event *best;

	for (uint32_t i = 0; i < rtos->cpus; i++)
		left[i] = rtos->cpu[i].count;
	do {
		uint32_t cpu = 0;

		best = NULL;
		for (uint32_t i = 0; i < rtos->cpus; i++) {
			const struct trace_event *event;

			if (left[i] == 0)
				continue;
			event = &rtos->cpu[i].events[left[i] - 1];
			if (!best || trace_set_ticks(set, event) >= trace_set_ticks(set, best)) {
				best = event;
				cpu = i;
			}
		}
		if (best) {
			rtostrace_names_back(&rtos->names, best);
			left[cpu]--;
		}
	} while (best);
}

void trace_rtos_begin(const struct trace_set *set, struct trace_rtos_reader *reader)
{
	memset(reader, 0, sizeof(*reader));
	reader->names = set->rtos->names;
}

/* Takes a new process's name already at its making: the name's events follow directly, the second
 * half behind the first half. */
static void rtos_names_ahead(const struct trace_core *cpu, struct trace_rtos_reader *reader)
{
	for (size_t i = reader->next[reader->cpu]; i < cpu->count; i++) {
		const uint8_t type = TRACE_TYPE(&cpu->events[i]);

		if (type != RTOS_EVENT_NAME && type != RTOS_EVENT_NAME_REST)
			return;
		rtostrace_names_on(&reader->names, &cpu->events[i]);
	}
}

const struct trace_event *trace_rtos_next(const struct trace_set *set,
                                          struct trace_rtos_reader *reader)
{
	const struct trace_event *best = NULL;

	for (uint32_t i = 0; i < set->rtos->cpus; i++) {
		const struct trace_core *cpu = &set->rtos->cpu[i];
		const struct trace_event *event = &cpu->events[reader->next[i]];

		if (reader->next[i] == cpu->count)
			continue;
		if (!best || trace_set_ticks(set, event) < trace_set_ticks(set, best)) {
			best = event;
			reader->cpu = i;
		}
	}
	if (!best)
		return NULL;
	reader->next[reader->cpu]++;
	rtostrace_names_on(&reader->names, best);
	if (TRACE_TYPE(best) == RTOS_EVENT_MADE || TRACE_TYPE(best) == RTOS_EVENT_NAME)
		rtos_names_ahead(&set->rtos->cpu[reader->cpu], reader);
	return best;
}

/* ---- words ---- */

static const char *rtos_process(const struct trace_rtos_reader *reader, uint32_t number,
                                char words[TRACE_WORDS_MAX])
{
	const char *name =
	    number < RTOSTRACE_PROCESSES ? rtostrace_name(&reader->names, (uint8_t)number) : "";

	if (*name)
		snprintf(words, TRACE_WORDS_MAX, "%s", name);
	else
		snprintf(words, TRACE_WORDS_MAX, "process %u", number);
	return words;
}

const char *trace_rtos_who(const struct trace_rtos_reader *reader, const struct trace_event *event,
                           char words[TRACE_WORDS_MAX])
{
	const uint8_t type = TRACE_TYPE(event);
	char name[TRACE_WORDS_MAX];

	if (TRACE_VCPU(event) == RTOS_EVENT_NOBODY)
		snprintf(words, TRACE_WORDS_MAX, "%s",
		         type == RTOS_EVENT_SWITCH ? "idle" : "kernel");
	else if (!rtostrace_has_thread(type) || type == RTOS_EVENT_MADE ||
	         type == RTOS_EVENT_GONE || type == RTOS_EVENT_RESET ||
	         (type == RTOS_EVENT_ENDED && RTOS_EVENT_THREAD_OF(event->data) == UINT16_MAX))
		rtos_process(reader, TRACE_VCPU(event), words);
	else
		snprintf(words, TRACE_WORDS_MAX, "%.60s.%u",
		         rtos_process(reader, TRACE_VCPU(event), name),
		         RTOS_EVENT_THREAD_OF(event->data));
	return words;
}

const char *trace_rtos_words(const struct trace_rtos_reader *reader,
                             const struct trace_event *event, char words[TRACE_WORDS_MAX])
{
	const struct rtostrace_words *what = rtostrace_words(TRACE_TYPE(event));
	const uint32_t small = RTOS_EVENT_SMALL(event->data), rest = RTOS_EVENT_REST(event->data);
	const char *says = rtostrace_small(event);
	char name[TRACE_WORDS_MAX];

	if (TRACE_TYPE(event) == RTOS_EVENT_FAULT)
		snprintf(words, TRACE_WORDS_MAX, "%.40s, ESR %08x, address ...%08x",
		         trace_exit_name((uint32_t)(event->data >> 32)),
		         (uint32_t)(event->data >> 32), rest);
	else if (TRACE_TYPE(event) == RTOS_EVENT_MADE)
		snprintf(words, TRACE_WORDS_MAX, "by %.60s", rtos_process(reader, rest, name));
	else if (TRACE_TYPE(event) == RTOS_EVENT_ENDED && small == RTOS_PROCESS_KILLED)
		snprintf(words, TRACE_WORDS_MAX, "killed by %.60s",
		         rtos_process(reader, rest, name));
	else if (what->rest)
		snprintf(words, TRACE_WORDS_MAX, "%s %u%s%s", what->rest, rest, says ? ", " : "",
		         says ? says : "");
	else
		words[0] = '\0';
	if (what->small && !says) {
		const size_t length = strlen(words);

		snprintf(words + length, TRACE_WORDS_MAX - length, "%s%s %u", length ? ", " : "",
		         what->small, small);
	}
	return words;
}
