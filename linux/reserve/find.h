/*
 * Finds programs that somebody else starts: those that run already, and those that the kernel tells
 * of by its process connector (find.c). Called by serve.c.
 */
#ifndef RESERVE_FIND_H
#define RESERVE_FIND_H

#include "reserve.h"

#define FIND_NOBODY RESERVE_MAX
#define FIND_GONE   (RESERVE_MAX + 1)

/* What begins a program. */
enum find_news { FIND_NOTHING, FIND_PROCESS, FIND_LOST };

/* Opens the kernel's news of programs. -1: errno says why it gives none. */
int find_open(void);

/* The next news. FIND_LOST: some were lost, so all processes have to be looked at. */
enum find_news find_next(int news, int *process);

/* The section of a process's program; FIND_NOBODY: it has none. FIND_GONE: the process
 * has ended, or is the kernel's own. */
uint32_t find_section(const struct reserve *reserve, const char *root, int process);

/* The number of a process's user; 0: root. UINT32_MAX: the process has ended. */
uint32_t find_user(const char *root, int process);

/* Fills in the numbers of the users that the file at `path` names. False: it is told who is
 * missing. */
bool find_users(struct reserve *reserve, const char *path, const char *root, FILE *err);

/* Calls back for each process that there is. */
void find_all(const char *root, void (*found)(void *to, int process), void *to);

#endif
