/* Finds the latencies in a trace, and writes them as words: see latency.h. */
#include "latency.h"
#include <stdlib.h>
#include <string.h>

#define NO_TIME UINT64_MAX
#define UNKNOWN UINT16_MAX /* a core's context, up to its first switch in the trace */
#define BARS    40         /* length of the longest bar, in letters */

/* Latencies that have begun, while the events are read. */
struct pending {
	uint64_t ready[BUNDLE_VCPUS_MAX];    /* since when a vCPU has been woken without running */
	uint64_t woken[BUNDLE_VCPUS_MAX];    /* since when it has been woken without an interrupt */
	uint64_t injected[BUNDLE_VCPUS_MAX]; /* since when it has had an interrupt and not run */
	uint16_t runs[BUNDLE_CORES_MAX];
};

static size_t bucket_of(uint64_t ticks)
{
	size_t bucket = 0;

	while (bucket < LATENCY_BUCKETS - 1 && ticks >> bucket)
		bucket++;
	return bucket;
}

uint64_t latency_bucket_begin(size_t bucket)
{
	return bucket ? 1ULL << (bucket - 1) : 0;
}

/* Ends a latency, if it has begun. */
static void take_once(struct latencies *latencies, uint8_t vcpu, enum latency_kind kind,
                      uint64_t *from, uint64_t now)
{
	if (*from != NO_TIME)
		latencies->samples[latencies->count++] =
		    (struct latency_sample){vcpu, kind, now - *from};
	*from = NO_TIME;
}

/* Another context takes the core: what the former one was woken for has come, or isn't an
 * interrupt. If that was woken on the core, it went on without a switch, and waits no longer. */
static void take_core(struct pending *pending, uint32_t core, uint8_t vcpu)
{
	const uint16_t former = pending->runs[core];

	if (former < BUNDLE_VCPUS_MAX && former != vcpu)
		pending->ready[former] = pending->woken[former] = NO_TIME;
	pending->runs[core] = vcpu;
}

static void take_event(struct pending *pending, struct latencies *latencies,
                       const struct trace_event *event, uint32_t core, uint64_t now)
{
	uint8_t vcpu = TRACE_VCPU(event);

	switch (TRACE_TYPE(event)) {
	case TRACE_READY: /* its interrupt may be there already */
		pending->ready[vcpu] = now;
		pending->woken[vcpu] = pending->injected[vcpu] == NO_TIME ? now : NO_TIME;
		break;
	case TRACE_INJECT:
		take_once(latencies, vcpu, LATENCY_INJECT, &pending->woken[vcpu], now);
		if (pending->runs[core] != vcpu && pending->runs[core] != UNKNOWN &&
		    pending->injected[vcpu] == NO_TIME)
			pending->injected[vcpu] = now;
		break;
	case TRACE_SWITCH:
		take_once(latencies, vcpu, LATENCY_WAKE, &pending->ready[vcpu], now);
		take_once(latencies, vcpu, LATENCY_ENTER, &pending->injected[vcpu], now);
		break;
	case TRACE_EXIT: /* it ran */
	case TRACE_VCPU_OFF:
		pending->ready[vcpu] = pending->woken[vcpu] = pending->injected[vcpu] = NO_TIME;
		break;
	default:
		break;
	}
}

static int compare(const void *left, const void *right)
{
	const struct latency_sample *a = left, *b = right;

	if (a->vcpu != b->vcpu)
		return (a->vcpu > b->vcpu) - (a->vcpu < b->vcpu);
	if (a->kind != b->kind)
		return (a->kind > b->kind) - (a->kind < b->kind);
	return (a->ticks > b->ticks) - (a->ticks < b->ticks);
}

/* Sorts the samples, and finds those of each vCPU and kind. */
static void sort(struct latencies *latencies)
{
	qsort(latencies->samples, latencies->count, sizeof(*latencies->samples), compare);
	for (size_t i = 0; i < latencies->count; i++) {
		const struct latency_sample *sample = &latencies->samples[i];
		struct latency *latency = &latencies->of[sample->vcpu][sample->kind];

		if (latency->count++ == 0)
			latency->samples = sample;
		latency->bucket[bucket_of(sample->ticks)]++;
	}
}

bool latency_take(const struct trace_set *set, struct latencies *latencies)
{
	struct trace_cursor cursor = {0};
	const struct trace_event *event;
	struct pending pending;

	memset(&pending, 0xff, sizeof(pending)); /* these bytes are NO_TIME and UNKNOWN */
	memset(latencies, 0, sizeof(*latencies));
	/* A switch ends at most two latencies, another event one. */
	latencies->samples = malloc((2 * trace_set_events(set) + 1) * sizeof(*latencies->samples));
	if (!latencies->samples)
		return false;
	while ((event = trace_next(set, &cursor)) != NULL) {
		if (TRACE_VCPU(event) < set->welcome.vcpus)
			take_event(&pending, latencies, event, cursor.core,
			           trace_set_ticks(set, event));
		if (TRACE_TYPE(event) == TRACE_SWITCH)
			take_core(&pending, cursor.core, TRACE_VCPU(event));
	}
	sort(latencies);
	return true;
}

void latency_free(struct latencies *latencies)
{
	free(latencies->samples);
	memset(latencies, 0, sizeof(*latencies));
}

uint64_t latency_at(const struct latency *latency, unsigned int share)
{
	size_t at = (latency->count * share + 999) / 1000;

	return latency->samples[at ? at - 1 : 0].ticks;
}

/* ---- in words ---- */

/* Words like "heartbeat.0, woken to running". */
static const char *latency_name(const struct trace_set *set, uint32_t vcpu, enum latency_kind kind,
                                char words[TRACE_WORDS_MAX])
{
	static const char *const kinds[LATENCY_KINDS] = {
	    [LATENCY_WAKE] = "woken to running",
	    [LATENCY_INJECT] = "woken to interrupt injected",
	    [LATENCY_ENTER] = "injected to running",
	};
	char context[TRACE_WORDS_MAX];

	snprintf(words, TRACE_WORDS_MAX, "%.48s, %s", trace_context(set, (uint8_t)vcpu, context),
	         kinds[kind]);
	return words;
}

/* Ticks of the trace's counter as words like "1.28 us". */
static const char *latency_time(const struct trace_set *set, uint64_t ticks,
                                char words[TRACE_WORDS_MAX])
{
	double ns = (double)ticks * 1e9 / (double)set->welcome.counter_hz;

	if (ns >= 1e6)
		snprintf(words, TRACE_WORDS_MAX, "%.3g ms", ns / 1e6);
	else if (ns >= 1e3)
		snprintf(words, TRACE_WORDS_MAX, "%.3g us", ns / 1e3);
	else
		snprintf(words, TRACE_WORDS_MAX, "%.3g ns", ns);
	return words;
}

static void words_bucket(const struct trace_set *set, const struct latency *latency, size_t bucket,
                         size_t most, FILE *out)
{
	size_t letters = (latency->bucket[bucket] * BARS + most - 1) / most;
	char words[TRACE_WORDS_MAX];

	fprintf(out, "  from %8s  ", latency_time(set, latency_bucket_begin(bucket), words));
	for (size_t i = 0; i < letters; i++)
		putc('#', out);
	fprintf(out, " %zu\n", latency->bucket[bucket]);
}

static void words_one(const struct trace_set *set, const struct latency *latency, FILE *out)
{
	static const struct {
		const char *name;
		unsigned int share;
	} shares[] = {{"least", 0}, {", median", 500}, {", 99 %", 990}, {", worst", 1000}};
	char words[TRACE_WORDS_MAX];
	size_t most = 1, first = 0, last = LATENCY_BUCKETS - 1;

	fprintf(out, ": %zu times; ", latency->count);
	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++)
		fprintf(out, "%s %s", shares[i].name,
		        latency_time(set, latency_at(latency, shares[i].share), words));
	putc('\n', out);
	while (latency->bucket[first] == 0)
		first++;
	while (latency->bucket[last] == 0)
		last--;
	for (size_t i = first; i <= last; i++)
		most = latency->bucket[i] > most ? latency->bucket[i] : most;
	for (size_t i = first; i <= last; i++)
		if (latency->bucket[i])
			words_bucket(set, latency, i, most, out);
		else if (latency->bucket[i - 1])
			fputs("             ...\n", out);
}

bool latency_write_words(const struct trace_set *set, FILE *out)
{
	struct latencies latencies;
	char words[TRACE_WORDS_MAX];
	bool good = latency_take(set, &latencies), any = false;

	for (uint32_t vcpu = 0; good && vcpu < set->welcome.vcpus; vcpu++)
		for (int kind = 0; kind < LATENCY_KINDS; kind++) {
			const struct latency *latency = &latencies.of[vcpu][kind];

			if (!latency->count)
				continue;
			any = true;
			fputs(latency_name(set, vcpu, (enum latency_kind)kind, words), out);
			words_one(set, latency, out);
		}
	if (good && !any)
		fputs("no vCPU was woken or interrupted in this trace\n", out);
	latency_free(&latencies);
	return good && !ferror(out);
}
