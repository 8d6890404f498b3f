/* An attached console: its screen, its keys, its logs. */
#ifndef CONSOLE_SESSION_H
#define CONSOLE_SESSION_H

#include <host/link.h>
#include <kumiki/service.h>
#include <lib/termscreen.h>

#define SESSION_KEYS_MAX 1024

struct session_options {
	const char *partition; /* show this partition alone, its keys untouched; NULL: all */
	bool raw;              /* with `partition`: its characters unfiltered */
	const char *log;       /* folder for a file of each source; NULL: none */
};

/* Keys on their way to a partition: the system says how many of each frame it took. */
struct session_keys {
	bool hot;
	uint8_t bytes[SESSION_KEYS_MAX];
	size_t count;
	bool asked;         /* a frame is on its way */
	int64_t not_before; /* ms: when keys without room are offered again */
};

struct session {
	const struct session_options *options;
	FILE *out; /* the person's screen */
	struct link link;
	uint8_t partitions, sources;
	char name[CONSOLE_SOURCES_MAX][BUNDLE_NAME_SIZE + 1];
	const char *names[CONSOLE_SOURCES_MAX + 1];
	struct termline_names reserved;
	struct termscreen_source shown[CONSOLE_SOURCES_MAX];
	struct termscreen screen; /* its focus gets the keys */
	FILE *logs[CONSOLE_SOURCES_MAX];
	struct session_keys keys;
	bool over; /* the person wants to leave */
};

/* Runs until the person leaves, input or link end. Returns the program's exit status. */
int session_run(struct session *session, const char *path, const struct session_options *options);

/* ---- keys.c ---- */

/* Takes keys that the person typed. */
void session_type(struct session *session, const uint8_t *bytes, size_t size);

/* Sends waiting keys, unless a frame is on its way. False: the link is gone. */
bool session_send_keys(struct session *session, int64_t now);

/* A LINK_TOOK. */
void session_took(struct session *session, const struct linkframe *frame, int64_t now);

/* Tells the system where the keys go. */
void session_send_focus(struct session *session);

/* A line of the console's own. */
void session_notice(struct session *session, const char *first, const char *second);

#endif
