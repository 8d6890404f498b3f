/* Why a core stays with its holder, and what the operator can do then, as the end of a sentence.
 * The warden uses this, and the tool of a Linux that asks for cores. */
#ifndef LIB_HOLDWORDS_H
#define LIB_HOLDWORDS_H

#include <kumiki/hold.h>

#define HOLD_LATE_WORDS ": it didn't give it up in time; see that it and its agent run"

/* The words for a core whose request was replaced. `record` is the core's record at this moment of
 * the counter. */
static inline const char *hold_stays_words(uint64_t record, uint64_t counter)
{
	if (HOLD_WANTED(record) != HOLD_HOLDER(record))
		return ": somebody else has asked for it since; 'cores' says for whom";
	if (HOLD_UNTIL(record) > counter >> HOLD_TICK_SHIFT)
		return ": somebody has asked that it stays; ask again later";
	return ": it refuses; its agent says why";
}

#endif
