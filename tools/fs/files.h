/* Files into an image and out of it. Functions that fail have said why. */
#ifndef TOOLS_FS_FILES_H
#define TOOLS_FS_FILES_H

#include "image.h"
#include <stdio.h>

struct files_found {
	uint64_t id, size;
	enum fs_type type;
};

/* The file or directory with that path. */
bool files_find(struct image *image, const char *path, struct files_found *found);
/* A line for each name in a directory, and in those below it. */
bool files_list(struct image *image, const char *path, FILE *out);
bool files_read(struct image *image, const char *path, FILE *out);
/* The file's contents are those that are read; it and the directories on its way are made. If that
 * fails, all is as it was. */
bool files_write(struct image *image, const char *path, FILE *from, const char *from_name);
/* All files below a folder, into a new image. */
bool files_write_folder(struct image *image, const char *folder);

#endif
