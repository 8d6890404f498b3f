/*
 * A hub beside the program that has the system: see host/hub.h. The hub's process has a session of
 * its own, so it doesn't get the keys of that program's terminal. It has only its own files open,
 * so nobody waits for it to close others.
 */
#include "hub.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define BESIDE_FIRST 3u /* the first file after standard input, output and errors */

static bool beside_keeps(unsigned int file, int system, const struct hub_door *doors, size_t count)
{
	if ((int)file == system)
		return true;
	for (size_t i = 0; i < count; i++)
		if ((int)file == doors[i].listener)
			return true;
	return false;
}

/* Closes all other files. Those after the last own file are closed by one call, as there may be
 * millions. */
static void beside_close(int system, const struct hub_door *doors, size_t count)
{
	unsigned int last = (unsigned int)system;

	for (size_t i = 0; i < count; i++)
		if (doors[i].listener > (int)last)
			last = (unsigned int)doors[i].listener;
	for (unsigned int file = BESIDE_FIRST; file < last; file++)
		if (!beside_keeps(file, system, doors, count))
			close((int)file);
	(void)close_range(last + 1, ~0u, 0);
}

static void beside_silence(void)
{
	int nothing = open("/dev/null", O_RDWR);

	for (int file = 0; nothing >= 0 && file < (int)BESIDE_FIRST; file++)
		(void)dup2(nothing, file);
	if (nothing >= (int)BESIDE_FIRST)
		close(nothing);
}

static _Noreturn void beside_serve(int system, struct hub_door *doors, size_t count)
{
	(void)setsid();
	(void)prctl(PR_SET_NAME, "kumiki-hub");
	beside_close(system, doors, count);
	beside_silence();
	hub_serve(system, doors, count, "the machine is off");
	_exit(0);
}

int hub_beside(struct hub_door *doors, size_t count, const char *name, FILE *complaints)
{
	int ends[2] = {-1, -1};
	pid_t process = -1;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0)
		process = fork();
	if (process == 0)
		beside_serve(ends[0], doors, count);
	if (process < 0) {
		fprintf(complaints, "kumiki %s: cannot start a hub for the link: %s\n", name,
		        strerror(errno));
		for (size_t i = 0; i < count; i++)
			hub_close(&doors[i]);
		if (ends[1] >= 0)
			close(ends[1]);
	}
	for (size_t i = 0; process > 0 && i < count; i++)
		close(doors[i].listener);
	if (ends[0] >= 0)
		close(ends[0]);
	return process < 0 ? -1 : ends[1];
}
