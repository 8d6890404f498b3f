/*
 * A text of words with sizes and addresses, as "512M at 0x80000000", being read from front to back.
 * A mistake is complained of at its very character. Used by the model and by the reader of the
 * RTOS's manifest.
 */
#ifndef HOST_PHRASE_H
#define HOST_PHRASE_H

#include <host/complaints.h>

#define PHRASE_PAGE  4096ull
#define PHRASE_LIMIT (1ull << 39) /* addresses end there */

struct phrase {
	struct complaints *complaints;
	struct dts_place place; /* of the string */
	const char *text, *at;
	const char *remedy; /* the right form: the end of a complaint */
};

/* Takes this word if it comes next, with a space behind it. */
bool phrase_take(struct phrase *phrase, const char *word);
/* Takes a number, with a unit or without: a multiple of 4 KiB below 512 GiB. `what` names it in a
 * complaint. False after a complaint. */
bool phrase_number(struct phrase *phrase, const char *what, uint64_t *value);
/* False, after a complaint, if more text follows. */
bool phrase_end(struct phrase *phrase);

#endif
