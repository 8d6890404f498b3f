/*
 * Reads a text of words with sizes and addresses, like "512M at 0x80000000", from front to back. A
 * complaint names the very character with the mistake. The model uses this, and the reader of the
 * RTOS's manifest.
 */
#ifndef HOST_PHRASE_H
#define HOST_PHRASE_H

#include <host/complaints.h>

#define PHRASE_PAGE  4096ull
#define PHRASE_LIMIT (1ull << 39) /* addresses are below this */

struct phrase {
	struct complaints *complaints;
	struct dts_place place; /* of the string */
	const char *text, *at;
	const char *remedy; /* the right form, as the end of a complaint */
};

/* Takes this word, if it comes next and a space follows it. */
bool phrase_take(struct phrase *phrase, const char *word);
/* Takes a number with or without a unit: a multiple of 4 KiB below 512 GiB. `what` is its name in a
 * complaint. False: there was a complaint. */
bool phrase_number(struct phrase *phrase, const char *what, uint64_t *value);
/* Checks that no more text follows. False: there was a complaint. */
bool phrase_end(struct phrase *phrase);

#endif
