/*
 * The users of a page, as their file has them: a line for each, `NAME ROLE HASH`. `kumiki user`
 * writes the file, the keeper reads it. It is pure but for users_load() and the hashes' salt.
 */
#ifndef KEEPER_USERS_H
#define KEEPER_USERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>

#define USERS_MAX          64u
#define USERS_NAME_SIZE    33u
#define USERS_HASH_SIZE    128u
#define USERS_PASSWORD_MIN 10u
#define USERS_PASSWORD_MAX 128u
#define USERS_FILE_MAX     65536u

/* What a role may do, the ones before may not: a role includes them. */
enum role {
	ROLE_NONE,    /* has shown nothing yet */
	ROLE_SEE,     /* looks at all of the machine */
	ROLE_OPERATE, /* starts, stops, suspends, resumes and restarts systems, and moves cores */
	ROLE_CHANGE,  /* does what the page can't undo */
	ROLE_NOBODY,  /* a right that no role has */
};

struct user {
	char name[USERS_NAME_SIZE];
	char hash[USERS_HASH_SIZE]; /* by crypt(3), of the method yescrypt */
	enum role role;
};

struct users {
	struct user list[USERS_MAX];
	size_t count;
};

/* Reads the file's text. Tells each mistake with `name`, the file's, and its line. False: there was
 * one. */
bool users_read(struct users *users, const char *name, const char *text, size_t size,
                FILE *complaints);

/* The text of the file at `path`, with a NUL behind it, from malloc(). NULL: it can't be read, or
 * somebody else may read or write it, and it has complained. */
char *users_load(const char *path, size_t *size, FILE *complaints);

/* Whether a file is as it was, when both were filled in by stat(). */
bool users_same_file(const struct stat *one, const struct stat *other);

/* NULL: there is no such user. */
const struct user *users_find(const struct users *users, const char *name);

/* Whether it is the user's password. Without a user it takes as long, and isn't. */
bool users_check(const struct users *users, const struct user *user, const char *password);

/* Makes a hash, with a salt of its own. False: there is no memory, or no randomness. */
bool users_hash(char hash[USERS_HASH_SIZE], const char *password);

bool users_is_name(const char *name);

/* ---- first.c ---- */

/* If there is no file at `path`: makes one, with this user, who may operate, and a password that is
 * printed to `out` and is nowhere else. False: it has complained. */
bool users_first(const char *path, const char *name, FILE *out, FILE *complaints);

/* ---- users.c ---- */

/* "see", "operate", "change"; the others are "nobody", which role_named() answers with ROLE_NONE.
 */
const char *role_word(enum role role);
enum role role_named(const char *word);

#endif
