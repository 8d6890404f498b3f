/*
 * A journal for operations that mustn't be carried out twice (docs/rtos/messages.md): the answers
 * of calls that were carried out and perhaps never answered. It is a part of what a server keeps,
 * and is written with the effect of the call, in one piece.
 *
 * A call comes again before all others of its priority, but behind more urgent ones, which write to
 * the journal, too. So a server has one place for all of its calls, and leaves those of the servers
 * before it alone: an answer is lost only if its call waits while all others crash.
 */
#ifndef RTOS_JOURNAL_H
#define RTOS_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#define JOURNAL_PLACES 16

/* All zeros: empty. */
struct journal {
	struct {
		uint64_t identity; /* of the call; 0: none */
		uint64_t answer;
	} place[JOURNAL_PLACES];
	uint32_t mine;
	uint32_t reserved;
};

/* A new server: takes the place with the oldest call. */
void journal_begin(struct journal *journal);

/* Whether this call was carried out before, and its answer then. Its place becomes this server's.
 */
bool journal_find(struct journal *journal, uint64_t identity, uint64_t *answer);

/* Notes that this call is carried out. */
void journal_note(struct journal *journal, uint64_t identity, uint64_t answer);

#endif
