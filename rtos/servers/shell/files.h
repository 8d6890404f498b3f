/* The shell's commands for files. Paths that begin with "/boot" are in the file system behind the
 * port "boot", those with "/disk" behind "disk", all others behind "fs". */
#ifndef SHELL_FILES_H
#define SHELL_FILES_H

#include "line.h"

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

#endif
