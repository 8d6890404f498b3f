/*
 * An emulated PL031 real-time clock (Arm DDI 0224) of one partition. Called by the trap handler
 * with the physical counter's value, which is its only clock; so the model is pure. One caller at a
 * time for one partition's clock. The frame arms a timer for pl031_deadline() and asks pl031_line()
 * after every write and at the deadline.
 */
#ifndef PURE_PL031_H
#define PURE_PL031_H

#include <frame/types.h>

/* Kept state (state/keep.h), so it has no pointers. */
struct pl031 {
	uint64_t start; /* counter at the beginning of a second */
	uint64_t alarm; /* counter at which DR becomes MR; PL031_NEVER */
	uint32_t hz;    /* of the counter */
	uint32_t base;  /* DR at `start` */
	uint32_t match, load;
	uint32_t mask, raw; /* one bit each */
};

#define PL031_NEVER (~0ULL)

/* Resets the clock. At counter value `now` it says `seconds` (since 1970). */
void pl031_reset(struct pl031 *rtc, uint32_t seconds, uint64_t now, uint32_t hz);

uint32_t pl031_read(struct pl031 *rtc, uint32_t offset, uint64_t now);
void pl031_write(struct pl031 *rtc, uint32_t offset, uint32_t value, uint64_t now);

/* When the line may next change by itself; PL031_NEVER: not before the next write. */
uint64_t pl031_deadline(const struct pl031 *rtc);
bool pl031_line(struct pl031 *rtc, uint64_t now);

#endif
