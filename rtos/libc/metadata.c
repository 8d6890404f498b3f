/*
 * Properties that POSIX's files have and that the file systems don't keep: every file has the same
 * rights, owner and times. To set just these values succeeds; to set others fails.
 */
#include "errors.h"
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#define METADATA_RIGHTS 0777u

/* The file systems have no links, so lstat() is the same as stat(). */
int lstat(const char *restrict path, struct stat *restrict told)
{
	return stat(path, told);
}

static int metadata_keep(bool same)
{
	return same ? 0 : errors_set(EPERM);
}

int fchmod(int number, mode_t mode)
{
	struct stat is;

	return fstat(number, &is) != 0
	           ? -1
	           : metadata_keep(((is.st_mode ^ mode) & METADATA_RIGHTS) == 0);
}

int fchown(int number, uid_t owner, gid_t group)
{
	struct stat is;

	return fstat(number, &is) != 0 ? -1
	                               : metadata_keep(owner == is.st_uid && group == is.st_gid);
}

/* Without `times`, POSIX would set the present time; the file systems can't keep that. */
int utime(const char *path, const struct utimbuf *times)
{
	struct stat is;

	return stat(path, &is) != 0 ? -1
	                            : metadata_keep(times != NULL && times->actime == is.st_atime &&
	                                            times->modtime == is.st_mtime);
}
