/*
 * The calls that the loader takes: a path and arguments with ends, and no more arguments than fit.
 *
 * Shows: rtos.probe.
 */
#include <kumiki/rtos/manifest.h>
#include <servers/loader/request.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

static struct request request;

/*
 * Takes the arguments in a copy of their exact size, so that the sanitizers see a read behind it.
 */
static bool take(uint64_t operation, const char *path, const char *arguments, uint32_t bytes)
{
	uint64_t word[RTOS_WORDS] = {operation, LOADER_WHAT(3, bytes)};
	char *copy = malloc(bytes != 0 ? bytes : 1);
	bool taken;

	assert_non_null(copy);
	if (arguments)
		memcpy(copy, arguments, bytes);
	memcpy(&word[2], path, strnlen(path, LOADER_PATH));
	taken = request_take(&request, word, arguments ? copy : NULL);
	free(copy);
	return taken;
}

TEST(test_requests)
{
	assert_true(take(LOADER_RUN, "/boot/bin/banner", "a\0bc", 5));
	assert_string_equal(request.path, "/boot/bin/banner");
	assert_int_equal(request.slot, 3);
	assert_int_equal(request.count, 2);
	assert_memory_equal(request.arguments, "a\0bc", 5);
	assert_false(request.lays);
	assert_true(take(LOADER_LAY, "/boot/provider", NULL, 0));
	assert_true(request.lays);
	assert_int_equal(request.count, 0);
}

TEST(test_wrong_forms)
{
	char many[LOADER_ARGUMENTS + 1] = "", path[LOADER_PATH + 1] = "";

	memset(path, '/', LOADER_PATH);
	assert_false(take(LOADER_RUN, path, NULL, 0));
	path[LOADER_PATH - 1] = '\0';
	assert_true(take(LOADER_RUN, path, NULL, 0));
	assert_false(take(0, path, NULL, 0));
	assert_false(take(LOADER_LAY + 1, path, NULL, 0));
	assert_false(take(LOADER_RUN, path, NULL, 1)); /* nothing was lent */
	assert_false(take(LOADER_RUN, path, "ab", 2));
	assert_true(take(LOADER_RUN, path, many, RTOS_ARGUMENTS_MAX));
	assert_false(take(LOADER_RUN, path, many, RTOS_ARGUMENTS_MAX + 1));
	memset(many, 'a', LOADER_ARGUMENTS - 1);
	assert_true(take(LOADER_RUN, path, many, LOADER_ARGUMENTS));
	assert_false(take(LOADER_RUN, path, many, LOADER_ARGUMENTS + 1));
}

/* The answer is the same after any earlier calls. */
TEST(test_known_answer)
{
	assert_true(request_is_right(&request));
	memset(&request, 0xff, sizeof(request));
	assert_true(request_is_right(&request));
}
