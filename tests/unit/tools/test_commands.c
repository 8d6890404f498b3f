/*
 * The list of subcommands, and that manual page and completion tell of all of it: they are written
 * by hand, and forgotten easily. Reads them from the checkout, where tests are run.
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

static void expect(const char *text, const char *path, const char *words)
{
	if (strstr(text, words) == NULL)
		fail_msg("'%s' is not in %s", words, path);
}

/* Calls back for each word of the help that begins with "--". */
static void each_option(const struct command *command,
                        void (*with)(const struct command *, const char *name))
{
	const char *help = arena_format(&arena, "%s %s", command->usage, command->details);
	for (const char *at = help; (at = strstr(at, "--")) != NULL;) {
		size_t length = strspn(at + 2, "abcdefghijklmnopqrstuvwxyz-");
		if (length > 0)
			with(command, arena_copy(&arena, at + 2, length));
		at += 2 + length;
	}
}

static void option_is_told(const struct command *command, const char *name)
{
	expect(read_text("tools/kumiki.1"), "tools/kumiki.1",
	       arena_format(&arena, "Fl Fl %s", name));
	const char *completion = read_text("tools/completion.bash");
	const char *line = strstr(completion, arena_format(&arena, "        %s) ", command->name));
	assert_non_null(line);
	const char *own = arena_copy(&arena, line, strcspn(line, "\n"));
	/* an option that the help of one command names of another one is that one's */
	if (strcmp(command->name, "console") == 0 || strcmp(command->name, "trace") == 0)
		own = completion;
	expect(own, "the command's line of tools/completion.bash",
	       arena_format(&arena, "--%s", name));
}

static void everything_is_in_the_manual(void **state)
{
	const char *manual = read_text("tools/kumiki.1");
	(void)state;
	for (const struct command *each = command_list; each->name != NULL; each++) {
		expect(manual, "tools/kumiki.1", arena_format(&arena, ".It Cm %s\n", each->name));
		each_option(each, option_is_told);
	}
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

static void everything_can_be_completed(void **state)
{
	const char *completion = read_text("tools/completion.bash");
	const char *list = strstr(completion, "commands='");
	(void)state;
	assert_non_null(list);
	list = arena_copy(&arena, list, strcspn(list, "\n"));
	for (const struct command *each = command_list; each->name != NULL; each++)
		expect(list, "tools/completion.bash", each->name);
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
	    cmocka_unit_test(everything_is_in_the_manual),
	    cmocka_unit_test(every_option_is_in_the_help),
	    cmocka_unit_test(everything_can_be_completed),
	    cmocka_unit_test(help_fits_a_terminal),
	    cmocka_unit_test(commands_are_found_by_name),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(&arena);
	return failed;
}
