/* What is kept of a watcher's mend of a partition (kumiki/mend.h). */
#ifndef STATE_MEND_H
#define STATE_MEND_H

#include <frame/types.h>

enum mend_step {
	MEND_NONE,
	MEND_STANDS,  /* the vCPUs come to stand */
	MEND_GOES_ON, /* the vCPUs go on, and the watcher gets the answer */
	/* All stand from here on. */
	MEND_RUNS,  /* the loader looks and changes; an end of the partition waits for it */
	MEND_AGAIN, /* the same, after a run that failed */
	MEND_OVER,  /* the loader has done its part, and the answer is in the box */
};

/* Kept (keep.h). The home core writes it, but for `laid`. */
struct mend {
	uint32_t step;  /* enum mend_step */
	uint32_t asked; /* which of the box's mends it is */
	uint64_t late;  /* counter: until then the vCPUs have to stand */
	/* vCPUs that stand still with their registers laid down, or are off, since this mend began;
	 * a bit each, set by the vCPU's core; atomically. */
	uint32_t laid;
	uint32_t reserved;
};

#endif
