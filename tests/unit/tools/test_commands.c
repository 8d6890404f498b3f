/*
 * The list of subcommands, of which the manual page and the completion are made; and that each
 * option that a command takes is told there. Reads the sources from the checkout, where tests are
 * run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <host/arena.h>
#include <host/commands.h>
#include <host/files.h>
#include <stdio.h>
#include <string.h>

static struct arena arena;

static char *read_text(const char *path)
{
	char *text = NULL;
	size_t size = 0;
	int error = file_access_system.read(NULL, &arena, path, 1u << 20, &text, &size);
	if (error != 0)
		fail_msg("%s: %s", path, strerror(error));
	return text;
}

/* Long options stand in the command's own file as getopt_long() wants them: {"name", … */
static void each_option_is_in_the_help(const struct command *command, const char *source)
{
	for (const char *at = source; (at = strstr(at, "_argument, NULL,")) != NULL; at++) {
		const char *name = at;
		while (name > source && name[-1] != '{')
			name--;
		const char *option =
		    arena_format(&arena, "--%.*s", (int)strcspn(name + 1, "\""), name + 1);
		if (strstr(command->usage, option) == NULL &&
		    strstr(command->details, option) == NULL)
			fail_msg("'%s' is not in the help of %s", option, command->name);
	}
}

static void every_option_is_in_the_help(void **state)
{
	(void)state;
	for (const struct command *each = command_list; each->name != NULL; each++) {
		each_option_is_in_the_help(
		    each, read_text(arena_format(&arena, "tools/command/%s.c", each->name)));
	}
}

static void help_fits_a_terminal(void **state)
{
	(void)state;
	for (const struct command *each = command_list; each->name != NULL; each++) {
		assert_true(strlen(each->summary) < 68);
		for (const char *line = each->details; *line != '\0';) {
			size_t length = strcspn(line, "\n");
			if (length > 92)
				fail_msg("%s: '%.*s' is too long", each->name, (int)length, line);
			assert_int_equal(line[length], '\n');
			line += length + 1;
		}
	}
}

static void commands_are_found_by_name(void **state)
{
	(void)state;
	assert_ptr_equal(command_find("pack")->run, kumiki_pack);
	assert_null(command_find("pac"));
	assert_null(command_find(""));
	assert_int_equal(command_usage("pack"), COMMAND_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_option_is_in_the_help),
	    cmocka_unit_test(help_fits_a_terminal),
	    cmocka_unit_test(commands_are_found_by_name),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(&arena);
	return failed;
}
