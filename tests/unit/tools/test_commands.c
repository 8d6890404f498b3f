/*
 * The list of subcommands, of which the manual page and the completion are made; and that each
 * option that a command takes is told there. Reads the sources from the checkout, where tests are
 * run.
 */
#include <host/arena.h>
#include <host/commands.h>
#include <host/files.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unit.h>

static struct arena arena;

static void free_texts(void)
{
	arena_free(&arena);
}

const struct unit_fixture unit_all = {NULL, free_texts};

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

TEST(every_option_is_in_the_help)
{
	for (const struct command *each = command_list; each->name != NULL; each++) {
		each_option_is_in_the_help(
		    each, read_text(arena_format(&arena, "tools/command/%s.c", each->name)));
	}
}

TEST(help_fits_a_terminal)
{
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

TEST(commands_are_found_by_name)
{
	assert_ptr_equal(command_find("pack")->run, kumiki_pack);
	assert_null(command_find("pac"));
	assert_null(command_find(""));
	assert_int_equal(command_usage("pack"), COMMAND_USAGE);
}
