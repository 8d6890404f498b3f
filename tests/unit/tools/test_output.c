/* An output appears as a whole or not at all, where its name leads, and leaves nothing behind. */
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <host/output.h>
#include <unit.h>

static char folder[32], *complaint;
static size_t complaint_size;
static FILE *complaints;

static void set_up(void)
{
	strcpy(folder, "/tmp/kumiki-output-XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	complaints = open_memstream(&complaint, &complaint_size);
}

static size_t files(const char *pattern)
{
	glob_t found;
	size_t count;

	(void)glob(pattern, 0, NULL, &found);
	count = found.gl_pathc;
	globfree(&found);
	return count;
}

static void tear_down(void)
{
	static const char *const names[] = {"file", "link", "gone"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unlink(names[i]);
	assert_int_equal(files("*"), 0);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(folder), 0);
	(void)fclose(complaints);
	free(complaint);
}

static void has(const char *path, const char *bytes)
{
	char read[16] = "";
	FILE *file = fopen(path, "rb");

	assert_non_null(file);
	(void)fread(read, 1, sizeof(read) - 1, file);
	(void)fclose(file);
	assert_string_equal(read, bytes);
}

TEST_WITH(a_link_is_followed, set_up, tear_down)
{
	struct stat status;

	assert_true(output_write("file", "old", 3, complaints));
	assert_int_equal(symlink("file", "link"), 0);
	assert_true(output_write("link", "new", 3, complaints));
	has("file", "new");
	assert_int_equal(lstat("link", &status), 0);
	assert_true(S_ISLNK(status.st_mode));
}

TEST_WITH(a_link_to_nothing_is_refused, set_up, tear_down)
{
	struct stat status;

	assert_int_equal(symlink("gone", "link"), 0);
	assert_false(output_write("link", "new", 3, complaints));
	(void)fflush(complaints);
	assert_non_null(strstr(complaint, "link: error: can't be written: No such file"));
	assert_int_equal(lstat("link", &status), 0);
}

TEST_WITH(an_empty_name_is_refused, set_up, tear_down)
{
	assert_false(output_write("", "new", 3, complaints));
	(void)fflush(complaints);
	assert_non_null(strstr(complaint, "an empty name is no file"));
}

/* Runs `last` in another process, in the middle of an output; how that ended. */
static int ends_by(void (*last)(struct output *output))
{
	const pid_t child = fork();
	struct output output;
	int status;

	if (child == 0) {
		if (output_begin(&output, "file", complaints))
			last(&output);
		_exit(1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void signalled(struct output *output)
{
	(void)output;
	(void)raise(SIGTERM);
}

TEST_WITH(a_signal_leaves_nothing, set_up, tear_down)
{
	const int status = ends_by(signalled);

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGTERM);
	assert_int_equal(files("file*"), 0);
}

static void too_large(struct output *output)
{
	const struct rlimit limit = {4096, 4096};

	(void)setrlimit(RLIMIT_FSIZE, &limit);
	for (int i = 0; i < 8192; i++)
		fputc('x', output->file);
	_exit(output_end(output, true, complaints) ? 2 : 3);
}

TEST_WITH(a_limit_of_size_is_an_error, set_up, tear_down)
{
	const int status = ends_by(too_large);

	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 3);
	assert_int_equal(files("file*"), 0);
}
