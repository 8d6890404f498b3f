/*
 * Commands that come through hands that nobody trusts, such as an MQTT broker's (fleet.c). A
 * command is a text with an Ed25519 signature of its bytes. Here are the keys that count, as their
 * file has them, and what is checked of a command; it is pure, but for the number that is last
 * (numbers.h).
 */
#ifndef KEEPER_COMMAND_H
#define KEEPER_COMMAND_H

#include <jansson.h>
#include <keeper/back.h>
#include <keeper/users.h>

#define COMMAND_MAX       2048u /* bytes of a message */
#define COMMAND_KEYS      64u
#define COMMAND_KEY       32u /* bytes */
#define COMMAND_KEY_SIZE  45u /* in base64, with a NUL */
#define COMMAND_SIGNATURE 64u
#define COMMAND_AHEAD_S   600 /* an end is so far away, at most */

struct command_key {
	char name[USERS_NAME_SIZE];
	char text[COMMAND_KEY_SIZE]; /* the key */
	enum role role;              /* operate or change */
};

struct command_keys {
	struct command_key list[COMMAND_KEYS];
	size_t count;
};

struct command {
	const struct command_key *key; /* whose signature it is; NULL: nobody's */
	char *text;                    /* that was signed, from malloc() */
	json_t *act;                   /* without node, number and end; NULL: it isn't known yet */
	struct back_question question;
	uint64_t number;
	int64_t end; /* UTC, in seconds */
};

/* Reads the file's text: a line for each key, `NAME ROLE KEY`. Tells each mistake with `name`, the
 * file's, and its line. False: there was one. */
bool command_keys_read(struct command_keys *keys, const char *name, const char *text, size_t size,
                       FILE *complaints);

/* Reads a message, and checks whose it is and what it asks of whom. NULL: it is a command for this
 * node. Else why it isn't; `command` has what is known of it. */
const char *command_read(struct command *command, const struct command_keys *keys, const char *node,
                         const void *message, size_t size);

/* Checks that the command is new, and not too old: `last` is the last number of its key, `now` is
 * UTC in seconds. NULL: it is. Else why it isn't. */
const char *command_wrong(const struct command *command, uint64_t last, int64_t now);

void command_free(struct command *command);

#endif
