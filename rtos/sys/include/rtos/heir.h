/*
 * The record of a server whose versions replace each other while it serves (docs/rtos/replace.md).
 * Whichever version runs, the program's kept memory has the record of the boot image's version. A
 * version with a record of another form has memory of its own for it, and writes both records: so
 * the boot image's version can take over at any time. One thread at a time may use these functions.
 */
#ifndef RTOS_HEIR_H
#define RTOS_HEIR_H

#include <rtos/keep.h>

/* What a version says of itself. */
struct heir_of {
	uint32_t version, size; /* of its own record, as keep_open() takes them */
	/* These are of the boot image's record; `old` has room for one. `convert` is NULL if this
	 * version has the same record. */
	uint32_t old_version, old_size;
	void *old;
	void (*convert)(const void *old, void *state);
	void (*back)(const void *state, void *old);
	/* Checks that the state is sound, and that a call with a known answer gets this answer.
	 * NULL: nothing is checked. */
	bool (*probe)(const void *state);
};

struct heir {
	const struct heir_of *of;
	struct keep keep, before; /* its own record; the boot image's, if it has another form */
	bool writes_both;
};

/* The exit values of a version that can't take its program's place. */
enum heir_exit {
	HEIR_NO_MEMORY = 96, /* there is no kept memory, or too little for its record */
	HEIR_NO_RECORD = 97, /* the record isn't of the version that its converter reads */
	HEIR_NO_PROBE = 98,  /* its probe failed */
};

/* Finds the state, converts it if its form is an older one, and says that the server is well. A
 * version that takes its program's place runs its probe first. Without a record, `state` is left
 * alone. Exits if a step isn't possible: then the boot image's version serves again. */
enum keep_found heir_begin(struct heir *heir, const struct heir_of *of, void *state);

/* Writes the state like keep_write(), into both records if there are two. */
void heir_write(struct heir *heir, const void *state);

#endif
