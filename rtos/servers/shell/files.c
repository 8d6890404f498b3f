/* See commands.h. Nothing is kept between two commands, as the server may be another one by then.
 */
#include "commands.h"
#include <lib/crc32c.h>
#include <lib/string.h>
#include <rtos/console.h>
#include <rtos/fs.h>
#include <rtos/text.h>

static void files_say(const char *what)
{
	(void)console_write(what, string_length(what));
}

/* False: the call failed, and the error is printed. */
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

/* A file, and its file system. Its path there may be a part of the typed one. */
struct files_place {
	struct fs fs;
	const char *path, *typed;
};

static bool files_at(const char *path, struct files_place *place)
{
	place->path = place->typed = path;
	if (fs_open_for(&place->fs, &place->path) && place->fs.buffer)
		return true;
	files_say("the manifest gives the shell no file system\n");
	return false;
}

/* Begins a command of at least `words` words, with a file's path as its first operand. */
static bool files_begin(const struct line *line, struct files_place *place, uint32_t words,
                        const char *which)
{
	if (line->words >= words)
		return files_at(line->words > 1 ? line->word[1] : "/", place);
	files_say(which);
	return false;
}

/* ---- contents ---- */

/* Calls `take` with each piece of the file, which lies at the buffer's beginning. */
static bool files_each_piece(const struct files_place *from,
                             bool (*take)(const struct fs *fs, uint64_t offset, uint32_t count,
                                          void *context),
                             void *context)
{
	const struct fs *fs = &from->fs;
	struct fs_file file;
	uint64_t offset = 0;
	uint32_t done;

	if (!files_good(fs_find(fs, from->path, &file), from->typed))
		return false;
	do {
		if (!files_good(fs_read(fs, file.id, offset, fs->buffer_size, &done),
		                from->typed) ||
		    !take(fs, offset, done, context))
			return false;
		offset += done;
	} while (done != 0);
	return true;
}

static bool files_take_text(const struct fs *fs, uint64_t offset, uint32_t count, void *context)
{
	(void)offset;
	(void)context;
	return console_write((const char *)fs->buffer, count) == RTOS_OK;
}

void files_show(const struct line *line)
{
	struct files_place from;

	if (files_begin(line, &from, 2, "which file? 'ls' lists them\n"))
		(void)files_each_piece(&from, files_take_text, NULL);
}

static bool files_take_sum(const struct fs *fs, uint64_t offset, uint32_t count, void *context)
{
	uint32_t *sum = context;

	(void)offset;
	*sum = crc32c(*sum, fs->buffer, count);
	return true;
}

void files_sum(const struct line *line)
{
	struct text text = {.length = 0};
	struct files_place from;
	uint32_t sum = 0;

	if (!files_begin(line, &from, 2, "which file? 'ls' lists them\n") ||
	    !files_each_piece(&from, files_take_sum, &sum))
		return;
	text_hex(&text, sum);
	text_add(&text, "\n");
	(void)console_print(&text);
}

/* Opens the file with that path; makes it if there is none. */
static bool files_open(const struct files_place *place, uint64_t *id)
{
	struct fs_file file;
	enum fs_status status = fs_find(&place->fs, place->path, &file);

	if (status == FS_NOT_FOUND)
		return files_good(fs_create(&place->fs, place->path, FS_FILE, id), place->typed);
	if (status == FS_OK && file.type == FS_DIRECTORY)
		status = FS_IS_DIRECTORY;
	*id = file.id;
	return files_good(status, place->typed);
}

struct files_copied {
	struct files_place to;
	uint64_t id;
};

/* Writes a piece. If there are two file systems, it goes through the buffer of the other one. */
static bool files_take_copy(const struct fs *fs, uint64_t offset, uint32_t count, void *context)
{
	struct files_copied *copied = context;
	const struct fs *to = &copied->to.fs;
	uint32_t done = 0;

	for (uint32_t at = 0; at < count; at += done) {
		const uint32_t left = count - at;
		const uint32_t piece = left < to->buffer_size ? left : to->buffer_size;
		enum fs_status status;

		if (to->buffer != fs->buffer)
			memcpy(to->buffer, fs->buffer + at, piece);
		status = fs_write(to, copied->id, offset + at, piece, &done);
		if (!files_good(status == FS_OK && done != piece ? FS_NO_SPACE : status, "cp"))
			return false;
	}
	return true;
}

/* A file can't be copied onto itself: it would be emptied first. */
void files_copy(const struct line *line)
{
	struct files_copied copied;
	struct files_place from;
	struct fs_file file;

	if (!files_begin(line, &from, 3, "which file, and where to?\n") ||
	    !files_at(line->word[2], &copied.to) ||
	    !files_good(fs_find(&from.fs, from.path, &file), from.typed) ||
	    !files_open(&copied.to, &copied.id))
		return;
	if (copied.id == file.id && copied.to.fs.port == from.fs.port) {
		files_say("they are the same file\n");
		return;
	}
	if (files_good(fs_resize(&copied.to.fs, copied.id, 0), copied.to.typed))
		(void)files_each_piece(&from, files_take_copy, &copied);
}

/* Adds the words behind the file's path, and an end of line, at the file's end. */
void files_write(const struct line *line)
{
	uint32_t length = 0, done;
	struct files_place place;
	uint64_t id, where;

	if (!files_begin(line, &place, 3, "which file, and what?\n") || !files_open(&place, &id))
		return;
	for (uint32_t i = 2; i < line->words; i++) {
		memcpy(place.fs.buffer + length, line->word[i], string_length(line->word[i]));
		length += (uint32_t)string_length(line->word[i]);
		place.fs.buffer[length++] = i + 1 < line->words ? ' ' : '\n';
	}
	(void)files_good(fs_append(&place.fs, id, length, &done, &where), place.typed);
}

/* ---- names ---- */

static void files_list_one(const struct fs *fs, uint64_t directory, const char name[FS_NAME])
{
	uint64_t word[RTOS_WORDS] = {FS_CALL(FS_LOOKUP, directory)};
	struct text text = {.length = 0};

	memcpy(&word[2], name, FS_NAME);
	if (fs_call(fs, word) != FS_OK)
		return; /* the file is gone meanwhile */
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
	enum fs_status status = FS_OK;
	struct files_place place;
	struct fs_file file;
	char name[FS_NAME];
	uint64_t next = 0;

	if (!files_begin(line, &place, 1, "") ||
	    !files_good(fs_find(&place.fs, place.path, &file), place.typed))
		return;
	while ((status = fs_list(&place.fs, file.id, &next, name)) == FS_OK)
		files_list_one(&place.fs, file.id, name);
	if (status != FS_NOT_FOUND)
		(void)files_good(status, place.typed);
}

void files_move(const struct line *line)
{
	struct files_place from, to;

	if (!files_begin(line, &from, 3, "which file, and what is its new name?\n") ||
	    !files_at(line->word[2], &to))
		return;
	if (to.fs.port != from.fs.port)
		files_say("that is another file system; 'cp' copies\n");
	else
		(void)files_good(fs_rename(&from.fs, from.path, to.path), from.typed);
}

void files_remove(const struct line *line)
{
	struct files_place place;

	if (files_begin(line, &place, 2, "which file, or empty directory?\n"))
		(void)files_good(fs_remove(&place.fs, place.path), place.typed);
}

void files_make_directory(const struct line *line)
{
	struct files_place place;
	uint64_t id;

	if (files_begin(line, &place, 2, "what is its name?\n"))
		(void)files_good(fs_create(&place.fs, place.path, FS_DIRECTORY, &id), place.typed);
}

void files_usage(const struct line *line)
{
	uint64_t word[RTOS_WORDS] = {FS_CALL(FS_USAGE, FS_ROOT)};
	struct text text = {.length = 0};
	struct files_place place;

	if (!files_begin(line, &place, 1, "") || !files_good(fs_call(&place.fs, word), "df"))
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

void files_sync(const struct line *line)
{
	struct files_place place;

	if (files_at(line->words > 1 ? line->word[1] : "/disk", &place))
		(void)files_good(fs_sync(&place.fs), place.typed);
}
