/*
 * How often something has tried to log in without success: a name, or an address. After some free
 * tries each further one brings a pause, twice as long as the one before. The table has a fixed
 * number of places, which a secret hash chooses: two names may share a place, and nobody can choose
 * such names. An unknown name is treated as a known one. Pure logic; the caller has the clock.
 */
#ifndef KEEPER_TRIES_H
#define KEEPER_TRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRIES_PLACES    1024u
#define TRIES_PAUSE_MS  1000
#define TRIES_PAUSES    6u /* so often a pause doubles: up to 64 seconds */
#define TRIES_FORGET_MS 900000

struct tries {
	uint64_t secret;
	unsigned int free; /* tries without a pause */
	struct tries_place {
		unsigned int failed;
		int64_t until; /* the pause's end */
		int64_t last;  /* try */
	} places[TRIES_PLACES];
};

/* False: there is no randomness. */
bool tries_start(struct tries *tries, unsigned int free);

struct tries_place *tries_find(struct tries *tries, const void *what, size_t size);

/* For how many ms it has to wait; 0: it may try. */
int64_t tries_wait(const struct tries_place *place, int64_t now);

/* Counts a try, before it is known whether it is good. */
void tries_count(const struct tries *tries, struct tries_place *place, int64_t now);

/* The counted try was good: it doesn't count. */
void tries_forgive(struct tries_place *place);

#endif
