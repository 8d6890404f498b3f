/*
 * Bad descriptions: each tests/descriptions/bad/NAME.dts is refused with exactly the words of
 * NAME.expected. Runs from the top of the checkout, as the messages name their files.
 */
#include <dirent.h>
#include <host/model.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define BAD_FOLDER "tests/descriptions/bad"
#define BAD_LEAST  40 /* fewer: they weren't found */

static const char *const bad_dirs[] = {"frame/board/qemu-virt"};
static const struct model_options bad_options = {.include_dirs = bad_dirs, .include_dir_count = 1};

static int bad_is_description(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return length > 4 && !strcmp(entry->d_name + length - 4, ".dts");
}

static char *bad_read(const char *path)
{
	struct arena arena = {0};
	char *data = NULL, *copy = NULL;
	size_t size = 0;

	if (!file_access_system.read(NULL, &arena, path, 1 << 20, &data, &size))
		copy = strdup(data);
	arena_free(&arena);
	return copy;
}

/* What the check says; NULL if it finds nothing wrong. */
static char *bad_complaints(const char *path)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct model *model = model_load(path, &bad_options, out);

	assert_int_equal(fclose(out), 0);
	if (!model)
		return text;
	model_free(model);
	free(text);
	return NULL;
}

/* True if the message is the expected one; says the difference otherwise. */
static bool bad_as_expected(const char *name)
{
	char path[512], answer[512];
	char *said, *expected;
	bool equal;

	(void)snprintf(path, sizeof(path), BAD_FOLDER "/%s", name);
	(void)snprintf(answer, sizeof(answer), "%.*s.expected", (int)strlen(path) - 4, path);
	said = bad_complaints(path);
	expected = bad_read(answer);
	equal = said && expected && !strcmp(said, expected);
	if (!equal)
		print_error("%s\nexpected:\n%s\nbut was:\n%s\n", path,
		            expected ? expected : "(no such file)",
		            said ? said : "(nothing wrong)");
	free(said);
	free(expected);
	return equal;
}

/* Shows: time.check-refuses, start.check-words. */
TEST(test_every_bad_description)
{
	struct dirent **entries;
	int count = scandir(BAD_FOLDER, &entries, bad_is_description, alphasort);
	int different = 0;

	assert_true(count >= BAD_LEAST);
	for (int i = 0; i < count; i++) {
		different += !bad_as_expected(entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	assert_int_equal(different, 0);
}

TEST(test_description_that_is_not_there)
{
	char *said = bad_complaints("tests/descriptions/nowhere.dts");

	assert_string_equal(
	    said, "kumiki: error: can't read 'tests/descriptions/nowhere.dts': No such file "
	          "or directory; check its name and its permissions\n");
	free(said);
}
