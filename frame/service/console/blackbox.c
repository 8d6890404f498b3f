/*
 * The black boxes (include/kumiki/blackbox.h): each partition's output, its life's events, its last
 * crash and the last events of its cores. console.c calls this in every turn, before anything is
 * printed. So output that a full UART holds back is recorded all the same. The sizes of the frame's
 * rings bound each call.
 */
#include <console/console.h>
#include <lib/string.h>

struct blackbox *blackbox_of(const struct console *console, uint8_t partition)
{
	return (struct blackbox *)(uintptr_t)console->info->sources[partition].blackbox;
}

/* Whether the box can be right. An earlier life of this service may have filled it, and isn't
 * trusted. */
static bool blackbox_good(const struct blackbox *box)
{
	bool good = box->magic == BLACKBOX_MAGIC && box->revision == BLACKBOX_REVISION &&
	            box->size == sizeof(*box) && box->words_size <= BLACKBOX_WORDS_SIZE &&
	            box->former_size <= BLACKBOX_FORMER_SIZE &&
	            box->former_words <= BLACKBOX_FORMER_SIZE - box->former_size;

	for (uint32_t core = 0; core < BUNDLE_CORES_MAX; core++)
		good = good && box->trace_count[core] <= BLACKBOX_TRACE_EVENTS;
	return good;
}

/* Opens the box, which the frame gives without its magic. */
static void blackbox_open(struct blackbox *box, const char *name)
{
	if (blackbox_good(box))
		return;
	if (box->magic != 0)
		memset(box, 0, sizeof(*box));
	box->revision = BLACKBOX_REVISION;
	box->size = sizeof(*box);
	memcpy(box->name, name, sizeof(box->name));
	__atomic_store_n(&box->magic, BLACKBOX_MAGIC, __ATOMIC_RELEASE);
}

void blackbox_start(struct console *console)
{
	for (uint8_t i = 0; i < console->partitions; i++) {
		blackbox_open(blackbox_of(console, i), console->info->sources[i].name);
		console->life[i].said = blackbox_of(console, i)->events;
	}
}

/* ---- its console ---- */

/* Records the partition's new output. An earlier life of the service may have recorded more than it
 * told the ring: then there is nothing new. */
static void blackbox_console(struct blackbox *box, const struct reader *reader)
{
	uint32_t count = reader->head - (uint32_t)box->printed;

	if (!reader->ring || count > UINT32_MAX / 2)
		return;
	if (count > CONSOLE_OUT_SIZE) {
		box->unread += count - CONSOLE_OUT_SIZE;
		box->printed += count - CONSOLE_OUT_SIZE;
		count = CONSOLE_OUT_SIZE;
	}
	while (count) {
		uint32_t from = (uint32_t)box->printed % CONSOLE_OUT_SIZE, step = count;

		/* where the smaller ring ends, the larger one may end, too */
		if (step > CONSOLE_OUT_SIZE - from)
			step = CONSOLE_OUT_SIZE - from;
		memcpy(box->console + box->printed % BLACKBOX_CONSOLE_SIZE,
		       reader->ring->out + from, step);
		box->printed += step;
		count -= step;
	}
}
_Static_assert(BLACKBOX_CONSOLE_SIZE % CONSOLE_OUT_SIZE == 0, "they end together");

/* ---- what its cores did ---- */

static bool blackbox_before(uint64_t a, uint64_t b)
{
	return (a - b) << 16 >> 63; /* 48 bits that go round */
}

/* The first event after `time`. A core's events are in the order of time. */
static uint64_t blackbox_find(const struct trace_ring *ring, uint64_t low, uint64_t high,
                              uint64_t time)
{
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (blackbox_before(time, TRACE_TIME(&ring->events[middle % TRACE_RING_EVENTS])))
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Copies the last events up to the partition's end, as the ring may have gone on since. Returns how
 * many. */
static uint32_t blackbox_trace_core(struct trace_event *to, const struct trace_ring *ring,
                                    uint64_t time)
{
	uint64_t next = __atomic_load_n(&ring->next, __ATOMIC_ACQUIRE);
	uint64_t oldest = trace_oldest(next);
	uint64_t end = blackbox_find(ring, oldest, next, time);
	uint64_t first =
	    end - oldest < BLACKBOX_TRACE_EVENTS ? oldest : end - BLACKBOX_TRACE_EVENTS;

	for (uint64_t at = first; at < end; at++)
		to[at - first] = ring->events[at % TRACE_RING_EVENTS];
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (first < trace_oldest(__atomic_load_n(&ring->next, __ATOMIC_RELAXED)))
		return 0; /* overwritten during the copy: doubtful */
	return (uint32_t)(end - first);
}

static void blackbox_trace(struct console *console, uint8_t partition, uint64_t time)
{
	struct blackbox *box = blackbox_of(console, partition);

	box->trace_time = time;
	for (uint8_t core = 0; core < BUNDLE_CORES_MAX; core++) {
		box->trace_count[core] = 0;
		if (tables_on_core(console, partition, core))
			box->trace_count[core] = blackbox_trace_core(
			    box->trace[core], trace_ring_of(console, core), time);
	}
}

/* ---- its life ---- */

/* Gives an end one cause in all of its events. The event behind the examination tells whether a
 * reset was a panic's. */
static void blackbox_correct(struct blackbox *box, const struct life_event *event)
{
	struct life_event *before = &box->event[(box->events - 1) % BLACKBOX_EVENTS];

	if (event->status.reason == STOP_PANIC && before->status.reason == STOP_RESET &&
	    (before->status.state == LIFE_STOPPING || before->status.state == LIFE_HOLDING))
		before->status.reason = STOP_PANIC;
}

static void blackbox_event(struct console *console, uint8_t partition,
                           const struct life_event *event)
{
	struct blackbox *box = blackbox_of(console, partition);

	if (event->status.state == LIFE_STOPPING || event->status.state == LIFE_HOLDING)
		blackbox_trace(console, partition, event->time);
	blackbox_correct(box, event);
	box->event[box->events % BLACKBOX_EVENTS] = *event;
	__atomic_store_n(&box->events, box->events + 1, __ATOMIC_RELEASE);
}

/* The oldest event that the frame can't be overwriting now. */
static uint32_t blackbox_oldest(uint32_t next, uint32_t seen)
{
	return next - seen < LIFE_EVENTS ? seen : next - LIFE_EVENTS + 1;
}

/* Records the partition's new events, and counts those that were overwritten. */
static void blackbox_life(struct console *console, uint8_t partition)
{
	struct blackbox *box = blackbox_of(console, partition);
	const struct life_log *log = life_log_of(console, partition);
	struct life_event copy[LIFE_EVENTS];
	uint32_t next = __atomic_load_n(&log->next, __ATOMIC_ACQUIRE);
	uint32_t first;

	memcpy(copy, log->events, sizeof(copy));
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	first = blackbox_oldest(__atomic_load_n(&log->next, __ATOMIC_RELAXED), box->events_seen);
	if (next - first > LIFE_EVENTS)
		first = next; /* all events were overwritten meanwhile */
	box->events_lost += first - box->events_seen;
	console->life[partition].missed += first - box->events_seen;
	for (box->events_seen = first; box->events_seen != next; box->events_seen++)
		blackbox_event(console, partition, &copy[box->events_seen % LIFE_EVENTS]);
}

/* ---- its reports ---- */

/* Records a crash. A reader on another core finds no words while they change, and sees the new
 * count of crashes after the new words. */
static void blackbox_crash(struct console *console, uint8_t partition,
                           const struct stop_report *report, uint64_t now)
{
	struct blackbox *box = blackbox_of(console, partition);
	struct words words = words_in(box->words, sizeof(box->words));

	__atomic_store_n(&box->words_size, 0, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	report_words(console, partition, report, &words);
	box->report = *report;
	box->report_time = now;
	__atomic_store_n(&box->words_size, words.size, __ATOMIC_RELEASE);
	__atomic_store_n(&box->crashes, box->crashes + 1, __ATOMIC_RELEASE);
}

/* Counts reports that are lost because a later report, whole or not yet, took their place. A report
 * that still waits to be said is lost, too, as it is of an earlier end. */
static void blackbox_overwritten(struct console *console, uint8_t partition, uint32_t sequence)
{
	struct blackbox *box = blackbox_of(console, partition);
	struct console_life *life = &console->life[partition];
	const uint32_t newest = sequence + sequence % 2;

	if (newest - box->report_sequence <= 2)
		return;
	life->lost += (newest - box->report_sequence) / 2 - 1 + life->report_waits;
	life->report_waits = false;
	box->report_sequence = newest - 2;
}

/* Takes a new report. True: there is one to be said. If the report changed during the copy, the
 * copy is thrown away. */
static bool blackbox_report(struct console *console, uint8_t partition, uint64_t now)
{
	struct console_life *life = &console->life[partition];
	const struct stop_report *report = report_of(console, partition);
	uint32_t sequence = __atomic_load_n(&report->sequence, __ATOMIC_ACQUIRE), behind;
	struct stop_report copy;

	blackbox_overwritten(console, partition, sequence);
	if (sequence % 2 || !report_is_whole(console, partition, report))
		return false;
	memcpy(&copy, report, sizeof(copy));
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	behind = __atomic_load_n(&report->sequence, __ATOMIC_RELAXED);
	blackbox_overwritten(console, partition, behind);
	if (behind != sequence)
		return false;
	copy.reason = report_cause(console, partition, &copy);
	life->lost += life->report_waits;
	life->report = copy;
	life->report_waits = true;
	if (report_crash(copy.reason))
		blackbox_crash(console, partition, &copy, now);
	blackbox_of(console, partition)->report_sequence = sequence;
	return true;
}

/* ---- all of it ---- */

/* Looks for news. This quick comparison finds nothing in most turns; the callees read again.
 * Reports are read after events: if an event followed an end, the end's report is there by then, or
 * overwritten. */
static void blackbox_news(struct console *console, uint8_t partition, uint64_t now)
{
	const struct blackbox *box = blackbox_of(console, partition);
	const uint32_t *next = &life_log_of(console, partition)->next;
	const uint32_t *sequence = &report_of(console, partition)->sequence;
	bool news = __atomic_load_n(next, __ATOMIC_RELAXED) != box->events_seen;

	if (news)
		blackbox_life(console, partition);
	if (__atomic_load_n(sequence, __ATOMIC_RELAXED) != box->report_sequence)
		news |= blackbox_report(console, partition, now);
	if (!news)
		return;
	blackbox_mark(console, partition);
	console->news = true;
}

bool blackbox_has_news(const struct console *console, uint8_t partition)
{
	const struct console_life *life = &console->life[partition];

	return life->report_waits || life->missed ||
	       life->said != blackbox_of(console, partition)->events;
}

/* The next news go before the characters that came after their event. If there is no such event,
 * they go behind all characters that have come. */
void blackbox_mark(struct console *console, uint8_t partition)
{
	const struct blackbox *box = blackbox_of(console, partition);
	struct console_life *life = &console->life[partition];
	const bool known = !life->missed && life->said != box->events &&
	                   box->events - life->said <= BLACKBOX_EVENTS;

	life->mark = known ? box->event[life->said % BLACKBOX_EVENTS].printed
	                   : console->readers[partition].head;
}

void blackbox_look(struct console *console, uint64_t now)
{
	for (uint8_t i = 0; i < console->partitions; i++) {
		if (console->readers[i].head != (uint32_t)blackbox_of(console, i)->printed)
			blackbox_console(blackbox_of(console, i), &console->readers[i]);
		blackbox_news(console, i, now);
	}
}
