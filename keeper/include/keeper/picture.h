/*
 * The picture of the machine: the last documents of the back end, what changed between two of them,
 * and what is wrong now. It asks for them each second, and for the list of systems at once after
 * the machine's own news. What changed becomes an event.
 */
#ifndef KEEPER_PICTURE_H
#define KEEPER_PICTURE_H

#include <jansson.h>
#include <keeper/back.h>
#include <keeper/early.h>
#include <keeper/events.h>
#include <keeper/series.h>

#define PICTURE_SILENT_MS 5000 /* a machine that answers is heard each second */

/* How the machine's documents are read: a guest may print a NUL. And how lines are written. */
#define PICTURE_READ  (JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL)
#define PICTURE_WRITE (JSON_COMPACT | JSON_ENSURE_ASCII)

struct picture {
	struct back *back;
	struct events *events;
	json_t *list, *accounts, *cores; /* NULL: none has come yet */
	bool listing, again;             /* a list is asked for; another one is wanted behind it */
	bool counting;                   /* accounts and cores are asked for */
	int64_t now;                     /* ms, in this turn */
	int64_t slept;                   /* ms that the host was suspended for, ever */
	int64_t local; /* ms from now + slept to the local time, as 1970 counts it */
	int64_t next;  /* when it asks again */
	int64_t began;
	int64_t
	    missed[BUNDLE_VCPUS_MAX]; /* when a vCPU was last seen to miss deadlines; 0: never */
	uint32_t printed;             /* a bit for each system that printed, not told yet */
	int64_t printed_next;         /* when it may be told */
	uint64_t revision;            /* of the state's text */
	bool changed;                 /* the text isn't that of the revision yet */
	char *text;
	struct series series; /* of all systems, since the keeper's start (record.c) */
	struct early early;   /* what is found in it, up to this minute (found.c) */
	int64_t found;
};

void picture_start(struct picture *picture, struct back *back, struct events *events, int64_t now);
void picture_free(struct picture *picture);

/* Asks what has to be asked, and tells what has waited. */
void picture_turn(struct picture *picture, int64_t now);

/* What a back end's listener tells. */
void picture_news(void *picture);
void picture_printed(void *picture, uint32_t system);
void picture_output(void *picture, uint32_t system, const void *bytes, size_t size);

/* The state as one line of JSON, which lives until the next call. NULL: no memory. */
const char *picture_text(struct picture *picture);

/* Whether the last list has a system with this name. */
bool picture_has(const struct picture *picture, const char *name);

/* For how many ms the machine has neither answered nor printed anything. */
int64_t picture_silent(const struct picture *picture);

/* A field of a document that is a string; "": it isn't one. */
const char *picture_string(const json_t *object, const char *key);

/* The sentence for the word of a last end, such as "its kernel panicked". NULL: no such word. */
const char *picture_end_words(const char *word);

/* ---- wrong.c ---- */

/* An array of {"system", "text"}; without a system it is about the machine. NULL: no memory. */
json_t *wrong_now(const struct picture *picture);

#endif
