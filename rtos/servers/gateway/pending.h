/*
 * Records on their way from the thread that passes frames to the one that writes the log. They lie
 * in kept memory. The first one alone changes `put`, the second one alone the rest.
 */
#ifndef GATEWAY_PENDING_H
#define GATEWAY_PENDING_H

#include <kumiki/rtos/gatelog.h>
#include <stdbool.h>

#define PENDING_MOST  256
#define PENDING_SPARE 16 /* places for records that aren't of frames */

struct pending {
	uint64_t put, taken; /* records so far */
	struct gatelog_record record[PENDING_MOST];
	/* The second thread's: the log isn't the one that it wrote, or it doesn't know yet. */
	bool halted;
};

static inline uint64_t pending_count(const struct pending *pending)
{
	return __atomic_load_n(&pending->put, __ATOMIC_ACQUIRE) -
	       __atomic_load_n(&pending->taken, __ATOMIC_ACQUIRE);
}

static inline bool pending_has_room(const struct pending *pending)
{
	return pending_count(pending) < PENDING_MOST;
}

/* The same for records of frames. */
static inline bool pending_has_room_for_frames(const struct pending *pending)
{
	return pending_count(pending) < PENDING_MOST - PENDING_SPARE;
}

static inline bool pending_is_halted(const struct pending *pending)
{
	return __atomic_load_n(&pending->halted, __ATOMIC_ACQUIRE);
}

/* There is room. The record is there before it counts. */
static inline void pending_put(struct pending *pending, const struct gatelog_record *record)
{
	pending->record[pending->put % PENDING_MOST] = *record;
	__atomic_store_n(&pending->put, pending->put + 1, __ATOMIC_RELEASE);
}

#endif
