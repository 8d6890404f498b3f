/* Serves many clients on one link: see tools/hub/hub.h, `kumiki run --link` and `kumiki hub`. */
#ifndef HOST_HUB_H
#define HOST_HUB_H

#include <kumiki/link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define HUB_DOORS 8

/* A socket, and what its clients may do. */
struct hub_door {
	const char *path;
	uint8_t rights; /* enum link_right */
	int listener;   /* -1: closed */
	dev_t device;   /* of the socket's name, which may be another one's later */
	ino_t inode;
};

/* "look, type" of a set of rights. */
const char *hub_rights_words(uint32_t rights, char *text, size_t size);

/* The set of "look,type"; 0: the text is no list of rights. */
uint8_t hub_rights_of(const char *text);

/* A door from "PATH" or "PATH:RIGHTS", which stays in use and is changed. NULL, or what is wrong.
 * A path may have colons of its own before its last slash. */
const char *hub_door_of(struct hub_door *door, char *text);

/* Makes the socket, and takes the place of one that nobody listens on. False after a complaint of
 * the program `name`, which names `option`. */
bool hub_open(struct hub_door *door, const char *name, const char *option, FILE *complaints);

/* All of them, or none after a complaint. */
bool hub_open_all(struct hub_door *doors, size_t count, const char *name, const char *option,
                  FILE *complaints);

/* Removes the socket, unless another one has taken its place. */
void hub_close(struct hub_door *door);

/* Serves until the system is gone, or the process is asked to end, and closes all; the files become
 * the hub's. Clients hear `over` when the system is gone. */
void hub_serve(int system, struct hub_door *doors, size_t count, const char *over);

/* Serves open doors in a process of its own, which ends with the other end of the system's socket.
 * That end, for a program to inherit; -1 after a complaint of the program `name`. */
int hub_beside(struct hub_door *doors, size_t count, const char *name, FILE *complaints);

#endif
