/*
 * What the watcher shows to managers in a window of its partition (kumiki/alarms.h). It works on a
 * copy of its own, and never reads the window again after its start.
 */
#ifndef WATCHER_SHOWN_H
#define WATCHER_SHOWN_H

#include <kumiki/alarms.h>
#include <stdbool.h>
#include <stddef.h>

struct shown {
	volatile uint64_t *window; /* NULL: there is none */
	struct alarms_window now;
	const void *key[ALARMS_ROWS]; /* of rows that are there still */
};

/* A former watcher's alarms stay. They are over if this one goes on where that one was, else they
 * are earlier. False: the window is too small. */
bool shown_open(struct shown *shown, void *window, size_t size, const char *watched, uint64_t now,
                bool goes_on);

/* Something was found; something came of it; it is gone. `key` says what it is. */
void shown_found(struct shown *shown, uint64_t now, const void *key, const char *words);
void shown_done(struct shown *shown, const void *key, const char *words);
void shown_gone(struct shown *shown, uint64_t now, const void *key, const char *words);

/* Something happened that is no finding. */
void shown_note(struct shown *shown, uint64_t now, const char *words);

/* What isn't told any more is over: its rule went, or the guest is another one. */
void shown_forget(struct shown *shown, uint64_t now, bool (*is_told)(const void *key));

/* The watcher looks. */
void shown_look(struct shown *shown, uint64_t now);
void shown_rule(struct shown *shown, uint32_t index, const struct alarms_rule *rule);

#endif
