/*
 * The record of a server whose versions replace each other while it serves (docs/rtos/replace.md).
 * The program's kept memory has the record of the boot image's version, whichever version runs. A
 * version with another record has memory of its own for that, and writes both: so a way back is
 * open at any time. One thread at a time.
 */
#ifndef RTOS_HEIR_H
#define RTOS_HEIR_H

#include <rtos/keep.h>

/* What a version says of itself. */
struct heir_of {
	uint32_t version, size; /* of its own record, as keep_open() has them */
	/* Of the boot image's record, and room for one; convert NULL: its own is the same. */
	uint32_t old_version, old_size;
	void *old;
	void (*convert)(const void *old, void *state);
	void (*back)(const void *state, void *old);
	/* Whether the state is sound, and a call with a known answer gets that; NULL: it is. */
	bool (*probe)(const void *state);
};

struct heir {
	const struct heir_of *of;
	struct keep keep, before; /* its own record; the boot image's, if that is another one */
	bool writes_both;
};

/* The exit values of a version that can't take its program's place. */
enum heir_exit {
	HEIR_NO_MEMORY = 96, /* there is no kept memory, or too little for its record */
	HEIR_NO_RECORD = 97, /* the record isn't of the version that its converter reads */
	HEIR_NO_PROBE = 98,  /* its probe failed */
};

/* Finds the state, converted if need be, runs the probe, and says that the server is well. Without
 * a record `state` is left alone. Exits if that isn't possible: then the former version serves
 * again. */
enum keep_found heir_begin(struct heir *heir, const struct heir_of *of, void *state);

/* As keep_write(). */
void heir_write(struct heir *heir, const void *state);

#endif
