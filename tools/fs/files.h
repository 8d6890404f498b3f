/* Puts files into an image, and gets files from it. A function that fails has said why. */
#ifndef TOOLS_FS_FILES_H
#define TOOLS_FS_FILES_H

#include "image.h"
#include <stdio.h>

struct files_found {
	uint64_t id, size;
	enum fs_type type;
};

/* Finds the file or directory with that path. */
bool files_find(struct image *image, const char *path, struct files_found *found);
/* Writes a line for each name in a directory, and in the directories below it. */
bool files_list(struct image *image, const char *path, FILE *out);
bool files_read(struct image *image, const char *path, FILE *out);
/* Writes a file with what is read from `from`. Makes the file, and the directories on its way. If
 * this fails, everything stays as it was. */
bool files_write(struct image *image, const char *path, FILE *from, const char *from_name);
/* Writes all files below a folder into a new image. */
bool files_write_folder(struct image *image, const char *folder);

#endif
