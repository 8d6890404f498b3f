/* See host/output.h. pack, show, draw, rtos, fs and facts use this file. */
#include <errno.h>
#include <fcntl.h>
#include <host/files.h>
#include <host/output.h>
#include <signal.h>
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

/* The file that isn't whole yet: a signal handler reads this. */
static char *volatile output_unfinished;

static void output_give_up(int number)
{
	if (output_unfinished)
		(void)unlink(output_unfinished);
	(void)signal(number, SIG_DFL);
	(void)raise(number);
}

/* A file beyond the limit of its size is an error of its write, and no end without a word. */
static void output_hear_signals(void)
{
	static const int ends[] = {SIGHUP, SIGINT, SIGTERM};

	(void)signal(SIGXFSZ, SIG_IGN);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		void (*before)(int) = signal(ends[i], output_give_up);

		if (before != SIG_DFL)
			(void)signal(ends[i], before);
	}
}

/* Where a link leads; a new name is its own target. NULL: errno says what is wrong. */
static char *output_target(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0 && S_ISLNK(status.st_mode) ? realpath(path, NULL)
	                                                            : strdup(path);
}

static int output_open(struct output *output)
{
	int file;

	if (output_is_special(output->path))
		return open(output->path, O_WRONLY | O_CLOEXEC);
	output->target = output_target(output->path);
	if (!output->target || asprintf(&output->temporary, "%s.XXXXXX", output->target) < 0)
		output->temporary = NULL;
	if (!output->temporary)
		return -1;
	output_hear_signals();
	file = mkostemp(output->temporary, O_CLOEXEC);
	output_unfinished = file < 0 ? NULL : output->temporary;
	return file;
}

static void output_forget(struct output *output)
{
	output_unfinished = NULL;
	free(output->temporary);
	free(output->target);
}

bool output_begin(struct output *output, const char *path, FILE *complaints)
{
	int file;

	*output = (struct output){.path = path};
	if (*path == '\0') {
		fputs("kumiki: error: an empty name is no file; write one behind -o\n", complaints);
		return false;
	}
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
	output_forget(output);
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
	return error == 0 && (!output->temporary || rename(output->temporary, output->target) == 0);
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
	output_forget(output);
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
