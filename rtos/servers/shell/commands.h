/* The shell's commands, each with the words of its line. `main.c` finds them by their names; each
 * is in the file whose name it bears. */
#ifndef SHELL_COMMANDS_H
#define SHELL_COMMANDS_H

#include <stdint.h>

#include "line.h"

/* Prints lines from which `kumiki rtos core` makes a core file of the last crash. */
void core_command(const struct line *line);

/* Prints the time; with a day and a time, sets the clock. */
void date_command(const struct line *line);

/* Of files. Paths that begin with "/boot" are in the file system behind the port "boot", those with
 * "/disk" behind "disk", all others behind "fs". */
void files_list(const struct line *line);
void files_show(const struct line *line);
void files_write(const struct line *line);
void files_copy(const struct line *line);
void files_move(const struct line *line);
void files_remove(const struct line *line);
void files_make_directory(const struct line *line);
void files_sum(const struct line *line);
void files_usage(const struct line *line);
void files_sync(const struct line *line);

/* Prints the log's lines. With words, adds a line instead. */
void log_command(const struct line *line);

/* Asks an address or a name for four echoes. */
void net_ping(const struct line *line);
/* Prints addresses, and how much came, went and was lost. */
void net_figures(const struct line *line);

/* Has a file take the place of a program, and says why if it doesn't (docs/rtos/replace.md). */
void replace_program(uint32_t program, const char *name, const char *path);

/* What a watcher looks by, and what it told (docs/rules.md). */
void rules_command(const struct line *line);
void rules_alarms(const struct line *line);

/* Starts a file in any slot that the shell may use. Says how the program ended, unless & stands
 * behind the command. */
void run_command(const struct line *line);

/* Prints for each program: its share of a CPU over some seconds (one, unless told), memory,
 * handles. */
void top_command(const struct line *line);

/* The kernel's trace of all programs: in words, or as lines for `kumiki trace --rtos`. */
void trace_command(const struct line *line);

#endif
