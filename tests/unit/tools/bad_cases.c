/*
 * Reads tables of bad cases, and tries each case. A case is loaded as FOLDER/NAME.dts, a file that
 * isn't there: its text comes from the table, all other files are real ones.
 */
#include "bad_cases.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

struct bad_case {
	const char *folder;
	char path[256];
	char *text, *words; /* as in the table; the words without their marks */
};

static int bad_read(void *context, struct arena *arena, const char *path, size_t limit, char **data,
                    size_t *size)
{
	const struct bad_case *one = context;

	if (strcmp(path, one->path) != 0)
		return file_access_system.read(NULL, arena, path, limit, data, size);
	*size = strlen(one->text);
	*data = arena_copy(arena, one->text, *size);
	return 0;
}

static int bad_peek(void *context, const char *path, void *head, size_t head_size, uint64_t *size)
{
	const struct bad_case *one = context;

	if (strcmp(path, one->path) != 0)
		return file_access_system.peek(NULL, path, head, head_size, size);
	*size = strlen(one->text);
	memset(head, 0, head_size);
	memcpy(head, one->text, *size < head_size ? (size_t)*size : head_size);
	return 0;
}

static const char *bad_behind(const char *line, const char *start)
{
	const size_t length = strlen(start);

	return strncmp(line, start, length) != 0 ? line : line + length;
}

/* The complaints as a table has them: the case's own place has no name, its neighbours' no folder.
 */
static char *bad_in_short(const struct bad_case *one, char *said)
{
	char *text = NULL, *rest = said, *line;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	while ((line = strsep(&rest, "\n")) && (rest || *line)) {
		const char *shorter = bad_behind(line, one->path);

		fprintf(out, "%s\n", shorter == line ? bad_behind(line, one->folder) : shorter + 1);
	}
	assert_int_equal(fclose(out), 0);
	return text;
}

/* What is said of the case; NULL if nothing is wrong with it. */
static char *bad_said(struct bad_case *one, bad_load *load)
{
	static const char *const dirs[] = {"frame/board/qemu-virt"};
	const struct file_access access = {one, bad_read, bad_peek};
	const struct model_options options = {
	    .include_dirs = dirs, .include_dir_count = 1, .access = &access};
	char *said = NULL, *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&said, &size);
	const bool refused = load(one->path, &options, out);

	assert_int_equal(fclose(out), 0);
	if (refused || size != 0)
		text = bad_in_short(one, said);
	free(said);
	return text;
}

/* True: the words are those of the table. Otherwise they are printed as a table wants them. */
static bool bad_try(struct bad_case *one, bad_load *load)
{
	char *said = bad_said(one, load);
	const bool equal = said && !strcmp(said, one->words);
	char *rest = said, *line;

	if (!equal)
		print_error("%s: %s\n", one->path,
		            said ? "these are its words:" : "nothing is said");
	while (!equal && (line = strsep(&rest, "\n")) && (rest || *line))
		print_error("> %s\n", line);
	free(said);
	return equal;
}

/* Tries the cases of a table, which is changed. Returns how many differ. */
static size_t bad_table(struct bad_case *one, char *table, bad_load *load, size_t *count)
{
	size_t different = 0, text_size, words_size;
	char *rest = table, *line = strsep(&rest, "\n");

	while (line && strncmp(line, "== ", 3) != 0)
		line = strsep(&rest, "\n");
	while (line) {
		FILE *text = open_memstream(&one->text, &text_size);
		FILE *words = open_memstream(&one->words, &words_size);

		(void)snprintf(one->path, sizeof(one->path), "%s%s.dts", one->folder, line + 3);
		while ((line = strsep(&rest, "\n")) && strncmp(line, "== ", 3) != 0)
			fprintf(strncmp(line, "> ", 2) != 0 ? text : words, "%s\n",
			        bad_behind(line, "> "));
		assert_int_equal(fclose(text) | fclose(words), 0);
		different += !bad_try(one, load);
		++*count;
		free(one->text);
		free(one->words);
	}
	return different;
}

void bad_cases_check(const char *folder, size_t least, bad_load *load)
{
	char pattern[256], *table;
	struct bad_case one = {.folder = folder};
	struct arena arena = {0};
	size_t different = 0, count = 0, size;
	glob_t found;

	(void)snprintf(pattern, sizeof(pattern), "%s*.cases", folder);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		assert_int_equal(file_access_system.read(NULL, &arena, found.gl_pathv[i], 1 << 20,
		                                         &table, &size),
		                 0);
		different += bad_table(&one, table, load, &count);
	}
	globfree(&found);
	arena_free(&arena);
	assert_true(count >= least);
	assert_int_equal(different, 0);
}
