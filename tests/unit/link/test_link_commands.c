/* An operator's commands from the host's command line, against the real console service. */
#include "fake_machine.h"
#include <console/session.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

static const char *const two[] = {"linux", "rt", NULL};

#define SILENCE_MS   1000 /* counts as no answer, however busy the host is */
#define WATCHED_MOST 2000 /* by then a watching command has asked twice */

/* Runs lines up to NULL. Returns the output and the complaints, to be freed. */
static char *command_with(const char *const lines[], int silence, int *status)
{
	char *text;
	size_t size, count = 0;
	FILE *out = open_memstream(&text, &size);
	struct command_way way = {"console", out, out, silence};

	while (lines[count])
		count++;
	*status = command_run(fake_machine_start(), lines, count, &way);
	fake_machine_stop();
	fclose(out);
	return text;
}

TEST(test_commands)
{
	static const char *const good[] = {"stop rt", "help resume", NULL};
	static const char *const bad[] = {"stop rt", "list rt", "help", NULL};
	int status;

	fake_start(two);
	char *text = command_with(good, 10000, &status);
	assert_int_equal(status, EXIT_SUCCESS);
	assert_string_equal(text, "rt is stopped already\nresume NAME: lets it go on\n");
	free(text);
	fake_start(two);
	text = command_with(bad, 10000, &status);
	assert_int_equal(status, EXIT_FAILURE);
	assert_string_equal(text, "rt is stopped already\n"
	                          "write it so: list [--json]: all partitions in a line each\n");
	free(text);
}

/* A partition's output reaches a script's log, but sends no control characters to a terminal. */
TEST(test_command_shows_a_guests_output)
{
	static const char *const lines[] = {"log linux", NULL};
	int status;

	fake_start(two);
	fake_print(0, "a\x1b[2J\x07\xc3\xa4\tb\n");
	char *text = command_with(lines, 10000, &status);
	assert_int_equal(status, EXIT_SUCCESS);
	assert_non_null(strstr(text, "\n  | a\xc3\xa4 b\n"));
	assert_null(strchr(text, '\x1b'));
	free(text);
}

TEST(test_command_without_an_answer)
{
	static const char *const lines[] = {"suspend linux", NULL};
	int status;

	fake_start(two);
	fake_life(0, LIFE_RUNNING); /* and the fake frame doesn't suspend it */
	char *text = command_with(lines, SILENCE_MS, &status);
	assert_int_equal(status, EXIT_FAILURE);
	assert_string_equal(
	    text, "kumiki console: 'suspend linux': no answer (does the system still run?) within "
	          "1 s; if the machine or its host is slow, wait longer: KUMIKI_PATIENCE=4 in the "
	          "environment\n");
	free(text);
}

static unsigned int watched; /* turns of the machine */

/* "stop rt" is answered at once in the first turns, and later not at all. */
static void starting_guest(void)
{
	if (++watched != WATCHED_MOST)
		return;
	fake_life(0, LIFE_RUNNING); /* rt isn't the last one */
	fake_life(1, LIFE_RUNNING);
}

static char *watch(bool screen)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct command_way way = {"top", out, out, SILENCE_MS};

	watched = 0;
	fake_start(two);
	fake_machine_guest = starting_guest;
	assert_int_equal(command_watch(fake_machine_start(), "stop rt off", screen, &way),
	                 EXIT_FAILURE);
	fake_machine_stop();
	fclose(out);
	return text;
}

/*
 * Watched answers stand one below the other, or in place. The command ends when the system doesn't
 * answer.
 */
TEST(test_watching)
{
	static const char twice[] = "rt is stopped already\nrt is stopped already\n";
	static const char in_place[] =
	    "\x1b[H\x1b[J\x1b[Hrt is stopped already\x1b[K\n\x1b[J\x1b[Hrt is stopped";

	char *text = watch(false);
	assert_int_equal(strncmp(text, twice, strlen(twice)), 0);
	assert_non_null(strstr(text,
	                       "\nkumiki top: 'stop rt off': no answer (does the system still "
	                       "run?) within 1 s; "));
	free(text);
	text = watch(true);
	assert_int_equal(strncmp(text, in_place, strlen(in_place)), 0);
	free(text);
}
