/* See files.h. */
#include "files.h"
#include <dirent.h>
#include <errno.h>
#include <host/files.h>
#include <host/tame.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILES_PATH 4096

/* ---- paths ---- */

/* A walk has one path. Each level adds a name to it, and removes this name again. False: the path
 * would be too long. */
static bool files_add(char path[FILES_PATH], const char *name)
{
	const size_t length = strlen(path), room = FILES_PATH - length;

	if (snprintf(path + length, room, "/%s", name) < (int)room)
		return true;
	path[length] = '\0';
	return false;
}

/* Puts the next name of a path into words 2 to 7. False: there is none, or it is too long. */
static bool files_name(const char **path, uint64_t word[8])
{
	const char *at = *path + strspn(*path, "/");
	const size_t length = strcspn(at, "/");

	*path = at + length;
	memset(&word[2], 0, FS_NAME);
	if (length == 0 || length >= FS_NAME)
		return false;
	memcpy(&word[2], at, length);
	return true;
}

static bool files_ends(const char *path)
{
	return path[strspn(path, "/")] == '\0';
}

/* Goes on by one name. With `make`, makes what isn't there: a directory, or at the path's end a
 * file. */
static enum fs_status files_enter(struct image *image, const uint64_t name[8], const char *rest,
                                  bool make, struct files_found *found)
{
	uint64_t word[8] = {FS_CALL(FS_LOOKUP, found->id)};
	enum fs_status status;

	memcpy(&word[2], &name[2], FS_NAME);
	status = image_call(image, word);
	if (status == FS_NOT_FOUND && make) {
		found->type = files_ends(rest) ? FS_FILE : FS_DIRECTORY;
		word[0] = FS_CALL(FS_CREATE, found->id);
		word[1] = found->type;
		memcpy(&word[2], &name[2], FS_NAME);
		status = image_call(image, word);
		found->id = word[1];
		found->size = 0;
	} else if (status == FS_OK) {
		*found = (struct files_found){word[4], word[2], (enum fs_type)word[1]};
	}
	return status;
}

static bool files_follow(struct image *image, const char *path, bool make,
                         struct files_found *found)
{
	const char *rest = path;
	uint64_t word[8];

	*found = (struct files_found){.id = FS_ROOT, .type = FS_DIRECTORY};
	while (!files_ends(rest)) {
		enum fs_status status =
		    files_name(&rest, word) ? files_enter(image, word, rest, make, found) : FS_BAD;

		if (status != FS_OK)
			return image_fail(image, path, image_status(status));
	}
	return true;
}

bool files_find(struct image *image, const char *path, struct files_found *found)
{
	return files_follow(image, path, false, found);
}

/* ---- listing ---- */

struct files_walk {
	struct image *image;
	FILE *out;
	char path[FILES_PATH];
};

static void files_list_line(FILE *out, uint64_t size, const char *path)
{
	fprintf(out, "%12" PRIu64 "  ", size);
	tame_print(path, out);
	putc('\n', out);
}

static bool files_list_below(struct files_walk *walk, uint64_t directory);

/* Lists one name, which is in words 2 to 7 and at the end of the path. */
static bool files_list_one(struct files_walk *walk, uint64_t directory, const uint64_t name[8])
{
	uint64_t word[8] = {FS_CALL(FS_LOOKUP, directory)};
	enum fs_status status;

	memcpy(&word[2], &name[2], FS_NAME);
	status = image_call(walk->image, word);
	if (status != FS_OK)
		return image_fail(walk->image, walk->path, image_status(status));
	if (word[1] != FS_DIRECTORY) {
		files_list_line(walk->out, word[2], walk->path);
		return true;
	}
	fprintf(walk->out, "%12s  ", "");
	tame_print(walk->path, walk->out);
	fputs("/\n", walk->out);
	return files_list_below(walk, word[4]);
}

static bool files_list_name(struct files_walk *walk, uint64_t directory, const uint64_t name[8])
{
	const size_t length = strlen(walk->path);
	char text[FS_NAME];
	bool good;

	memcpy(text, &name[2], FS_NAME);
	text[FS_NAME - 1] = '\0';
	if (!files_add(walk->path, text))
		return image_fail(walk->image, walk->path, "its path is too long to be told");
	good = files_list_one(walk, directory, name);
	walk->path[length] = '\0';
	return good;
}

/* If a name can't be read, goes on with the others. */
static bool files_list_below(struct files_walk *walk, uint64_t directory)
{
	uint64_t next = 0;
	bool good = true;

	for (;;) {
		uint64_t word[8] = {FS_CALL(FS_LIST, directory), next};
		const enum fs_status status = image_call(walk->image, word);

		if (status != FS_OK)
			return image_fail(walk->image, walk->path, image_status(status));
		next = word[1];
		if (next == FS_NONE)
			return good;
		good &= files_list_name(walk, directory, word);
	}
}

bool files_list(struct image *image, const char *path, FILE *out)
{
	struct files_walk walk = {.image = image, .out = out};
	struct files_found found;

	if (!files_find(image, path, &found))
		return false;
	if (found.type != FS_DIRECTORY) {
		files_list_line(out, found.size, path);
		return true;
	}
	if (strlen(path) >= sizeof(walk.path))
		return image_fail(image, path, "its path is too long to be told");
	if (!files_ends(path))
		memcpy(walk.path, path, strlen(path));
	return files_list_below(&walk, found.id);
}

/* ---- contents ---- */

bool files_read(struct image *image, const char *path, FILE *out)
{
	struct files_found found;
	uint64_t offset = 0;

	if (!files_find(image, path, &found))
		return false;
	for (;;) {
		uint64_t word[8] = {FS_CALL(FS_READ, found.id), offset,
		                    FS_PIECE(sizeof(image->bytes), 0)};
		const enum fs_status status = image_call(image, word);

		if (status != FS_OK)
			return image_fail(image, path, image_status(status));
		if (word[1] == 0)
			return true;
		if (fwrite(image->bytes, 1, word[1], out) != word[1])
			return image_fail(image, path, "what is read can't be written out");
		offset += word[1];
	}
}

static bool files_fail_read(const char *path)
{
	char text[128];

	(void)snprintf(text, sizeof(text), "it can't be read: %s", strerror(errno));
	return image_fail_outside(path, text);
}

static enum fs_status files_put(struct image *image, uint64_t id, uint64_t offset, size_t count)
{
	for (size_t done = 0; done < count;) {
		uint64_t word[8] = {FS_CALL(FS_WRITE, id), offset + done,
		                    FS_PIECE(count - done, done)};
		const enum fs_status status = image_call(image, word);

		if (status != FS_OK)
			return status;
		if (word[1] == 0)
			return FS_NO_SPACE;
		done += word[1];
	}
	return FS_OK;
}

/* Copies the contents of a new file. */
static bool files_fill(struct image *image, uint64_t id, const char *path, FILE *from,
                       const char *from_name)
{
	enum fs_status status = FS_OK;
	uint64_t offset = 0;
	size_t count;

	while (status == FS_OK &&
	       (count = fread(image->bytes, 1, sizeof(image->bytes), from)) > 0) {
		status = files_put(image, id, offset, count);
		offset += count;
	}
	if (status != FS_OK)
		return image_fail(image, path, image_status(status));
	return !ferror(from) || files_fail_read(from_name);
}

/* ---- a file that takes the place of another ---- */

/*
 * A new file, or the first new directory of its path with everything below it, is made under the
 * name FILES_ASIDE. When it is whole, it gets its own name.
 */
#define FILES_ASIDE ".kumiki-fs-write"

struct files_change {
	uint64_t directory; /* the directory that gets the new entry */
	uint64_t name[8];   /* the new entry's, as in a call */
	uint64_t id;        /* the new entry's */
	uint64_t file;      /* id of the file at the path's end */
	const char *rest;   /* the path's, after the name */
};

static enum fs_status files_call(struct image *image, uint64_t operation, uint64_t id,
                                 const uint64_t name[8], uint64_t word[8])
{
	memset(word, 0, 8 * sizeof(word[0]));
	word[0] = FS_CALL(operation, id);
	memcpy(&word[2], &name[2], FS_NAME);
	return image_call(image, word);
}

/* Follows the path up to the first name that isn't there, or else to the last name. */
static enum fs_status files_look(struct image *image, const char *path, struct files_change *change)
{
	*change = (struct files_change){.directory = FS_ROOT, .rest = path};
	if (files_ends(path))
		return FS_IS_DIRECTORY;
	while (files_name(&change->rest, change->name)) {
		uint64_t word[8];
		const enum fs_status status =
		    files_call(image, FS_LOOKUP, change->directory, change->name, word);

		if (status != FS_OK)
			return status == FS_NOT_FOUND ? FS_OK : status;
		if (files_ends(change->rest))
			return word[1] == FS_DIRECTORY ? FS_IS_DIRECTORY : FS_OK;
		change->directory = word[4];
	}
	return FS_BAD;
}

/* The first name in a directory. False: the directory is empty. */
static bool files_first(struct image *image, uint64_t directory, uint64_t name[8])
{
	memset(name, 0, 8 * sizeof(name[0]));
	name[0] = FS_CALL(FS_LIST, directory);
	return image_call(image, name) == FS_OK && name[1] != FS_NONE;
}

static void files_aside(uint64_t name[8])
{
	memset(name, 0, 8 * sizeof(name[0]));
	memcpy(&name[2], FILES_ASIDE, sizeof(FILES_ASIDE));
}

/* Removes a name. If the name is a directory with contents, goes into this directory instead.
 * Returns the directory with which the caller goes on; FS_NONE: there is nothing more to do. */
static uint64_t files_clear_one(struct image *image, uint64_t top, uint64_t at,
                                const uint64_t name[8])
{
	uint64_t word[8];

	switch (files_call(image, FS_REMOVE, at, name, word)) {
	case FS_NOT_EMPTY:
		return files_call(image, FS_LOOKUP, at, name, word) == FS_OK ? word[4] : FS_NONE;
	case FS_OK:
		if (at == top)
			return top;
		return files_call(image, FS_STATE, at, name, word) == FS_OK ? word[3] : FS_NONE;
	default:
		return FS_NONE;
	}
}

/* Removes what is in a directory under FILES_ASIDE, the innermost entries first. This run made it,
 * or a run that was killed. */
static void files_clear(struct image *image, uint64_t directory)
{
	uint64_t at = directory, name[8];

	while (at != FS_NONE) {
		if (at == directory)
			files_aside(name);
		else if (!files_first(image, at, name))
			return;
		at = files_clear_one(image, directory, at, name);
	}
}

static enum fs_status files_make_aside(struct image *image, struct files_change *change)
{
	uint64_t name[8], word[8] = {0}, directory = change->directory;
	const char *rest = change->rest;
	enum fs_status status;

	files_aside(name);
	for (;;) {
		const bool last = files_ends(rest);

		word[0] = FS_CALL(FS_CREATE, directory);
		word[1] = last ? FS_FILE : FS_DIRECTORY;
		memcpy(&word[2], &name[2], FS_NAME);
		status = image_call(image, word);
		if (status != FS_OK)
			return status;
		if (directory == change->directory)
			change->id = word[1];
		directory = change->file = word[1];
		if (last)
			return FS_OK;
		if (!files_name(&rest, name))
			return FS_BAD;
	}
}

static enum fs_status files_take_name(struct image *image, const struct files_change *change)
{
	uint64_t word[8] = {FS_CALL(FS_RENAME, change->id), change->directory};

	memcpy(&word[2], &change->name[2], FS_NAME);
	return image_call(image, word);
}

static bool files_change(struct image *image, struct files_change *change, const char *path,
                         FILE *from, const char *from_name)
{
	enum fs_status status = files_make_aside(image, change);

	if (status != FS_OK)
		return image_fail(image, path, image_status(status));
	if (!files_fill(image, change->file, path, from, from_name))
		return false;
	status = files_take_name(image, change);
	return status == FS_OK || image_fail(image, path, image_status(status));
}

bool files_write(struct image *image, const char *path, FILE *from, const char *from_name)
{
	struct files_change change;
	const enum fs_status status = files_look(image, path, &change);

	if (status != FS_OK)
		return image_fail(image, path, image_status(status));
	files_clear(image, change.directory);
	if (files_change(image, &change, path, from, from_name))
		return true;
	files_clear(image, change.directory);
	return false;
}

/* ---- folders ---- */

static bool files_write_one(struct image *image, const char *from, const char *path)
{
	struct files_found found;
	FILE *file;
	bool good;

	if (file_was_read(from))
		return image_fail_outside(from, "the image can't be in itself; make it elsewhere");
	file = fopen(from, "rb");
	if (!file)
		return files_fail_read(from);
	good = files_follow(image, path, true, &found) &&
	       files_fill(image, found.id, path, file, from);
	(void)fclose(file);
	return good;
}

static bool files_make_directory(struct image *image, const char *path)
{
	char inner[FILES_PATH + 4];
	struct files_found found;
	const char *rest = inner;
	uint64_t word[8];

	/* With a further name after it, each name of `path` becomes a directory. */
	(void)snprintf(inner, sizeof(inner), "%s/x", path);
	found = (struct files_found){.id = FS_ROOT, .type = FS_DIRECTORY};
	while (files_name(&rest, word) && !files_ends(rest)) {
		const enum fs_status status = files_enter(image, word, rest, true, &found);

		if (status != FS_OK)
			return image_fail(image, path, image_status(status));
	}
	return files_ends(rest) || image_fail(image, path, image_status(FS_BAD));
}

struct files_copy {
	struct image *image;
	char from[FILES_PATH], to[FILES_PATH];
};

static bool files_copy_below(struct files_copy *copy);

/* Copies what `from` leads to, to `to`. */
static bool files_copy_one(struct files_copy *copy)
{
	struct stat is;

	if (stat(copy->from, &is) != 0)
		return files_fail_read(copy->from);
	if (S_ISDIR(is.st_mode))
		return files_make_directory(copy->image, copy->to) && files_copy_below(copy);
	if (S_ISREG(is.st_mode))
		return files_write_one(copy->image, copy->from, copy->to);
	return image_fail_outside(copy->from, "it is neither a file nor a folder; take it out");
}

static bool files_copy_name(struct files_copy *copy, const char *name)
{
	const size_t from = strlen(copy->from), to = strlen(copy->to);
	bool good = files_add(copy->from, name) && files_add(copy->to, name);

	if (good)
		good = files_copy_one(copy);
	else
		(void)image_fail_outside(copy->from, "its path is too long");
	copy->from[from] = '\0';
	copy->to[to] = '\0';
	return good;
}

/* Copies in the order of the names, so the same folder always makes the same files in the same
 * order. */
static bool files_copy_below(struct files_copy *copy)
{
	struct dirent **entries = NULL;
	const int count = scandir(copy->from, &entries, NULL, alphasort);
	bool good = count >= 0;

	if (!good)
		(void)files_fail_read(copy->from);
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;

		if (good && strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
			good = files_copy_name(copy, name);
		free(entries[i]);
	}
	free(entries);
	return good;
}

bool files_write_folder(struct image *image, const char *folder)
{
	struct files_copy copy = {.image = image};

	if (strlen(folder) >= sizeof(copy.from))
		return image_fail_outside(folder, "its path is too long");
	memcpy(copy.from, folder, strlen(folder));
	return files_copy_below(&copy);
}
