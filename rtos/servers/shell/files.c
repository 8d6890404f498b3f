/* See files.h. Nothing is kept between two commands: the server may be another one. */
#include "files.h"
#include <lib/crc32c.h>
#include <lib/string.h>
#include <rtos/console.h>
#include <rtos/fs.h>
#include <rtos/text.h>

static void files_say(const char *what)
{
	(void)console_write(what, string_length(what));
}

/* Also says what went wrong. */
static bool files_good(enum fs_status status, const char *path)
{
	struct text text = {.length = 0};

	if (status == FS_OK)
		return true;
	text_add(&text, path);
	text_add(&text, ": ");
	text_add(&text, fs_status_text(status));
	text_add(&text, "\n");
	(void)console_print(&text);
	return false;
}

/* The file system, and so many words with the command. */
static bool files_begin(const struct line *line, struct fs *fs, uint32_t words, const char *which)
{
	if (!fs_open(fs, "fs") || !fs->buffer) {
		files_say("the manifest gives the shell no file system\n");
		return false;
	}
	if (line->words >= words)
		return true;
	files_say(which);
	return false;
}

/* ---- contents ---- */

/* Calls `take` with all pieces of the file, which lie at the buffer's beginning. */
static bool files_each_piece(const struct fs *fs, const char *path,
                             bool (*take)(const struct fs *fs, uint32_t offset, uint32_t count,
                                          void *context),
                             void *context)
{
	struct fs_file file;
	uint32_t offset = 0, done;

	if (!files_good(fs_find(fs, path, &file), path))
		return false;
	do {
		if (!files_good(fs_read(fs, file.id, offset, fs->buffer_size, &done), path) ||
		    !take(fs, offset, done, context))
			return false;
		offset += done;
	} while (done != 0);
	return true;
}

static bool files_take_text(const struct fs *fs, uint32_t offset, uint32_t count, void *context)
{
	(void)offset;
	(void)context;
	return console_write((const char *)fs->buffer, count) == RTOS_OK;
}

void files_show(const struct line *line)
{
	struct fs fs;

	if (files_begin(line, &fs, 2, "which file? 'ls' lists them\n"))
		(void)files_each_piece(&fs, line->word[1], files_take_text, NULL);
}

static bool files_take_sum(const struct fs *fs, uint32_t offset, uint32_t count, void *context)
{
	uint32_t *sum = context;

	(void)offset;
	*sum = crc32c(*sum, fs->buffer, count);
	return true;
}

void files_sum(const struct line *line)
{
	struct text text = {.length = 0};
	struct fs fs;
	uint32_t sum = 0;

	if (!files_begin(line, &fs, 2, "which file? 'ls' lists them\n") ||
	    !files_each_piece(&fs, line->word[1], files_take_sum, &sum))
		return;
	text_hex(&text, sum);
	text_add(&text, "\n");
	(void)console_print(&text);
}

/* The file with that path, made if there is none. */
static bool files_open(const struct fs *fs, const char *path, uint64_t *id)
{
	struct fs_file file;
	enum fs_status status = fs_find(fs, path, &file);

	if (status == FS_NOT_FOUND)
		return files_good(fs_create(fs, path, FS_FILE, id), path);
	if (status == FS_OK && file.type == FS_DIRECTORY)
		status = FS_IS_DIRECTORY;
	*id = file.id;
	return files_good(status, path);
}

/* What was read lies where it is written from. */
static bool files_take_copy(const struct fs *fs, uint32_t offset, uint32_t count, void *context)
{
	const uint64_t *to = context;
	uint32_t done = 0;
	const enum fs_status status = count == 0 ? FS_OK : fs_write(fs, *to, offset, count, &done);

	return files_good(status == FS_OK && done != count ? FS_NO_SPACE : status, "cp");
}

/* A file onto itself would be emptied first. */
void files_copy(const struct line *line)
{
	struct fs_file from;
	struct fs fs;
	uint64_t to;

	if (!files_begin(line, &fs, 3, "which file, and where to?\n") ||
	    !files_good(fs_find(&fs, line->word[1], &from), line->word[1]) ||
	    !files_open(&fs, line->word[2], &to))
		return;
	if (to == from.id) {
		files_say("they are the same file\n");
		return;
	}
	if (files_good(fs_resize(&fs, to, 0), line->word[2]))
		(void)files_each_piece(&fs, line->word[1], files_take_copy, &to);
}

/* The words behind the file's, and an end of line, at its end. */
void files_write(const struct line *line)
{
	uint32_t length = 0, done, where;
	struct fs fs;
	uint64_t id;

	if (!files_begin(line, &fs, 3, "which file, and what?\n") ||
	    !files_open(&fs, line->word[1], &id))
		return;
	for (uint32_t i = 2; i < line->words; i++) {
		memcpy(fs.buffer + length, line->word[i], string_length(line->word[i]));
		length += (uint32_t)string_length(line->word[i]);
		fs.buffer[length++] = i + 1 < line->words ? ' ' : '\n';
	}
	(void)files_good(fs_append(&fs, id, length, &done, &where), line->word[1]);
}

/* ---- names ---- */

static void files_list_one(const struct fs *fs, uint64_t directory, const char name[FS_NAME])
{
	uint64_t word[RTOS_WORDS] = {FS_CALL(FS_LOOKUP, directory)};
	struct text text = {.length = 0};

	memcpy(&word[2], name, FS_NAME);
	if (fs_call(fs, word) != FS_OK)
		return; /* it went meanwhile */
	text_add(&text, name);
	if (word[1] == FS_DIRECTORY) {
		text_add(&text, "/");
	} else {
		text_add(&text, "  ");
		text_number(&text, word[2]);
	}
	text_add(&text, "\n");
	(void)console_print(&text);
}

void files_list(const struct line *line)
{
	const char *path = line->words > 1 ? line->word[1] : "/";
	enum fs_status status = FS_OK;
	struct fs_file file;
	char name[FS_NAME];
	uint64_t next = 0;
	struct fs fs;

	if (!files_begin(line, &fs, 1, "") || !files_good(fs_find(&fs, path, &file), path))
		return;
	while ((status = fs_list(&fs, file.id, &next, name)) == FS_OK)
		files_list_one(&fs, file.id, name);
	if (status != FS_NOT_FOUND)
		(void)files_good(status, path);
}

void files_move(const struct line *line)
{
	struct fs fs;

	if (files_begin(line, &fs, 3, "which file, and what is its new name?\n"))
		(void)files_good(fs_rename(&fs, line->word[1], line->word[2]), line->word[1]);
}

void files_remove(const struct line *line)
{
	struct fs fs;

	if (files_begin(line, &fs, 2, "which file, or empty directory?\n"))
		(void)files_good(fs_remove(&fs, line->word[1]), line->word[1]);
}

void files_make_directory(const struct line *line)
{
	struct fs fs;
	uint64_t id;

	if (files_begin(line, &fs, 2, "what is its name?\n"))
		(void)files_good(fs_create(&fs, line->word[1], FS_DIRECTORY, &id), line->word[1]);
}

void files_usage(const struct line *line)
{
	uint64_t word[RTOS_WORDS] = {FS_CALL(FS_USAGE, FS_ROOT)};
	struct text text = {.length = 0};
	struct fs fs;

	if (!files_begin(line, &fs, 1, "") || !files_good(fs_call(&fs, word), "df"))
		return;
	text_number(&text, word[2] * (RTOS_PAGE_SIZE / 1024));
	text_add(&text, " KiB of ");
	text_number(&text, word[1] * (RTOS_PAGE_SIZE / 1024));
	text_add(&text, " KiB are free, and ");
	text_number(&text, word[4]);
	text_add(&text, " of ");
	text_number(&text, word[3]);
	text_add(&text, " inodes\n");
	(void)console_print(&text);
}
