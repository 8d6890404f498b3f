/* The start page: the facts that a program is told. Facts without room aren't told. */
#include <kumiki/rtos/call.h>
#include <servers/supervisor/page.h>
#include <stdint.h>
#include <string.h>
#include <unit.h>
#include <unit/lib/sample_rtosimage.h>

#define SHELL 3 /* in the sample: it has the arguments "-v" and "-x" */

static struct sample_rtosimage sample;
static struct page page;

static void begin(void)
{
	sample_rtosimage_make(&sample);
	sample.manifest.programs[SHELL].heartbeat_ms = 50;
	sample.manifest.programs[SHELL].priority_limit = 120;
	sample.manifest.programs[SHELL].cpu = 3;
	sample.programs[SHELL].flags = RTOS_THREAD_FP;
	page_begin(&page, &sample.header, &sample.manifest.header, SHELL);
}

const struct unit_fixture unit_each = {begin, NULL};

TEST(test_a_programs_identity)
{
	assert_int_equal(page.start.magic, RTOS_PROGRAM_MAGIC);
	assert_int_equal(page.start.number, SHELL);
	assert_string_equal(page.start.name, "shell");
	assert_int_equal(page.start.heartbeat_ms, 50);
	assert_int_equal(page.start.priority_limit, 120);
	assert_int_equal(page.start.priority, sample.programs[SHELL].priority);
	assert_int_equal(page.start.cpu, 3);
	assert_int_equal(page.start.thread_flags, RTOS_THREAD_FP);
	assert_int_equal(page.start.given_count, 0);
}

TEST(test_a_programs_things)
{
	const struct rtos_given *given = page.start.given;

	assert_true(page_give(&page, RTOS_GIVEN_USE, "disk", 7, 0, 0));
	assert_true(page_give(&page, RTOS_GIVEN_WINDOW, "frames", 0, 0x40000000, 0x10000));
	assert_int_equal(page.start.given_count, 2);
	assert_int_equal(given[0].kind, RTOS_GIVEN_USE);
	assert_string_equal(given[0].name, "disk");
	assert_int_equal(given[0].handle, 7);
	assert_int_equal(given[1].address, 0x40000000);
	assert_int_equal(given[1].size, 0x10000);
}

/* No fact about the former program is left. */
TEST(test_the_next_program)
{
	static struct page fresh;

	for (int given = 0; given < RTOS_GIVEN_MAX; given++)
		assert_true(page_give(&page, RTOS_GIVEN_USE, "disk", 7, UINT64_MAX, UINT64_MAX));
	begin();
	memset(&fresh, 0, sizeof(fresh));
	page_begin(&fresh, &sample.header, &sample.manifest.header, SHELL);
	assert_memory_equal(&page, &fresh, sizeof(page));
	assert_true(page_arguments(&page, &sample.manifest.header, SHELL));
	begin();
	assert_memory_equal(&page, &fresh, sizeof(page));
}

TEST(test_things_without_room)
{
	assert_false(page_give(&page, RTOS_GIVEN_USE, "a-name-of-24-characters-", 1, 0, 0));
	assert_int_equal(page.start.given_count, 0);
	for (uint32_t i = 0; i < RTOS_GIVEN_MAX; i++)
		assert_true(page_give(&page, RTOS_GIVEN_USE, "a-name-of-23-characters", i, 0, 0));
	assert_false(page_give(&page, RTOS_GIVEN_USE, "x", 1, 0, 0));
	assert_int_equal(page.start.given_count, RTOS_GIVEN_MAX);
	assert_int_equal(page.start.given[RTOS_GIVEN_MAX - 1].handle, RTOS_GIVEN_MAX - 1);
}

TEST(test_arguments)
{
	assert_true(page_arguments(&page, &sample.manifest.header, SHELL));
	assert_int_equal(page.start.argument_count, 2);
	assert_memory_equal(page.bytes + page.start.arguments, "-v\0-x", 6);
	page_begin(&page, &sample.header, &sample.manifest.header, 2);
	assert_true(page_arguments(&page, &sample.manifest.header, 2));
	assert_int_equal(page.start.argument_count, 0);
}

/* The longest arguments that fit, and one character more. */
TEST(test_long_arguments)
{
	static struct {
		struct rtos_manifest header;
		struct rtos_manifest_program program;
		char strings[RTOS_ARGUMENTS_SIZE + 8];
	} manifest;
	const size_t size = RTOS_ARGUMENTS_SIZE;

	manifest.header.programs.offset = sizeof(manifest.header);
	manifest.header.strings.offset = offsetof(__typeof__(manifest), strings);
	manifest.program.argument_count = 1;
	memset(manifest.strings, 'x', size - 1);
	assert_true(page_arguments(&page, &manifest.header, 0));
	assert_int_equal(page.bytes[sizeof(page.bytes) - 2], 'x');
	assert_int_equal(page.bytes[sizeof(page.bytes) - 1], 0);
	manifest.strings[size - 1] = 'x';
	assert_false(page_arguments(&page, &manifest.header, 0));
}
