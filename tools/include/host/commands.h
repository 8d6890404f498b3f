/*
 * The subcommands of `kumiki`. Each is called with "kumiki NAME" as argv[0]. It returns the exit
 * status: 0; 1 if its input is wrong; COMMAND_USAGE if it was called wrongly, after a message
 * (command_usage() helps).
 */
#ifndef HOST_COMMANDS_H
#define HOST_COMMANDS_H

struct option; /* getopt.h */

#define COMMAND_USAGE 2

int kumiki_board(int argc, char **argv);
int kumiki_check(int argc, char **argv);
int kumiki_console(int argc, char **argv);
int kumiki_doctor(int argc, char **argv);
int kumiki_draw(int argc, char **argv);
int kumiki_facts(int argc, char **argv);
int kumiki_update(int argc, char **argv);
int kumiki_logs(int argc, char **argv);
int kumiki_user(int argc, char **argv);
int kumiki_fleet(int argc, char **argv);
int kumiki_remote(int argc, char **argv);
int kumiki_gatelog(int argc, char **argv);
int kumiki_gdb(int argc, char **argv);
int kumiki_hub(int argc, char **argv);
int kumiki_modules(int argc, char **argv);
int kumiki_pack(int argc, char **argv);
int kumiki_page(int argc, char **argv);
int kumiki_reference(int argc, char **argv);
int kumiki_rtos(int argc, char **argv);
int kumiki_fs(int argc, char **argv);
int kumiki_rules(int argc, char **argv);
int kumiki_run(int argc, char **argv);
int kumiki_show(int argc, char **argv);
int kumiki_top(int argc, char **argv);
int kumiki_trace(int argc, char **argv);

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary; /* one line */
	const char *usage;   /* the words after "kumiki NAME " */
	const char *details; /* options and more, in lines of at most 80 characters */
};

/* All subcommands. The last entry has no name. */
extern const struct command command_list[];

/* NULL: no command has this name. */
const struct command *command_find(const char *name);

/* The next option, as getopt_long() gives it. Of an unknown one says which was probably meant. */
int command_option(int argc, char **argv, const char *letters, const struct option *longs);

/* Warns of a folder of -I that isn't there, or is none. `name` is argv[0]. Returns the folder. */
const char *command_folder(const char *name, const char *folder);

/* Does what command_misused() does, after a word that is no verb of the command: says which one was
 * probably meant. */
int command_unknown(const char *name, const char *word);

/* Prints the usage of `name` on stderr; returns COMMAND_USAGE. */
int command_usage(const char *name);

/* Does the same after it has printed `why`, the mistake and its remedy. NULL: the usage says
 * enough. */
int command_misused(const char *name, const char *why);

#endif
