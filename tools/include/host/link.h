/*
 * The host's end of the link to a running system (include/kumiki/link.h): a UNIX socket, a terminal
 * device, or standard input and output ("-").
 */
#ifndef HOST_LINK_H
#define HOST_LINK_H

#include <host/plain.h>
#include <lib/linkframe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <termios.h>

#define LINK_READ_SIZE 4096

struct link {
	int input, output; /* -1: closed */
	int patience;      /* a factor for all waits */
	uint32_t rights;   /* rights to ask of a hub; 0: all that its socket gives */
	bool terminal;     /* it is a device with settings to restore */
	struct termios settings;
	struct linkframe_parser parser;
	char last[128]; /* a hub's last words; "": it has said none */
	struct plain plain;
	size_t have, next; /* bytes[next .. have) are read, and not parsed yet */
	uint8_t bytes[LINK_READ_SIZE];
};

/* Opens the link. The link's patience is KUMIKI_PATIENCE of the environment, or 1. False: it has
 * complained. */
bool link_open(struct link *link, const char *path, FILE *complaints);

/* Says goodbye if `bye`, restores a terminal's settings, and closes the link. */
void link_close(struct link *link, bool bye);

/* False: the other side is gone; errno says how. */
bool link_send(struct link *link, uint8_t type, const void *payload, size_t size);

enum link_result {
	LINK_GOT_FRAME,
	LINK_NOTHING, /* the time is over */
	LINK_CLOSED,  /* the other side is gone, or a hub has said its last words */
	LINK_REFUSED, /* a hello was refused; the frame says why */
};

/* Waits for the next frame, up to `milliseconds` (0: it doesn't wait). Plain text is kept, in
 * `plain`, until the next frame that is no welcome or error. */
enum link_result link_receive(struct link *link, struct linkframe *frame, int milliseconds);

/* Why the link is closed: the hub's words. If the hub has said none: `otherwise`. */
const char *link_why(struct link *link, const char *otherwise);

/* Whether the frame says that the system has gone back to plain text. The system does that after
 * ten of its seconds without a frame. */
bool link_wants_hello(const struct linkframe *frame);

/* Writes the words of a LINK_ERROR into `text`, without control characters. */
const char *link_fault(const struct linkframe *frame, char *text, size_t size);

/* Flushes a program's output. False: the output takes nothing more, and the program has complained.
 */
bool link_printed(FILE *out, const char *program, FILE *complaints);

/* This time, multiplied by the link's patience. */
int link_patient(const struct link *link, int milliseconds);

/* Complains that nothing came within link_patient()'s time, and says how to wait longer. */
void link_too_late(const struct link *link, int milliseconds, const char *what, FILE *complaints);

/*
 * Says hello and waits for the answer; repeats that while the system may still be starting. It does
 * this for `milliseconds` with the link's patience. False: it has complained.
 */
bool link_hello(struct link *link, struct linkframe *welcome, int milliseconds, FILE *complaints);

#endif
