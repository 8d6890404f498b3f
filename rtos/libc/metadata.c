/*
 * Properties of POSIX's files that the file systems don't keep: every file has the same rights,
 * owner and times. Setting just these succeeds, setting others fails.
 */
#include "errors.h"
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#define METADATA_RIGHTS 0777u

/* There are no links. */
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

/* Without times the time is now, which isn't kept. */
int utime(const char *path, const struct utimbuf *times)
{
	struct stat is;

	return stat(path, &is) != 0 ? -1
	                            : metadata_keep(times != NULL && times->actime == is.st_atime &&
	                                            times->modtime == is.st_mtime);
}
