/*
 * Traces on the host: parts that are put together, saved and read again, damaged traces, random
 * ones.
 */
#include <lib/tracewords.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <trace/latency.h>
#include <unistd.h>
#include <unit.h>

static struct trace_set set;

static void start(uint32_t cores)
{
	uint8_t payload[LINK_PAYLOAD_MAX] = {0};
	struct link_welcome welcome = {.revision = LINK_REVISION,
	                               .partitions = 2,
	                               .cores = cores,
	                               .vcpus = 3,
	                               .counter_hz = 62500000,
	                               .system = "test",
	                               .vcpu_partition = {0, 0, 1}};

	trace_set_free(&set);
	memcpy(payload, &welcome, sizeof(welcome));
	memcpy(payload + sizeof(welcome), "linux", 6);
	memcpy(payload + sizeof(welcome) + 32, "rt", 3);
	memcpy(payload + sizeof(welcome) + 96, "lan", 4);
	memcpy(payload + sizeof(welcome) + 128, "disk", 5);
	assert_true(trace_set_welcome(&set, payload, sizeof(payload)));
}

static struct trace_event event(uint8_t type, uint8_t vcpu, uint64_t time, uint64_t data)
{
	return (struct trace_event){
	    (uint64_t)type << 56 | (uint64_t)vcpu << 48 | (time & 0xffffffffffff), data};
}

static void add(uint32_t core, uint64_t first, size_t count)
{
	struct trace_event events[64];

	for (size_t i = 0; i < count; i++)
		events[i] = event(TRACE_EXIT, 0, 1000 + (first + i) * 10, first + i);
	assert_true(trace_set_add(&set, core, first, events, count));
}

TEST(test_parts)
{
	start(1);
	add(0, 100, 50);
	add(0, 150, 10);
	add(0, 120, 40); /* a repeat changes nothing */
	assert_int_equal(set.core[0].count, 60);
	assert_int_equal(set.core[0].first, 100);
	add(0, 200, 5); /* a gap: events before it were overtaken */
	assert_int_equal(set.core[0].count, 5);
	assert_int_equal(set.core[0].first, 200);
	assert_false(trace_set_add(&set, 1, 0, NULL, 0));
	trace_set_order(&set);
	assert_int_equal(set.begin, 3000);
	assert_int_equal(set.end, 40);
}

TEST(test_time_runs_over)
{
	struct trace_event late = event(TRACE_EXIT, 0, (1ULL << 48) - 100, 0);
	struct trace_event early = event(TRACE_EXIT, 0, 50, 0);

	start(2);
	assert_true(trace_set_add(&set, 0, 0, &early, 1));
	assert_true(trace_set_add(&set, 1, 0, &late, 1));
	trace_set_order(&set);
	assert_int_equal(trace_set_ticks(&set, &set.core[0].events[0]), 150);
	assert_int_equal(trace_set_time(&set, &set.core[0].events[0]), 2400);
	assert_int_equal(trace_set_ticks(&set, &set.core[1].events[0]), 0);
}

TEST(test_empty_slots_are_dropped)
{
	struct trace_event none = {0, 0};

	start(1);
	assert_true(trace_set_add(&set, 0, 0, &none, 1));
	add(0, 1, 3);
	trace_set_order(&set);
	assert_int_equal(set.core[0].count, 3);
}

TEST(test_words)
{
	char words[TRACE_WORDS_MAX];
	struct trace_event wfi = event(TRACE_EXIT, 0, 0, 0x06000000ULL << 32 | 0x1234);
	struct trace_event stop = event(TRACE_STOP, 0, 0, (uint64_t)STOP_RESET << 32 | 1);
	struct trace_event life = event(TRACE_LIFE, 0, 0, (uint64_t)LIFE_SUSPENDED << 32 | 1);
	struct trace_event odd = event(TRACE_STOP, 0, 0, 99ULL << 32 | 99);

	start(1);
	assert_string_equal(trace_context(&set, 1, words), "linux.1");
	assert_string_equal(trace_context(&set, 2, words), "rt.0");
	assert_string_equal(trace_context(&set, 3, words), "vCPU 3");
	assert_string_equal(trace_context(&set, TRACE_NO_VCPU, words), "frame");
	assert_string_equal(trace_words(&set, &wfi, words),
	                    "WFI or WFE at ...00001234, ESR 06000000");
	assert_string_equal(trace_words(&set, &stop, words), "rt: reset");
	assert_string_equal(trace_words(&set, &odd, words), "?: ?");
	assert_string_equal(trace_words(&set, &life, words), "rt: suspended");
	assert_string_equal(trace_type_name(200), "event");
}

static void words_are(uint8_t type, uint32_t high, uint32_t low, const char *expected)
{
	struct trace_event about = event(type, 1, 0, (uint64_t)high << 32 | low);
	char words[TRACE_WORDS_MAX];

	assert_string_equal(trace_words(&set, &about, words), expected);
}

TEST(test_words_of_scheduling)
{
	start(2);
	words_are(TRACE_READY, 0, 0, "");
	words_are(TRACE_MOVE, 0, 1, "from core 0 to core 1");
	words_are(TRACE_MISS, 62500, 2, "rt.0 had the core, for 1.000 ms");
	words_are(TRACE_MISS, 0, TRACE_NO_VCPU, "frame had the core, for 0.000 ms");
	words_are(TRACE_EXHAUSTED, 0, 125000, "after 2.000 ms");
	words_are(TRACE_REFILL, 0, 31250, "0.500 ms");
	words_are(TRACE_PRIORITY, 10, 200, "from 10 to 200");
	words_are(TRACE_HOLD, 0, 1, "from linux to rt");
	words_are(TRACE_HOLD, 1, 7, "from rt to ?");
	words_are(TRACE_HOLD, 31, 0, "from nobody to linux");
	words_are(TRACE_TOLD, 0, 3, "core 3 is to be open");
	words_are(TRACE_TOLD, 1, 2, "core 2 is to be left");
	words_are(TRACE_TOLD, 2, 1, "core 1 is to go off");
	words_are(TRACE_TOLD, 3, 1, "core 1 is to ?");
	words_are(TRACE_KICK, 1, 0, "queue 1 of its channel 0");
	words_are(TRACE_CARRY, 0x00000203, 0x100, "disk, of linux: 3 taken, 2 delivered");
	words_are(TRACE_CARRY, 0xff010000, 0x001, "lan, of rt: 1 replayed, 255 or more dropped");
	words_are(TRACE_CARRY, 1, 0x907, "?, of ?: 1 taken");
}

static void put(uint32_t core, const struct trace_event *events, size_t count)
{
	assert_true(trace_set_add(&set, core, 1, events, count));
}

/*
 * Latencies of a vCPU that moves between its wake-up and its run, and of one that was never woken;
 * percentiles.
 */
TEST(test_latencies)
{
	static struct latencies latencies;
	const struct trace_event there[] = {event(TRACE_SWITCH, 2, 0, 0),
	                                    event(TRACE_READY, 0, 100, 0),
	                                    event(TRACE_MOVE, 0, 150, 1)};
	const struct trace_event here[] = {
	    event(TRACE_SWITCH, 0, 300, 0),  event(TRACE_INJECT, 0, 310, 27),
	    event(TRACE_EXIT, 0, 320, 0),    event(TRACE_INJECT, 0, 330, 28),
	    event(TRACE_INJECT, 1, 340, 29), event(TRACE_INJECT, 1, 345, 30),
	    event(TRACE_SWITCH, 1, 360, 0),  event(TRACE_SWITCH, 0, 400, 0)};

	start(2);
	put(0, there, 3);
	put(1, here, 8);
	trace_set_order(&set);
	assert_true(latency_take(&set, &latencies));
	assert_int_equal(latencies.of[0][LATENCY_WAKE].count, 1);
	assert_int_equal(latencies.of[0][LATENCY_WAKE].samples[0].ticks, 200);
	assert_int_equal(latencies.of[0][LATENCY_INJECT].count, 1);
	assert_int_equal(latencies.of[0][LATENCY_INJECT].samples[0].ticks, 210);
	assert_int_equal(latencies.of[0][LATENCY_ENTER].count, 0);
	assert_int_equal(latencies.of[1][LATENCY_WAKE].count, 0);
	assert_int_equal(latencies.of[1][LATENCY_ENTER].count, 1);
	assert_int_equal(latencies.of[1][LATENCY_ENTER].samples[0].ticks, 20);
	assert_int_equal(latencies.of[1][LATENCY_ENTER].bucket[5], 1);
	assert_int_equal(latencies.of[2][LATENCY_WAKE].count, 0);
	latency_free(&latencies);
}

/* A vCPU with an interrupt before its core's first switch may be running already. */
TEST(test_latencies_of_a_ring_that_begins_in_a_turn)
{
	static struct latencies latencies;
	const struct trace_event events[] = {
	    event(TRACE_INJECT, 1, 10, 1), event(TRACE_SWITCH, TRACE_NO_VCPU, 20, 0),
	    event(TRACE_INJECT, 1, 1000, 27), event(TRACE_SWITCH, 1, 1030, 0)};

	start(1);
	put(0, events, sizeof(events) / sizeof(events[0]));
	trace_set_order(&set);
	assert_true(latency_take(&set, &latencies));
	assert_int_equal(latencies.of[1][LATENCY_ENTER].count, 1);
	assert_int_equal(latencies.of[1][LATENCY_ENTER].samples[0].ticks, 30);
	latency_free(&latencies);
}

/* A woken vCPU goes on without a switch if its core hasn't gone to another context yet. What it
 * runs then, and its wait after that, are no latency. */
TEST(test_no_latency_of_a_run_without_a_switch)
{
	static struct latencies latencies;
	const struct trace_event events[] = {
	    event(TRACE_SWITCH, 0, 10, 0),    event(TRACE_EXIT, 0, 100, 0),
	    event(TRACE_READY, 0, 110, 0),    event(TRACE_EXIT, 0, 150, 0),
	    event(TRACE_SWITCH, 1, 200, 0),   event(TRACE_SWITCH, 0, 1000, 0),
	    event(TRACE_READY, 0, 1100, 0),   event(TRACE_SWITCH, 1, 1200, 0),
	    event(TRACE_SWITCH, 0, 2000, 0),  event(TRACE_SWITCH, 1, 2100, 0),
	    event(TRACE_INJECT, 0, 2110, 27), event(TRACE_EXIT, 0, 2120, 0),
	    event(TRACE_SWITCH, 0, 3000, 0)};

	start(1);
	put(0, events, sizeof(events) / sizeof(events[0]));
	trace_set_order(&set);
	assert_true(latency_take(&set, &latencies));
	assert_int_equal(latencies.count, 0);
	latency_free(&latencies);
}

TEST(test_percentiles)
{
	struct latency_sample samples[200] = {0};
	struct latency latency = {.count = 200, .samples = samples};

	for (uint64_t i = 0; i < 200; i++)
		samples[i].ticks = i + 1;
	assert_int_equal(latency_at(&latency, 0), 1);
	assert_int_equal(latency_at(&latency, 500), 100);
	assert_int_equal(latency_at(&latency, 990), 198);
	assert_int_equal(latency_at(&latency, 1000), 200);
	latency.count = 1;
	assert_int_equal(latency_at(&latency, 0), 1);
	assert_int_equal(latency_at(&latency, 990), 1);
	assert_int_equal(latency_bucket_begin(0), 0);
	assert_int_equal(latency_bucket_begin(1), 1);
	assert_int_equal(latency_bucket_begin(8), 128);
}

/* A vCPU that leaves its core to sleep doesn't wait for it; an interrupted one does. */
TEST(test_waits)
{
	const struct trace_event events[] = {event(TRACE_SWITCH, 0, 0, 0),
	                                     event(TRACE_SWITCH, 2, 100, 0),
	                                     event(TRACE_EXIT, 2, 200, 0x06000000ULL << 32),
	                                     event(TRACE_SWITCH, 0, 210, 0),
	                                     event(TRACE_READY, 2, 300, 0),
	                                     event(TRACE_SWITCH, 2, 310, 0),
	                                     event(TRACE_SWITCH, TRACE_NO_VCPU, 400, 0),
	                                     event(TRACE_SWITCH, 2, 500, 0)};
	struct trace_cursor cursor = {0};
	struct trace_story story;
	struct trace_wait waits[8] = {0};
	const struct trace_event *next;
	size_t count = 0;

	start(1);
	put(0, events, sizeof(events) / sizeof(events[0]));
	trace_set_order(&set);
	trace_story_begin(&story);
	while ((next = trace_next(&set, &cursor)) != NULL)
		count += trace_story_event(&set, &story, next, cursor.core, &waits[count]);
	assert_int_equal(count, 2);
	assert_int_equal(waits[0].vcpu, 0);
	assert_int_equal(waits[0].from, 100);
	assert_int_equal(waits[0].to, 210);
	assert_false(waits[0].woke);
	assert_int_equal(waits[1].vcpu, 2);
	assert_int_equal(waits[1].from, 300);
	assert_true(waits[1].woke);
	trace_set_free(&set);
}

TEST(test_bad_welcomes)
{
	struct link_welcome welcome = {.partitions = 9, .cores = 1, .counter_hz = 1};

	memset(&set, 0, sizeof(set));
	assert_false(trace_set_welcome(&set, &welcome, sizeof(welcome)));
	welcome.partitions = 1;
	assert_false(trace_set_welcome(&set, &welcome, sizeof(welcome))); /* no names */
	welcome.cores = 9;
	assert_false(trace_set_welcome(&set, &welcome, sizeof(welcome)));
	assert_false(trace_set_welcome(&set, &welcome, 10));
	memset(&set, 0, sizeof(set));
}

static void write_all(void)
{
	static bool (*const writers[])(const struct trace_set *, FILE *) = {
	    trace_write_json, trace_write_ctf_metadata, trace_write_raw, latency_write_words};
	char *text;
	size_t size;

	for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]); i++) {
		FILE *out = open_memstream(&text, &size);

		assert_true(writers[i](&set, out));
		fclose(out);
		free(text);
	}
	for (uint32_t core = 0; core < set.welcome.cores; core++) {
		FILE *out = open_memstream(&text, &size);

		assert_true(trace_write_ctf_stream(&set, core, out));
		fclose(out);
		free(text);
	}
}

TEST(test_nothing_happened)
{
	start(8);
	trace_set_order(&set);
	write_all();
	start(0);
	trace_set_order(&set);
	write_all();
}

/* Each format can be written for all events in a ring. */
TEST(test_random_events)
{
	srand(5);
	for (unsigned int round = 0; round < 100; round++) {
		start(3);
		for (uint32_t core = 0; core < 3; core++) {
			struct trace_event events[50];
			uint8_t *bytes = (uint8_t *)events;

			for (size_t i = 0; i < sizeof(events); i++)
				bytes[i] = (uint8_t)rand();
			for (size_t i = 0; i < 50 && round % 2; i++) /* known ones, mostly */
				events[i] =
				    event((uint8_t)(rand() % 20), (uint8_t)(rand() % 4),
				          (uint64_t)rand() % 100000,
				          (uint64_t)(rand() % 4) << 32 | (uint64_t)(rand() % 4));
			assert_true(trace_set_add(&set, core, 0, events, 50));
		}
		trace_set_order(&set);
		write_all();
	}
}

TEST(test_raw_file)
{
	char path[] = "/tmp/kumiki-raw-XXXXXX";
	FILE *file, *complaints = tmpfile();
	char *bytes;
	size_t size;

	start(2);
	add(0, 7, 40);
	file = open_memstream(&bytes, &size);
	assert_true(trace_write_raw(&set, file));
	fclose(file);
	close(mkstemp(path));
	srand(6);
	for (unsigned int round = 0; round < 300; round++) {
		struct trace_set copy = {0};

		if (round) /* damaged: it is read or refused */
			bytes[(size_t)rand() % size] ^= (char)(1 << rand() % 8);
		file = fopen(path, "wb");
		assert_int_equal(fwrite(bytes, 1, size, file), size);
		fclose(file);
		bool good = trace_read_raw(&copy, path, complaints);
		if (round == 0) {
			assert_true(good);
			assert_int_equal(copy.core[0].first, 7);
			assert_int_equal(copy.core[0].count, 40);
			assert_memory_equal(copy.core[0].events, set.core[0].events, 640);
		}
		trace_set_order(&copy);
		trace_set_free(&copy);
	}
	unlink(path);
	free(bytes);
	fclose(complaints);
	trace_set_free(&set);
}

/* The pipe has no writer. */
TEST(test_no_regular_file)
{
	char folder[] = "/tmp/trace-set-XXXXXX", path[sizeof(folder) + 8], *said = NULL;
	struct trace_set none = {0};
	size_t size = 0;
	FILE *complaints = open_memstream(&said, &size);

	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/pipe", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_false(trace_read_raw(&none, path, complaints));
	assert_false(trace_read_raw(&none, folder, complaints));
	(void)fclose(complaints);
	assert_non_null(strstr(said, "it isn't a regular file;"));
	assert_non_null(strstr(said, "it is a folder;"));
	free(said);
	unlink(path);
	rmdir(folder);
}
