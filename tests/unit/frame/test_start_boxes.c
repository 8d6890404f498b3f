/*
 * Black boxes at the machine's start: they keep parts of a former start, and the rest begins anew.
 *
 * Shows: frame.resets.
 */
#include <frame/hardware.h>
#include <kumiki/blackbox.h>
#include <start/start.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define CONSOLE (BLACKBOX_FORMER_SIZE - BLACKBOX_WORDS_SIZE) /* its part of the kept memory */

static union {
	struct blackbox box;
	uint8_t bytes[BUNDLE_BLACKBOX_MEMORY];
} * memory;

uint64_t start_take_as_it_is(uint64_t size)
{
	assert_int_equal(size, sizeof(*memory));
	return (uint64_t)(uintptr_t)memory;
}

uint64_t start_take(uint64_t size)
{
	memset(memory, 0, sizeof(*memory));
	return start_take_as_it_is(size);
}

/* As the start takes the box of a single partition. */
static void take(uint16_t flags)
{
	const struct {
		struct bundle_header header;
		struct bundle_partition partition;
	} bundle = {{.flags = flags, .partitions = {sizeof(struct bundle_header), 1}},
	            {.name = "owner"}};
	struct start_plan plan = {.bundle = &bundle.header};

	start_plan_boxes(&plan);
	assert_ptr_equal((void *)(uintptr_t)plan.boxes, memory);
}

static void setup(void)
{
	memory = aligned_alloc(PAGE_SIZE, sizeof(*memory));
	assert_non_null(memory);
	memset(memory, 0xa5, sizeof(*memory));
	memory->box.magic = BLACKBOX_MAGIC;
	memory->box.revision = BLACKBOX_REVISION;
	memory->box.size = sizeof(memory->box);
	memory->box.printed = 0;
	memory->box.words_size = 0;
	memset(memory->box.name, 0, sizeof(memory->box.name));
	strcpy(memory->box.name, "owner");
}

static void teardown(void)
{
	free(memory);
}

const struct unit_fixture unit_each = {setup, teardown};

static void print_all(const char *text)
{
	for (; *text; text++)
		memory->box.console[memory->box.printed++ % BLACKBOX_CONSOLE_SIZE] = (uint8_t)*text;
}

static void crash_with(const char *words)
{
	memory->box.words_size = (uint32_t)strlen(words);
	memcpy(memory->box.words, words, strlen(words));
}

/* The box begins anew, but for its kept part. */
static void keeps(const char *text, size_t size, size_t words)
{
	const size_t from = offsetof(struct blackbox, former);

	take(BUNDLE_RESETS);
	assert_int_equal(memory->box.former_size, size - words);
	assert_int_equal(memory->box.former_words, words);
	assert_memory_equal(memory->box.former, text, size);
	memory->box.former_size = memory->box.former_words = 0;
	for (size_t i = 0; i < sizeof(*memory); i++)
		assert_true(memory->bytes[i] == 0 || (i >= from && i < from + size));
}

TEST(console_and_crash_are_kept)
{
	print_all("one\ntwo\n");
	crash_with("it stopped\n");
	keeps("one\ntwo\nit stopped\n", 19, 11);
}

TEST(a_console_alone_is_kept)
{
	print_all("x");
	keeps("x", 1, 0);
}

TEST(the_end_of_a_long_console_is_kept)
{
	char text[CONSOLE];

	for (uint32_t i = 0; i < BLACKBOX_CONSOLE_SIZE + 100; i++)
		print_all((const char[]){(char)('a' + i % 23), 0});
	for (uint32_t i = 0; i < CONSOLE; i++)
		text[i] = (char)('a' + (BLACKBOX_CONSOLE_SIZE + 100 - CONSOLE + i) % 23);
	keeps(text, CONSOLE, 0);
}

TEST(all_of_it_has_room)
{
	static char text[BLACKBOX_FORMER_SIZE];

	memset(text, 'p', sizeof(text));
	for (uint32_t i = 0; i < 10000; i++)
		print_all("p");
	memory->box.words_size = BLACKBOX_WORDS_SIZE;
	memset(memory->box.words, 'p', BLACKBOX_WORDS_SIZE);
	keeps(text, sizeof(text), BLACKBOX_WORDS_SIZE);
}

/* Parts that the former start itself had kept are gone. */
TEST(only_the_last_reset_counts)
{
	print_all("older");
	take(BUNDLE_RESETS);
	memory->box.magic = BLACKBOX_MAGIC;
	memory->box.revision = BLACKBOX_REVISION;
	memory->box.size = sizeof(memory->box);
	strcpy(memory->box.name, "owner");
	print_all("new");
	keeps("new", 3, 0);
}

TEST(what_is_no_box_is_not_kept)
{
	static const size_t fields[] = {
	    offsetof(struct blackbox, magic), offsetof(struct blackbox, revision),
	    offsetof(struct blackbox, size), offsetof(struct blackbox, name)}; /* another's */

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		print_all("text");
		memory->bytes[fields[i]] ^= 1;
		keeps("", 0, 0);
		teardown();
		setup();
	}
	memory->box.words_size = BLACKBOX_WORDS_SIZE + 1;
	keeps("", 0, 0);
}

TEST(without_the_property_nothing_is_kept)
{
	print_all("text");
	take(0);
	for (size_t i = 0; i < sizeof(*memory); i++)
		assert_int_equal(memory->bytes[i], 0);
}
