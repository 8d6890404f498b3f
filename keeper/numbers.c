/* The keys' last numbers: see numbers.h. The file is replaced as a whole. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <keeper/numbers.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct numbers_row *numbers_find(struct numbers *numbers, const char *key)
{
	for (size_t i = 0; i < numbers->count; i++)
		if (strcmp(numbers->rows[i].key, key) == 0)
			return &numbers->rows[i];
	return NULL;
}

/* The key's row, which may be a new one. NULL: there is no room. */
static struct numbers_row *numbers_row(struct numbers *numbers, const char *key)
{
	struct numbers_row *row = numbers_find(numbers, key);

	if (row != NULL || numbers->count == NUMBERS_MAX)
		return row;
	row = &numbers->rows[numbers->count++];
	snprintf(row->key, sizeof(row->key), "%s", key);
	row->last = 0;
	return row;
}

uint64_t numbers_last(const struct numbers *numbers, const char *key)
{
	for (size_t i = 0; i < numbers->count; i++)
		if (strcmp(numbers->rows[i].key, key) == 0)
			return numbers->rows[i].last;
	return 0;
}

/* ---- the file ---- */

static bool numbers_line(struct numbers *numbers, const char *line)
{
	char key[COMMAND_KEY_SIZE], more;
	struct numbers_row *row;
	uint64_t last;

	if (sscanf(line, "%44s %" SCNu64 "%c", key, &last, &more) != 3 || more != '\n')
		return false;
	row = numbers_row(numbers, key);
	if (row == NULL || row->last != 0)
		return false;
	row->last = last;
	return true;
}

static bool numbers_read(struct numbers *numbers, FILE *file)
{
	bool good = true;
	char line[128];

	while (good && fgets(line, sizeof(line), file) != NULL)
		good = numbers_line(numbers, line);
	return good && !ferror(file);
}

bool numbers_open(struct numbers *numbers, const char *folder, FILE *complaints)
{
	FILE *file;
	bool good;

	memset(numbers, 0, sizeof(*numbers));
	numbers->folder = strdup(folder);
	if (numbers->folder == NULL || asprintf(&numbers->path, "%s/" NUMBERS_FILE, folder) < 0)
		return false;
	file = fopen(numbers->path, "re");
	good = file != NULL ? numbers_read(numbers, file) : errno == ENOENT;
	if (!good)
		fprintf(complaints,
		        "%s: error: the last numbers of the keys can't be read from it; remove it "
		        "ten minutes after the last command was signed\n",
		        numbers->path);
	if (file != NULL)
		(void)fclose(file);
	return good;
}

void numbers_close(struct numbers *numbers)
{
	free(numbers->path);
	free(numbers->folder);
	memset(numbers, 0, sizeof(*numbers));
}

static bool numbers_fill(const struct numbers *numbers, FILE *file)
{
	for (size_t i = 0; i < numbers->count; i++)
		fprintf(file, "%s %" PRIu64 "\n", numbers->rows[i].key, numbers->rows[i].last);
	return fflush(file) == 0 && !ferror(file) && fsync(fileno(file)) == 0;
}

/* The new name is on the disk, too. */
static bool numbers_sync(const struct numbers *numbers)
{
	const int folder = open(numbers->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const bool good = folder >= 0 && fsync(folder) == 0;

	if (folder >= 0)
		(void)close(folder);
	return good;
}

static bool numbers_write(const struct numbers *numbers)
{
	char *temporary = NULL;
	FILE *file;
	bool good = false;

	if (asprintf(&temporary, "%s.new", numbers->path) < 0)
		return false;
	file = fopen(temporary, "we");
	if (file != NULL) {
		good = numbers_fill(numbers, file);
		good = fclose(file) == 0 && good && rename(temporary, numbers->path) == 0 &&
		       numbers_sync(numbers);
	}
	free(temporary);
	return good;
}

bool numbers_set(struct numbers *numbers, const char *key, uint64_t number)
{
	struct numbers_row *row = numbers_row(numbers, key);
	uint64_t old;

	if (row == NULL)
		return false;
	old = row->last;
	row->last = number;
	if (numbers_write(numbers))
		return true;
	row->last = old;
	return false;
}
