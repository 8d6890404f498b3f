/*
 * Who is logged in. A session ends when its user logs out, when nobody has used it for half an
 * hour, and twelve hours after its beginning at the latest. The table is bounded: a user who logs
 * in too often loses the session that was used least. Pure logic; the caller has the clock.
 */
#ifndef KEEPER_SESSIONS_H
#define KEEPER_SESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SESSIONS_MAX        128u
#define SESSIONS_OF_USER    8u
#define SESSIONS_TOKEN_SIZE 33u
#define SESSIONS_IDLE_MS    1800000
#define SESSIONS_LONGEST_MS 43200000

struct session {
	uint64_t number; /* from 1, never again the same; 0: this place is free */
	char token[SESSIONS_TOKEN_SIZE];
	size_t user; /* its place in struct users */
	int64_t began, used;
};

struct sessions {
	uint64_t count; /* ever */
	struct session list[SESSIONS_MAX];
};

/* 128 bits that nobody guesses, as 32 digits. False: there is no randomness. */
bool sessions_token(char token[SESSIONS_TOKEN_SIZE]);

/* NULL: there is no randomness. */
struct session *sessions_begin(struct sessions *sessions, size_t user, int64_t now);

/* The session with this token, or number, that hasn't ended; it counts as used. NULL: there is
 * none. */
struct session *sessions_find(struct sessions *sessions, const char *token, int64_t now);
struct session *sessions_use(struct sessions *sessions, uint64_t number, int64_t now);

void sessions_end(struct session *session);

/* Compares all tokens of this length in the same time. */
bool sessions_same(const char *one, const char *other);

#endif
