/*
 * The `kumiki` command: finds the subcommand and calls it, or helps. tools/command/commands.c lists
 * the subcommands. A subcommand is in the file with its name in this folder.
 */
#include <fcntl.h>
#include <host/commands.h>
#include <host/reference.h>
#include <host/tame.h>
#include <kumiki/bundle.h>
#include <lib/nearest.h>
#include <lib/operatorline.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAIN_NAME_MAX 16

/* Complains of a word that is no command. `helps`: a property is asked for, too. */
static int main_unknown(const char *name, bool helps)
{
	struct nearest nearest = {.word = name};
	if (operator_named(name) < OPERATOR_COMMANDS) {
		fprintf(stderr,
		        "kumiki: '%s' is a command for a running system: kumiki console --command "
		        "'%s' LINK\n",
		        name, name);
		return COMMAND_USAGE;
	}
	for (const struct command *each = command_list; each->name != NULL; each++)
		nearest_offer(&nearest, each->name);
	nearest_offer(&nearest, "help");
	const char *meant = nearest_answer(&nearest);
	if (helps && meant == NULL)
		meant = reference_meant(name);
	fprintf(stderr, "kumiki: there is no command %s'", helps ? "or property " : "");
	tame_print(name, stderr);
	fputc('\'', stderr);
	if (meant != NULL)
		fprintf(stderr, "; did you mean '%s'?\n", meant);
	else
		fprintf(stderr, "; 'kumiki --help' lists the commands\n");
	return COMMAND_USAGE;
}

static void main_list(FILE *out)
{
	fputs("usage: kumiki COMMAND …\n\n"
	      "Several independent real machines on one AArch64 computer.\n\n",
	      out);
	for (const struct command *each = command_list; each->name != NULL; each++)
		fprintf(out, "  %-9s %s\n", each->name, each->summary);
	fputs("\n'kumiki help COMMAND' says how to use a command, 'man kumiki' says it all.\n",
	      out);
}

static int main_help(const char *name)
{
	if (name == NULL) {
		main_list(stdout);
		return EXIT_SUCCESS;
	}
	const struct command *command = command_find(name);
	if (command == NULL && reference_explain(name))
		return EXIT_SUCCESS;
	if (command == NULL)
		return main_unknown(name, true);
	printf("usage: kumiki %s %s\n\n%s\n\n%s", command->name, command->usage, command->summary,
	       command->details);
	return EXIT_SUCCESS;
}

/* Whether the person wants help; main() answers this for every command. After "--", the word is an
 * argument for another program. */
static bool main_wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0)
			return true;
	return false;
}

static int main_version(void)
{
	printf("kumiki %s (bundle revision %d)\n", KUMIKI_VERSION, BUNDLE_REVISION);
	return EXIT_SUCCESS;
}

/* Checks that all output was written, as a full disk is an error: the output may be a picture or a
 * tree for a file. A command that failed has already said why. */
static int main_flush(int status)
{
	if (status != EXIT_SUCCESS || (fflush(stdout) == 0 && !ferror(stdout)))
		return status;
	perror("kumiki: standard output");
	return EXIT_FAILURE;
}

/* If a standard file is closed, a socket or a file that is opened next would get its number, and
 * what is printed would go there. So this function opens /dev/null at that number, in the wrong
 * direction: a read or a write still fails. */
static bool main_hold_closed(void)
{
	for (int file = STDIN_FILENO; file <= STDERR_FILENO; file++)
		if (fcntl(file, F_GETFD) < 0 &&
		    open("/dev/null", file == STDIN_FILENO ? O_WRONLY : O_RDONLY) != file)
			return false;
	return true;
}

int main(int argc, char **argv)
{
	if (!main_hold_closed()) {
		perror("kumiki: standard input, output or errors are closed, and /dev/null");
		return EXIT_FAILURE;
	}
	if (argc < 2) {
		main_list(stderr);
		return COMMAND_USAGE;
	}
	const char *name = argv[1];
	if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0)
		return main_flush(main_version());
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
		return main_flush(main_help(argc > 2 ? argv[2] : NULL));
	const struct command *command = command_find(name);
	if (command == NULL)
		return main_unknown(name, false);
	if (main_wants_help(argc - 1, argv + 1))
		return main_flush(main_help(name));
	char whole[sizeof("kumiki ") + MAIN_NAME_MAX];
	(void)snprintf(whole, sizeof(whole), "kumiki %s", name);
	argv[1] = whole;
	return main_flush(command->run(argc - 1, argv + 1));
}
