/*
 * A hub's sockets: see host/hub.h. If a program listens on a socket, or may listen, the hub never
 * takes the socket's place, whatever the program says. Only two hubs that start in the same instant
 * on a dead hub's socket may replace each other's socket.
 */
#include "hub.h"
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define DOOR_HANG_MS 200 /* after this time, a hub whose machine has ended is gone */

/* ---- PATH[:RIGHTS] ---- */

const char *hub_door_of(struct hub_door *door, char *text)
{
	char *colon = strrchr(text, ':');

	*door = (struct hub_door){.path = text, .rights = LINK_RIGHTS, .listener = -1};
	/* Anybody on this host could use a socket without a name. */
	if (*text == 0 || colon == text)
		return "a socket has a name: PATH, or PATH:RIGHTS";
	if (colon == NULL || strchr(colon, '/') != NULL)
		return NULL;
	door->rights = hub_rights_of(colon + 1);
	*colon = 0;
	return door->rights ? NULL
	                    : "behind the colon of a socket stand rights: look, type, command, "
	                      "debug, with commas between them";
}

/* ---- who uses the socket ---- */

static bool door_address(struct sockaddr_un *address, const char *path)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(address->sun_path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(address->sun_path, path, strlen(path) + 1);
	return true;
}

enum door_state { DOOR_DEAD, DOOR_LIVES, DOOR_HUNG_UP };

/* Tries to connect. A connection does no harm to a machine. A hub greets at once; a UART of QEMU
 * may be silent without end. */
static enum door_state door_try(const struct sockaddr_un *address, int milliseconds)
{
	struct pollfd poller = {.events = POLLIN};
	int file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	enum door_state state = DOOR_LIVES;
	char byte;

	if (file < 0)
		return DOOR_LIVES;
	if (connect(file, (const struct sockaddr *)address, sizeof(*address)) != 0) {
		if (errno == ECONNREFUSED || errno == ENOENT)
			state = DOOR_DEAD;
	} else {
		poller.fd = file;
		if (poll(&poller, 1, milliseconds) > 0 && read(file, &byte, 1) <= 0)
			state = DOOR_HUNG_UP;
	}
	close(file);
	return state;
}

static int64_t door_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Whether a program uses the socket. A hub whose machine has just ended closes the connection
 * without a word, so this asks again until nothing listens. */
static bool door_is_used(const struct sockaddr_un *address)
{
	const int64_t end = door_now() + DOOR_HANG_MS;
	enum door_state state;

	do
		state = door_try(address, DOOR_HANG_MS);
	while (state == DOOR_HUNG_UP && door_now() < end);
	return state != DOOR_DEAD;
}

/* Whether the door's socket is that of an earlier door, however its name is written. */
static bool door_is_given_twice(const struct hub_door *doors, size_t count)
{
	struct stat status;

	if (lstat(doors[count].path, &status) != 0)
		return false;
	for (size_t i = 0; i < count; i++)
		if (doors[i].device == status.st_dev && doors[i].inode == status.st_ino)
			return true;
	return false;
}

/* Says why a new socket can't take this name: a program uses the socket there, or it is a file of
 * another kind. */
static const char *door_hindrance(const struct sockaddr_un *address, const char *path)
{
	struct stat status;

	if (lstat(path, &status) != 0)
		return NULL;
	if (!S_ISSOCK(status.st_mode))
		return "is there already, and is no socket";
	if (door_is_used(address))
		return "is the link of a machine that runs";
	unlink(path);
	return NULL;
}

/* ---- opening, closing ---- */

static bool door_listen(struct hub_door *door, const struct sockaddr_un *address)
{
	struct stat status;

	door->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (door->listener < 0 ||
	    bind(door->listener, (const struct sockaddr *)address, sizeof(*address)) != 0 ||
	    listen(door->listener, HUB_CLIENTS) != 0 || lstat(door->path, &status) != 0)
		return false;
	door->device = status.st_dev;
	door->inode = status.st_ino;
	return true;
}

bool hub_open(struct hub_door *door, const char *name, const char *option, FILE *complaints)
{
	struct sockaddr_un address;
	const char *why = NULL;

	door->listener = -1;
	if (door_address(&address, door->path)) {
		why = door_hindrance(&address, door->path);
		if (!why && door_listen(door, &address))
			return true;
	}
	fprintf(complaints, "kumiki %s: '%s' %s%s; choose another name behind %s\n", name,
	        door->path, why ? "" : "can't be a socket: ", why ? why : strerror(errno), option);
	if (door->listener >= 0)
		close(door->listener);
	door->listener = -1;
	return false;
}

bool hub_open_all(struct hub_door *doors, size_t count, const char *name, const char *option,
                  FILE *complaints)
{
	for (size_t i = 0; i < count; i++) {
		if (door_is_given_twice(doors, i))
			fprintf(complaints,
			        "kumiki %s: '%s' is given twice; choose another name behind one "
			        "%s, or leave it out\n",
			        name, doors[i].path, option);
		else if (hub_open(&doors[i], name, option, complaints))
			continue;
		while (i-- > 0)
			hub_close(&doors[i]);
		return false;
	}
	return true;
}

/* Removes the door's socket. As long as the socket is open, no other file has its inode's number.
 */
void hub_close(struct hub_door *door)
{
	struct stat status;

	if (door->listener < 0)
		return;
	if (lstat(door->path, &status) == 0 && status.st_dev == door->device &&
	    status.st_ino == door->inode)
		unlink(door->path);
	close(door->listener);
	door->listener = -1;
}
