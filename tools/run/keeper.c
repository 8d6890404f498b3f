/* The keeper's start: see host/keeper.h. */
#include <errno.h>
#include <host/keeper.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEEPER_PATH_MAX 4096u
#define KEEPER_PLACE    "../libexec/kumiki/"
#define KEEPER_PROGRAM  "kumiki-keeper"

/* Where an installation, and a build, have the keeper: relative to this program. */
static void keeper_path(char path[KEEPER_PATH_MAX], const char *which)
{
	char program[KEEPER_PATH_MAX / 2];
	const ssize_t size = readlink("/proc/self/exe", program, sizeof(program) - 1);
	const char *slash;

	program[size > 0 ? size : 0] = '\0';
	slash = strrchr(program, '/');
	(void)snprintf(path, KEEPER_PATH_MAX, "%.*s/" KEEPER_PLACE "%s",
	               slash != NULL ? (int)(slash - program) : 0, program, which);
}

int keeper_become(const char *name, const char *program, char **argv)
{
	char path[KEEPER_PATH_MAX];

	keeper_path(path, program);
	fflush(NULL);
	execv(path, argv);
	fprintf(stderr,
	        "kumiki %s: cannot start '%s': %s; it is a part of Kumiki: install the package "
	        "whole, or build it (make host)\n",
	        name, path, strerror(errno));
	return EXIT_FAILURE;
}

/* The session is its own, so the keys of this terminal don't reach it. It has none of this
 * process's other files: a hub would wait for it to close QEMU's end. */
static _Noreturn void keeper_start(const char *name, const char *link)
{
	char *argv[] = {(char *)(uintptr_t)KEEPER_PROGRAM, (char *)(uintptr_t)link, NULL};

	(void)setsid();
	(void)dup2(STDERR_FILENO, STDOUT_FILENO);
	(void)close_range(STDERR_FILENO + 1, ~0u, 0);
	_exit(keeper_become(name, KEEPER_PROGRAM, argv));
}

bool keeper_beside(const char *name, const char *link)
{
	const pid_t process = fork();

	if (process == 0)
		keeper_start(name, link);
	if (process < 0)
		fprintf(stderr, "kumiki %s: cannot start a keeper: %s\n", name, strerror(errno));
	return process > 0;
}
