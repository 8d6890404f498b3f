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

static bool files_list_below(struct image *image, uint64_t directory, const char *path, FILE *out);

static bool files_list_one(struct image *image, uint64_t directory, const uint64_t name[8],
                           const char *path, FILE *out)
{
	uint64_t word[8] = {FS_CALL(FS_LOOKUP, directory)};
	char below[FILES_PATH], text[FS_NAME];
	enum fs_status status;

	memcpy(text, &name[2], FS_NAME);
	text[FS_NAME - 1] = '\0';
	if (snprintf(below, sizeof(below), "%s/%s", path, text) >= (int)sizeof(below))
		return image_fail(image, path, "its path is too long to be told");
	memcpy(&word[2], &name[2], FS_NAME);
	status = image_call(image, word);
	if (status != FS_OK)
		return image_fail(image, below, image_status(status));
	if (word[1] != FS_DIRECTORY) {
		fprintf(out, "%12" PRIu64 "  %s\n", word[2], below);
		return true;
	}
	fprintf(out, "%12s  %s/\n", "", below);
	return files_list_below(image, word[4], below, out);
}

/* Goes on with other names when one can't be read. */
static bool files_list_below(struct image *image, uint64_t directory, const char *path, FILE *out)
{
	uint64_t next = 0;
	bool good = true;

	for (;;) {
		uint64_t word[8] = {FS_CALL(FS_LIST, directory), next};
		const enum fs_status status = image_call(image, word);

		if (status != FS_OK)
			return image_fail(image, path, image_status(status));
		next = word[1];
		if (next == FS_NONE)
			return good;
		good &= files_list_one(image, directory, word, path, out);
	}
}

bool files_list(struct image *image, const char *path, FILE *out)
{
	struct files_found found;

	if (!files_find(image, path, &found))
		return false;
	if (found.type == FS_DIRECTORY)
		return files_list_below(image, found.id, files_ends(path) ? "" : path, out);
	fprintf(out, "%12" PRIu64 "  %s\n", found.size, path);
	return true;
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

static bool files_write_below(struct image *image, const char *folder, const char *path);

static bool files_write_entry(struct image *image, const char *folder, const char *path,
                              const char *name)
{
	char from[FILES_PATH], to[FILES_PATH];
	struct stat is;

	if (snprintf(from, sizeof(from), "%s/%s", folder, name) >= (int)sizeof(from) ||
	    snprintf(to, sizeof(to), "%s/%s", path, name) >= (int)sizeof(to)) {
		fprintf(stderr, "%s: error: its path is too long\n", folder);
		return false;
	}
	if (stat(from, &is) != 0) {
		fprintf(stderr, "%s: error: it can't be read: %s\n", from, strerror(errno));
		return false;
	}
	if (S_ISDIR(is.st_mode))
		return files_make_directory(image, to) && files_write_below(image, from, to);
	if (S_ISREG(is.st_mode))
		return files_write_one(image, from, to);
	fprintf(stderr, "%s: error: it is neither a file nor a folder; take it out\n", from);
	return false;
}

/* In the order of the names: the same folder makes the same files in the same order. */
static bool files_write_below(struct image *image, const char *folder, const char *path)
{
	struct dirent **entries = NULL;
	const int count = scandir(folder, &entries, NULL, alphasort);
	bool good = count >= 0;

	if (!good)
		fprintf(stderr, "%s: error: it can't be read: %s\n", folder, strerror(errno));
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;

		if (good && strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
			good = files_write_entry(image, folder, path, name);
		free(entries[i]);
	}
	free(entries);
	return good;
}

bool files_write_folder(struct image *image, const char *folder)
{
	return files_write_below(image, folder, "");
}
