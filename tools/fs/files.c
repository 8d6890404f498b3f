/* See files.h. */
#include "files.h"
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILES_PATH 4096

/* ---- paths ---- */

/* A walk has one path: each level adds a name to it, and takes that away again. False: it would be
 * too long. */
static bool files_add(char path[FILES_PATH], const char *name)
{
	const size_t length = strlen(path), room = FILES_PATH - length;

	if (snprintf(path + length, room, "/%s", name) < (int)room)
		return true;
	path[length] = '\0';
	return false;
}

/* The next name of a path goes into words 2 to 7. False: there is none, or it is too long. */
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

/* One name further. With `make`, what isn't there is made: a directory, or a file at the end. */
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

static bool files_list_below(struct files_walk *walk, uint64_t directory);

/* The name is in words 2 to 7, and at the end of the path. */
static bool files_list_one(struct files_walk *walk, uint64_t directory, const uint64_t name[8])
{
	uint64_t word[8] = {FS_CALL(FS_LOOKUP, directory)};
	enum fs_status status;

	memcpy(&word[2], &name[2], FS_NAME);
	status = image_call(walk->image, word);
	if (status != FS_OK)
		return image_fail(walk->image, walk->path, image_status(status));
	if (word[1] != FS_DIRECTORY) {
		fprintf(walk->out, "%12" PRIu64 "  %s\n", word[2], walk->path);
		return true;
	}
	fprintf(walk->out, "%12s  %s/\n", "", walk->path);
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

/* Goes on with other names when one can't be read. */
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
		fprintf(out, "%12" PRIu64 "  %s\n", found.size, path);
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
			return image_fail(image, path, strerror(errno));
		offset += word[1];
	}
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

bool files_write(struct image *image, const char *path, FILE *from, const char *from_name)
{
	struct files_found found;
	uint64_t word[8], offset = 0;
	enum fs_status status;
	size_t count;

	if (!files_follow(image, path, true, &found))
		return false;
	word[0] = FS_CALL(FS_RESIZE, found.id);
	word[1] = 0;
	status = image_call(image, word);
	while (status == FS_OK &&
	       (count = fread(image->bytes, 1, sizeof(image->bytes), from)) > 0) {
		status = files_put(image, found.id, offset, count);
		offset += count;
	}
	if (status != FS_OK)
		return image_fail(image, path, image_status(status));
	if (ferror(from)) {
		fprintf(stderr, "%s: error: it can't be read: %s\n", from_name, strerror(errno));
		return false;
	}
	return true;
}

/* ---- folders ---- */

static bool files_write_one(struct image *image, const char *from, const char *path)
{
	FILE *file = fopen(from, "rb");
	bool good;

	if (!file) {
		fprintf(stderr, "%s: error: it can't be read: %s\n", from, strerror(errno));
		return false;
	}
	good = files_write(image, path, file, from);
	(void)fclose(file);
	return good;
}

static bool files_make_directory(struct image *image, const char *path)
{
	char inner[FILES_PATH + 4];
	struct files_found found;
	const char *rest = inner;
	uint64_t word[8];

	/* A directory is what something lies in. */
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

/* What the two paths lead to. */
static bool files_copy_one(struct files_copy *copy)
{
	struct stat is;

	if (stat(copy->from, &is) != 0) {
		fprintf(stderr, "%s: error: it can't be read: %s\n", copy->from, strerror(errno));
		return false;
	}
	if (S_ISDIR(is.st_mode))
		return files_make_directory(copy->image, copy->to) && files_copy_below(copy);
	if (S_ISREG(is.st_mode))
		return files_write_one(copy->image, copy->from, copy->to);
	fprintf(stderr, "%s: error: it is neither a file nor a folder; take it out\n", copy->from);
	return false;
}

static bool files_copy_name(struct files_copy *copy, const char *name)
{
	const size_t from = strlen(copy->from), to = strlen(copy->to);
	bool good = files_add(copy->from, name) && files_add(copy->to, name);

	if (good)
		good = files_copy_one(copy);
	else
		fprintf(stderr, "%s: error: its path is too long\n", copy->from);
	copy->from[from] = '\0';
	copy->to[to] = '\0';
	return good;
}

/* In the order of the names: the same folder makes the same files in the same order. */
static bool files_copy_below(struct files_copy *copy)
{
	struct dirent **entries = NULL;
	const int count = scandir(copy->from, &entries, NULL, alphasort);
	bool good = count >= 0;

	if (!good)
		fprintf(stderr, "%s: error: it can't be read: %s\n", copy->from, strerror(errno));
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

	if (strlen(folder) >= sizeof(copy.from)) {
		fprintf(stderr, "%s: error: its path is too long\n", folder);
		return false;
	}
	memcpy(copy.from, folder, strlen(folder));
	return files_copy_below(&copy);
}
