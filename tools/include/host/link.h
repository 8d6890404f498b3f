/*
 * The host's end of the link to a running system (include/kumiki/link.h): a UNIX socket, a terminal
 * device, or standard input and output ("-").
 */
#ifndef HOST_LINK_H
#define HOST_LINK_H

#include <lib/linkframe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <termios.h>

#define LINK_READ_SIZE 4096

struct link {
	int input, output; /* -1: closed */
	int patience;      /* all waits are so many times as long */
	uint32_t rights;   /* asked of a hub; 0: all that its socket gives */
	bool terminal;     /* a device with settings to put back */
	struct termios settings;
	struct linkframe_parser parser;
	char last[128];    /* a hub's last word; "": it has said none */
	size_t have, next; /* read and not yet parsed: bytes[next .. have) */
	uint8_t bytes[LINK_READ_SIZE];
};

/* Its patience is KUMIKI_PATIENCE of the environment, 1 without. False after a complaint. */
bool link_open(struct link *link, const char *path, FILE *complaints);

/* Says goodbye if `bye`, puts a terminal back as it was, closes. */
void link_close(struct link *link, bool bye);

/* False: the other side is gone; errno says how. */
bool link_send(struct link *link, uint8_t type, const void *payload, size_t size);

enum link_result {
	LINK_GOT_FRAME,
	LINK_NOTHING, /* the time is over */
	LINK_CLOSED,  /* or a hub has said its last word */
	LINK_REFUSED, /* a hello: it is said why */
};

/* Waits up to `milliseconds` (0: not at all) for the next frame; plain text is passed over. */
enum link_result link_receive(struct link *link, struct linkframe *frame, int milliseconds);

/* Why the link is closed: the hub's words, or `otherwise` if it has said none. */
const char *link_why(struct link *link, const char *otherwise);

/* The system went back to plain text, as it does after ten of its seconds without a frame. */
bool link_wants_hello(const struct linkframe *frame);

/* A LINK_ERROR's words, in `text`; no control characters are among them. */
const char *link_fault(const struct linkframe *frame, char *text, size_t size);

/* Flushes a program's output; false after a complaint: it takes nothing more. */
bool link_printed(FILE *out, const char *program, FILE *complaints);

/* So long, with this link's patience. */
int link_patient(const struct link *link, int milliseconds);

/* Complains of a wait in vain, with link_patient()'s time, and says how to wait longer. */
void link_too_late(const struct link *link, int milliseconds, const char *what, FILE *complaints);

/*
 * Says hello and waits for the answer, again while the system may still be starting; for so long,
 * with this link's patience. False after a complaint.
 */
bool link_hello(struct link *link, struct linkframe *welcome, int milliseconds, FILE *complaints);

#endif
