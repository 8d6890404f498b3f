/*
 * The last number of each key that signs commands (command.h), in a file beside the keeper's log. A
 * number is on the disk before its command is carried out, so no command is carried out twice, also
 * when the keeper is killed between. A key that is taken away keeps its number.
 */
#ifndef KEEPER_NUMBERS_H
#define KEEPER_NUMBERS_H

#include <keeper/command.h>

#define NUMBERS_FILE "commands"
#define NUMBERS_MAX  256u

struct numbers {
	char *path, *folder; /* from malloc() */
	struct numbers_row {
		char key[COMMAND_KEY_SIZE];
		uint64_t last;
	} rows[NUMBERS_MAX];
	size_t count;
};

/* Reads the file in the log's folder, if there is one. False: it has complained. */
bool numbers_open(struct numbers *numbers, const char *folder, FILE *complaints);
void numbers_close(struct numbers *numbers);

/* 0: the key has none yet. */
uint64_t numbers_last(const struct numbers *numbers, const char *key);

/* Brings the key's number to the disk. False: the disk doesn't take it, and all is as it was. */
bool numbers_set(struct numbers *numbers, const char *key, uint64_t number);

#endif
