/* Files by their names. No server has any yet, so no name leads anywhere. */
#include "errors.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int open(const char *path, int flags, ...)
{
	(void)path;
	(void)flags;
	return errors_set(ENOENT);
}

int stat(const char *restrict path, struct stat *restrict status)
{
	(void)path;
	(void)status;
	return errors_set(ENOENT);
}

int unlink(const char *path)
{
	(void)path;
	return errors_set(ENOENT);
}

int rename(const char *from, const char *to)
{
	(void)from;
	(void)to;
	return errors_set(ENOENT);
}
