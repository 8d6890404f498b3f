/*
 * What cores show each other while the frame recovers from its own crash: docs/proof/recovery.md.
 * It lies in the memory that all cores share.
 */
#ifndef STATE_RECOVERY_H
#define STATE_RECOVERY_H

#include <frame/types.h>
#include <kumiki/bundle.h>

#define RECOVERIES      3 /* in a minute at most */
#define RECOVERY_CALLED (1u << 31)

struct recovery {
	uint32_t started; /* cores that have started, a bit each: before that a crash is the end */
	uint32_t by;      /* index + 1 of the core that crashed; 0: no recovery is going on */
	uint32_t off;     /* cores that were off at the crash, a bit each: they take no part; with
	                   * RECOVERY_CALLED, as soon as that is known */
	uint32_t rested;  /* cores whose vCPUs are in memory, a bit each */
	uint32_t mended;  /* cores that have checked and mended their partitions, a bit each */
	uint32_t adopted; /* cores that have adopted their vCPUs and partitions, a bit each */
	uint32_t gone_on; /* cores that have left the recovery, a bit each */
	uint32_t again;   /* cores that start again instead of beginning, a bit each */
	uint32_t hung;    /* index + 1 of a core that another one makes crash, as it hangs; or 0 */
	uint32_t count;   /* crashes that the frame began to recover from */
	uint64_t began;   /* counter */
	/* The home core of each partition takes note of these. Partitions that are given up, a bit
	 * each: the frame failed again at work for them. Why a partition ends: enum report_kept.
	 * The partition whose stage 2 is damaged, as a bit. */
	uint32_t given_up;
	uint8_t kept[BUNDLE_PARTITIONS_MAX];
	uint32_t refill;
	uint32_t
	    blind; /* lost interrupts aren't looked for: a recovery doesn't mend what was found */
	uint32_t speaks; /* a core says its last words, and ends the machine */
	struct {
		uint64_t at, pc; /* pc: 0 if the core hung */
		uint32_t vcpu;   /* at work for it: struct frame_crash */
	} last[RECOVERIES];      /* by their number, modulo the size */
};

#endif
