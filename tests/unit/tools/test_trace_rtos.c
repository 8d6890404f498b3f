/* A trace that the RTOS's shell printed: read again with everything in it, names of processes at
 * each time, and what is damaged is refused or does no harm, whatever it is. */
#include <inttypes.h>
#include <lib/crc32c.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <trace/rtos.h>
#include <unistd.h>
#include <unit.h>

#define ROW 40
#define HZ  62500000

#define SAMPLE_MAX 65536
#define TEXT_MAX   (4 * SAMPLE_MAX)

struct sample {
	uint8_t bytes[SAMPLE_MAX];
	size_t size;
};

static void put(struct sample *sample, const void *from, size_t size)
{
	assert_true(sample->size + size + ROW <= sizeof(sample->bytes));
	memcpy(sample->bytes + sample->size, from, size);
	sample->size += size;
}

static void put_event(struct sample *sample, enum rtos_event type, uint64_t process, uint64_t ticks,
                      uint64_t data)
{
	const struct trace_event event = {(uint64_t)type << 56 | process << 48 | ticks, data};

	put(sample, &event, sizeof(event));
}

static void put_name(struct sample *sample, uint64_t process, uint64_t ticks, const char *name)
{
	uint64_t word[2] = {0, 0};

	memcpy(word, name, strlen(name));
	put_event(sample, RTOS_EVENT_NAME, process, ticks, word[0]);
	if (word[1] != 0)
		put_event(sample, RTOS_EVENT_NAME_REST, process, ticks, word[1]);
}

static void put_cpu(struct sample *sample, uint64_t first, uint64_t count)
{
	const struct rtos_trace_cpu cpu = {first, count};

	put(sample, &cpu, sizeof(cpu));
}

/* Number 5 is "a-long-name-here" until it is gone, then "short", and "now" in the end, of which
 * nothing but the table says the name. */
static struct sample *new_sample(void)
{
	struct sample *sample = calloc(1, sizeof(*sample));
	const struct rtos_trace_head head = {RTOS_TRACE_MAGIC, RTOS_TRACE_REVISION, 2, HZ, 1};
	struct rtos_trace_name name = {5, {0, 0}};

	memcpy(name.name, "now", 3);
	assert_non_null(sample);
	put(sample, &head, sizeof(head));
	put(sample, &name, sizeof(name));
	put_cpu(sample, 100, 10);
	put_event(sample, RTOS_EVENT_CALL, 5, 1000, RTOS_EVENT_DATA(0, 0, 7));
	put_name(sample, 5, 1100, "a-long-name-here");
	put_event(sample, RTOS_EVENT_GONE, 5, 1100, 0);
	put_event(sample, RTOS_EVENT_MADE, 5, 1300, 2);
	put_name(sample, 5, 1300, "short");
	put_event(sample, RTOS_EVENT_SWITCH, 5, 1400, RTOS_EVENT_DATA(1, 90, 0));
	put_event(sample, RTOS_EVENT_MADE, 6, 1500, 5);
	put_name(sample, 6, 1500, "six");
	put_event(sample, RTOS_EVENT_ENDED, 6, 1600, RTOS_EVENT_DATA(0, RTOS_PROCESS_KILLED, 5));
	put_cpu(sample, 0, 1);
	put_event(sample, RTOS_EVENT_TAKE, 5, 1350, RTOS_EVENT_DATA(3, 1, 7));
	return sample;
}

/* As the shell prints it. */
static char *new_text(const struct sample *sample)
{
	char *text = calloc(1, TEXT_MAX), *at = text;

	assert_non_null(text);
	for (size_t offset = 0; offset < sample->size; offset += ROW) {
		uint64_t row[ROW / 8];

		memcpy(row, sample->bytes + offset, sizeof(row));
		at += sprintf(at,
		              "[rtos] trace 0x%zx 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64
		              " 0x%" PRIx64 " 0x%" PRIx64 "\r\nsomebody\n",
		              offset, row[0], row[1], row[2], row[3], row[4]);
	}
	sprintf(at, "$ trace raw\n[rtos] trace end %zu 0x%x\r\n$ ", sample->size,
	        crc32c(0, sample->bytes, (sample->size + ROW - 1) / ROW * ROW));
	return text;
}

static bool read_text(struct trace_set *set, const char *text)
{
	char path[] = "/tmp/trace-rtos-XXXXXX";
	const int file = mkstemp(path);
	FILE *complaints = tmpfile();
	bool good;

	assert_true(file >= 0 && complaints != NULL);
	assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
	close(file);
	good = trace_rtos_read(set, path, complaints);
	assert_true(good == (ftell(complaints) == 0));
	fclose(complaints);
	unlink(path);
	return good;
}

static bool read_sample(struct trace_set *set, const struct sample *sample)
{
	char *text = new_text(sample);
	const bool good = read_text(set, text);

	free(text);
	return good;
}

/* All that can be made of it. */
static void write_all(const struct trace_set *set)
{
	FILE *out = tmpfile();

	assert_non_null(out);
	assert_true(trace_write_json(set, out) && trace_write_ctf_metadata(set, out));
	for (uint32_t i = 0; i < set->rtos->cpus; i++)
		if (set->rtos->cpu[i].count)
			assert_true(trace_rtos_ctf_stream(set, i, out));
	fclose(out);
}

static void expect(const struct trace_set *set, struct trace_rtos_reader *reader, uint32_t cpu,
                   enum rtos_event type, const char *who, const char *what)
{
	const struct trace_event *event = trace_rtos_next(set, reader);
	char words[TRACE_WORDS_MAX];

	assert_non_null(event);
	assert_int_equal(TRACE_TYPE(event), type);
	assert_int_equal(reader->cpu, cpu);
	assert_string_equal(trace_rtos_who(reader, event, words), who);
	assert_string_equal(trace_rtos_words(reader, event, words), what);
}

TEST(test_names)
{
	struct sample *sample = new_sample();
	struct trace_set set = {.rtos = NULL};
	struct trace_rtos_reader reader;

	assert_true(read_sample(&set, sample));
	trace_set_order(&set);
	assert_int_equal(trace_set_events(&set), 11);
	trace_rtos_begin(&set, &reader);
	expect(&set, &reader, 0, RTOS_EVENT_CALL, "a-long-name-here.0", "call 7, sends 0");
	expect(&set, &reader, 0, RTOS_EVENT_NAME, "a-long-name-here", "");
	expect(&set, &reader, 0, RTOS_EVENT_NAME_REST, "a-long-name-here", "");
	expect(&set, &reader, 0, RTOS_EVENT_GONE, "a-long-name-here", "");
	expect(&set, &reader, 0, RTOS_EVENT_MADE, "short", "by process 2");
	expect(&set, &reader, 0, RTOS_EVENT_NAME, "short", "");
	expect(&set, &reader, 1, RTOS_EVENT_TAKE, "short.3", "call 7, before 1");
	expect(&set, &reader, 0, RTOS_EVENT_SWITCH, "short.1", "priority 90");
	expect(&set, &reader, 0, RTOS_EVENT_MADE, "six", "by short");
	expect(&set, &reader, 0, RTOS_EVENT_NAME, "six", "");
	expect(&set, &reader, 0, RTOS_EVENT_ENDED, "six.0", "killed by short");
	assert_null(trace_rtos_next(&set, &reader));
	write_all(&set);
	trace_set_free(&set);
	free(sample);
}

/* Both have one axis of time; a frame whose counter runs otherwise isn't the same machine. */
TEST(test_beside_cores)
{
	struct sample *sample = new_sample();
	struct trace_set set = {.welcome = {.counter_hz = HZ, .cores = 1}};
	struct trace_set other = {.welcome = {.counter_hz = HZ + 1, .cores = 1}};
	const struct trace_event events[] = {{(uint64_t)TRACE_SWITCH << 56 | 500, 0},
	                                     {(uint64_t)TRACE_SWITCH << 56 | 3000, 0}};

	assert_true(trace_set_add(&set, 0, 0, events, 2));
	assert_true(read_sample(&set, sample));
	trace_set_order(&set);
	assert_int_equal(set.begin, 500);
	assert_int_equal(set.end, 2500);
	write_all(&set);
	trace_set_free(&set);
	assert_false(read_sample(&other, sample));
	trace_set_free(&other);
	free(sample);
}

/* Whatever the bytes are, with the right sum. */
TEST(test_damaged)
{
	struct sample *sample = new_sample(), *damaged = calloc(1, sizeof(*damaged));

	srand(1);
	for (uint32_t i = 0; i < 1000; i++) {
		struct trace_set set = {.rtos = NULL};

		*damaged = *sample;
		for (int j = rand() % 4; j >= 0; j--)
			damaged->bytes[(size_t)rand() % damaged->size] ^=
			    (uint8_t)(1 << rand() % 8);
		if (i % 5 == 0)
			damaged->size = (size_t)rand() % damaged->size & ~7ul;
		memset(damaged->bytes + damaged->size, 0, ROW);
		if (read_sample(&set, damaged)) {
			trace_set_order(&set);
			write_all(&set);
		}
		trace_set_free(&set);
	}
	free(damaged);
	free(sample);
}

/* Characters that were changed on the way. */
TEST(test_damaged_text)
{
	struct sample *sample = new_sample();
	char *text = new_text(sample);
	const size_t length = strlen(text);
	uint32_t good = 0;

	for (size_t i = 0; i < length; i += 3) {
		struct trace_set set = {.rtos = NULL};
		const char was = text[i];

		text[i] = was == '1' ? '2' : '1';
		good += read_text(&set, text);
		text[i] = was;
		trace_set_free(&set);
	}
	assert_true(good > 0 && good < length / 6); /* other people's lines, and prefixes */
	free(text);
	free(sample);
}
