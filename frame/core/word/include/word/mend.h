/*
 * The watcher's changes of a partition's memory, and what came of them, from any core. There are
 * boxes only if a watcher mends (bundle_is_mended()).
 */
#ifndef WORD_MEND_H
#define WORD_MEND_H

#include <frame/layout.h>
#include <frame/types.h>
#include <kumiki/mend.h>

static inline struct mend_box *mend_box_of(uint32_t partition)
{
	return (struct mend_box *)(LAYOUT_MENDS + (uint64_t)partition * PAGE_SIZE);
}

/* True: changes are asked for, and not yet answered. The watcher's own core alone asks, and the
 * watched partition's home core alone answers. */
static inline bool mend_is_asked(const struct mend_box *box)
{
	return __atomic_load_n(&box->asked, __ATOMIC_ACQUIRE) !=
	       __atomic_load_n(&box->answered, __ATOMIC_ACQUIRE);
}

#endif
