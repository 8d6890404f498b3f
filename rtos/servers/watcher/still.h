/*
 * Whether what led to a finding is so while the guest stands: a mend (mend.h) that changes nothing
 * compares all that was read. A guest that runs may show a look half a change.
 */
#ifndef WATCHER_STILL_H
#define WATCHER_STILL_H

#include "mend.h"

enum still_result {
	STILL_SAME,
	STILL_OTHER, /* some of it has changed since */
	STILL_CANT,  /* it is too much for a mend, or the guest can't be held */
};

/* Has the frame compare; returns what WATCH_MEND reads then. */
typedef uint32_t still_ask_t(const struct mend *mend);

enum still_result still_look(still_ask_t *ask, const struct guest *guest,
                             const struct rules_memory *memory, uint32_t reads);

#endif
