/* Serves many clients on one link: see tools/hub/hub.h, `kumiki run --link` and `kumiki hub`. */
#ifndef HOST_HUB_H
#define HOST_HUB_H

#include <kumiki/link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define HUB_DOORS     8               /* that a person gives */
#define HUB_DOORS_MAX (HUB_DOORS + 1) /* the page has one of its own */

/* A socket, and what its clients may do. */
struct hub_door {
	const char *path;
	uint8_t rights; /* enum link_right */
	int listener;   /* -1: closed */
	dev_t device;   /* of the socket that the hub made; the name may get another one */
	ino_t inode;
};

/* Writes a set of rights as "look, type". */
const char *hub_rights_words(uint32_t rights, char *text, size_t size);

/* Reads a set of rights from "look,type". 0: the text isn't a list of rights. */
uint8_t hub_rights_of(const char *text);

/* Makes a door from "PATH" or "PATH:RIGHTS". The text is changed, and has to stay. NULL, or what is
 * wrong. A path may have colons before its last slash. */
const char *hub_door_of(struct hub_door *door, char *text);

/* Makes the socket. If nobody listens on a socket with this name, takes its place. False: the
 * program `name` has complained, and has named `option`. */
bool hub_open(struct hub_door *door, const char *name, const char *option, FILE *complaints);

/* Makes the sockets of all doors. False: the program has complained, and made none. */
bool hub_open_all(struct hub_door *doors, size_t count, const char *name, const char *option,
                  FILE *complaints);

/* Removes the socket, unless another one has taken its place. */
void hub_close(struct hub_door *door);

/* Serves until the system is gone, or the process is asked to end. Then closes everything, also
 * `system`. Clients hear `over` when the system is gone. */
void hub_serve(int system, struct hub_door *doors, size_t count, const char *over);

/* Serves open doors in a process of its own, which ends when the other end of the system's socket
 * is closed. Returns that end, which a program can inherit. -1: the program `name` has complained.
 */
int hub_beside(struct hub_door *doors, size_t count, const char *name, FILE *complaints);

#endif
