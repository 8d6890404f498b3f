/*
 * A journal for operations that mustn't be carried out twice (docs/reference/rtos-messages.md). It
 * has the answers of calls that were carried out, and whose answer may not have arrived. The
 * journal is a part of what a server keeps. The server writes it together with the call's effect,
 * in one piece.
 *
 * A call comes again before all others of its priority. Yet more urgent calls may come before it,
 * and they write to the journal, too. So a server uses one place for all of its calls, and leaves
 * the places of the servers before it alone. An answer is lost only if its call waits while so many
 * later servers crash that they need all places.
 */
#ifndef RTOS_JOURNAL_H
#define RTOS_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#define JOURNAL_PLACES 16

/* All zeros: the journal is empty. */
struct journal {
	struct {
		uint64_t identity; /* of the call; 0: the place is free */
		uint64_t answer;
	} place[JOURNAL_PLACES];
	uint32_t mine;
	uint32_t reserved;
};

/* A new server takes the place with the oldest call. */
void journal_begin(struct journal *journal);

/* Whether this call was carried out before; *answer is its answer then. The call's place becomes
 * this server's. */
bool journal_find(struct journal *journal, uint64_t identity, uint64_t *answer);

/* Notes that this call is carried out. */
void journal_note(struct journal *journal, uint64_t identity, uint64_t answer);

#endif
