/* Traces on the host: put together from parts, saved and read again, damaged, random. */
#include <lib/tracewords.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <trace/set.h>
#include <unistd.h>

#include <cmocka.h>

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

static void test_parts(void **state)
{
	(void)state;
	start(1);
	add(0, 100, 50);
	add(0, 150, 10);
	add(0, 120, 40); /* a repeat changes nothing */
	assert_int_equal(set.core[0].count, 60);
	assert_int_equal(set.core[0].first, 100);
	add(0, 200, 5); /* a gap: what is before it was overtaken */
	assert_int_equal(set.core[0].count, 5);
	assert_int_equal(set.core[0].first, 200);
	assert_false(trace_set_add(&set, 1, 0, NULL, 0));
	trace_set_order(&set);
	assert_int_equal(set.begin, 3000);
	assert_int_equal(set.end, 40);
}

static void test_time_runs_over(void **state)
{
	struct trace_event late = event(TRACE_EXIT, 0, (1ULL << 48) - 100, 0);
	struct trace_event early = event(TRACE_EXIT, 0, 50, 0);

	(void)state;
	start(2);
	assert_true(trace_set_add(&set, 0, 0, &early, 1));
	assert_true(trace_set_add(&set, 1, 0, &late, 1));
	trace_set_order(&set);
	assert_int_equal(trace_set_ticks(&set, &set.core[0].events[0]), 150);
	assert_int_equal(trace_set_time(&set, &set.core[0].events[0]), 2400);
	assert_int_equal(trace_set_ticks(&set, &set.core[1].events[0]), 0);
}

static void test_empty_slots_are_dropped(void **state)
{
	struct trace_event none = {0, 0};

	(void)state;
	start(1);
	assert_true(trace_set_add(&set, 0, 0, &none, 1));
	add(0, 1, 3);
	trace_set_order(&set);
	assert_int_equal(set.core[0].count, 3);
}

static void test_words(void **state)
{
	char words[TRACE_WORDS_MAX];
	struct trace_event wfi = event(TRACE_EXIT, 0, 0, 0x06000000ULL << 32 | 0x1234);
	struct trace_event stop = event(TRACE_STOP, 0, 0, (uint64_t)STOP_RESET << 32 | 1);
	struct trace_event life = event(TRACE_LIFE, 0, 0, (uint64_t)LIFE_SUSPENDED << 32 | 1);
	struct trace_event odd = event(TRACE_STOP, 0, 0, 99ULL << 32 | 99);

	(void)state;
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

static void test_bad_welcomes(void **state)
{
	struct link_welcome welcome = {.partitions = 9, .cores = 1, .counter_hz = 1};

	(void)state;
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
	    trace_write_json, trace_write_svg, trace_write_ctf_metadata, trace_write_raw};
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

static void test_nothing_happened(void **state)
{
	(void)state;
	start(8);
	trace_set_order(&set);
	write_all();
	start(0);
	trace_set_order(&set);
	write_all();
}

/* Whatever events a ring holds, each format can be written. */
static void test_random_events(void **state)
{
	(void)state;
	srand(5);
	for (unsigned int round = 0; round < 100; round++) {
		start(3);
		for (uint32_t core = 0; core < 3; core++) {
			struct trace_event events[50];
			uint8_t *bytes = (uint8_t *)events;

			for (size_t i = 0; i < sizeof(events); i++)
				bytes[i] = (uint8_t)rand();
			assert_true(trace_set_add(&set, core, 0, events, 50));
		}
		trace_set_order(&set);
		write_all();
	}
}

static void test_raw_file(void **state)
{
	char path[] = "/tmp/kumiki-raw-XXXXXX";
	FILE *file, *complaints = tmpfile();
	char *bytes;
	size_t size;

	(void)state;
	start(2);
	add(0, 7, 40);
	file = open_memstream(&bytes, &size);
	assert_true(trace_write_raw(&set, file));
	fclose(file);
	close(mkstemp(path));
	srand(6);
	for (unsigned int round = 0; round < 300; round++) {
		struct trace_set copy = {0};

		if (round) /* damaged: read or refused, nothing worse */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_parts),
	    cmocka_unit_test(test_time_runs_over),
	    cmocka_unit_test(test_empty_slots_are_dropped),
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_bad_welcomes),
	    cmocka_unit_test(test_nothing_happened),
	    cmocka_unit_test(test_random_events),
	    cmocka_unit_test(test_raw_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
