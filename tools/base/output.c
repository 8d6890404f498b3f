/* See host/output.h. Used by pack, show and draw. */
#include <errno.h>
#include <fcntl.h>
#include <host/files.h>
#include <host/output.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A temporary file is private; the finished file gets the usual rights of a new file. */
static bool output_open_rights(int file)
{
	mode_t mask = umask(0);
	umask(mask);
	return fchmod(file, 0666 & ~mask) == 0;
}

static bool output_all(int file, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t done = write(file, bytes, size);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		bytes += done;
		size -= (size_t)done;
	}
	return true;
}

/* A device or a pipe is written to, and not replaced by a file. */
static bool output_is_special(const char *path)
{
	struct stat status;
	return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

static bool output_direct(const char *path, const void *bytes, size_t size)
{
	int file = open(path, O_WRONLY | O_CLOEXEC);
	if (file < 0)
		return false;
	bool good = output_all(file, bytes, size);
	int error = errno;
	if (close(file) != 0 && good) {
		good = false;
		error = errno;
	}
	errno = error;
	return good;
}

static bool output_fill(char *temporary, const char *path, const void *bytes, size_t size)
{
	int file = mkstemp(temporary);
	if (file < 0)
		return false;
	bool good = output_all(file, bytes, size) && output_open_rights(file);
	int error = errno;
	if (close(file) != 0 && good) {
		good = false;
		error = errno;
	}
	if (good && rename(temporary, path) != 0) {
		good = false;
		error = errno;
	}
	if (!good)
		(void)unlink(temporary);
	errno = error;
	return good;
}

bool output_write(const char *path, const void *bytes, size_t size, FILE *complaints)
{
	char *temporary = NULL;
	bool good = false;
	if (file_was_read(path)) {
		fprintf(
		    complaints,
		    "%s: error: isn't written, for it is one of the files that this was made from; "
		    "choose another name behind -o\n",
		    path);
		return false;
	}
	if (output_is_special(path))
		good = output_direct(path, bytes, size);
	else if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		temporary = NULL;
	else
		good = output_fill(temporary, path, bytes, size);
	if (!good)
		fprintf(
		    complaints,
		    "%s: error: can't be written: %s; check its folder, and your rights there\n",
		    path, strerror(errno));
	free(temporary);
	return good;
}

bool output_write_or_print(const char *path, const void *bytes, size_t size, FILE *complaints)
{
	if (path != NULL)
		return output_write(path, bytes, size, complaints);
	if (fwrite(bytes, 1, size, stdout) == size && fflush(stdout) == 0)
		return true;
	fprintf(complaints, "standard output: error: can't be written: %s\n", strerror(errno));
	return false;
}
