/* Reading directories (dirent.h). */
#include "errors.h"
#include "file.h"
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

_Static_assert(sizeof(((struct dirent *)0)->d_name) == FS_NAME, "names fit");

DIR *opendir(const char *path)
{
	const struct fs *fs = file_enter(&path);
	struct fs_file file = {.type = FS_DIRECTORY};
	enum fs_status status = fs != NULL ? fs_find(fs, path, &file) : FS_NOT_FOUND;
	DIR *directory = NULL;

	file_leave();
	if (status == FS_OK && file.type != FS_DIRECTORY)
		status = FS_NOT_DIRECTORY;
	if (errors_set(file_error(status)) == 0)
		directory = calloc(1, sizeof(*directory));
	if (directory != NULL)
		*directory = (DIR){.fs = fs, .id = file.id};
	return directory;
}

/* At the directory's end, readdir() leaves errno as it is. */
struct dirent *readdir(DIR *directory)
{
	const enum fs_status status = fs_list(file_enter_again(directory->fs), directory->id,
	                                      &directory->next, directory->entry.d_name);

	file_leave();
	if (status == FS_OK)
		return &directory->entry;
	if (status != FS_NOT_FOUND)
		errno = file_error(status);
	return NULL;
}

void rewinddir(DIR *directory)
{
	directory->next = 0;
}

int closedir(DIR *directory)
{
	free(directory);
	return 0;
}
