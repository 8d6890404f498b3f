/* See host/output.h. pack, show, draw, rtos, fs and facts use this file. */
#include <errno.h>
#include <fcntl.h>
#include <host/files.h>
#include <host/output.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Only its owner can read a temporary file. The finished file gets the usual rights of a new file.
 */
static bool output_open_rights(int file)
{
	mode_t mask = umask(0);
	umask(mask);
	return fchmod(file, 0666 & ~mask) == 0;
}

/* Whether the path is a device or a pipe: such an output is written to, and not replaced by a file.
 */
static bool output_is_special(const char *path)
{
	struct stat status;
	return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

static void output_tell(const char *path, FILE *complaints)
{
	fprintf(complaints,
	        "%s: error: can't be written: %s; check its folder, and your rights there\n", path,
	        strerror(errno));
}

static int output_open(struct output *output)
{
	if (output_is_special(output->path))
		return open(output->path, O_WRONLY | O_CLOEXEC);
	if (asprintf(&output->temporary, "%s.XXXXXX", output->path) < 0)
		output->temporary = NULL;
	return output->temporary ? mkostemp(output->temporary, O_CLOEXEC) : -1;
}

bool output_begin(struct output *output, const char *path, FILE *complaints)
{
	int file;

	*output = (struct output){.path = path};
	if (file_was_read(path)) {
		fprintf(
		    complaints,
		    "%s: error: isn't written, for it is one of the files that this was made from; "
		    "choose another name behind -o\n",
		    path);
		return false;
	}
	file = output_open(output);
	output->file = file < 0 ? NULL : fdopen(file, "wb");
	if (output->file)
		return true;
	output_tell(path, complaints);
	free(output->temporary);
	return false;
}

/* False: errno says what is wrong. */
static bool output_finish(const struct output *output)
{
	int error = 0;

	if (fflush(output->file) != 0 ||
	    (output->temporary && !output_open_rights(fileno(output->file))))
		error = errno;
	if (fclose(output->file) != 0 && error == 0)
		error = errno;
	errno = error;
	return error == 0 && (!output->temporary || rename(output->temporary, output->path) == 0);
}

bool output_end(struct output *output, bool good, FILE *complaints)
{
	bool finished = false;

	if (!good)
		(void)fclose(output->file);
	else if (output_finish(output))
		finished = true;
	else
		output_tell(output->path, complaints);
	if (!finished && output->temporary)
		(void)unlink(output->temporary);
	free(output->temporary);
	return finished;
}

bool output_write(const char *path, const void *bytes, size_t size, FILE *complaints)
{
	struct output output;
	bool good;

	if (!output_begin(&output, path, complaints))
		return false;
	good = fwrite(bytes, 1, size, output.file) == size;
	if (!good)
		output_tell(path, complaints);
	return output_end(&output, good, complaints);
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
