/*
 * Records on their way from the thread that passes frames to the thread that writes the log. They
 * lie in kept memory. Only the first thread changes `put` and the records; only the second changes
 * the rest.
 */
#ifndef GATEWAY_PENDING_H
#define GATEWAY_PENDING_H

#include <kumiki/rtos/gatelog.h>
#include <stdbool.h>

#define PENDING_MOST  256
#define PENDING_SPARE 16 /* places for records that aren't about frames */

struct pending {
	uint64_t put, taken; /* records that were put, and taken, so far */
	struct gatelog_record record[PENDING_MOST];
	/* Changed by the second thread: the log isn't the one that it wrote, or it doesn't know
	 * yet. */
	bool halted;
};

static inline uint64_t pending_count(const struct pending *pending)
{
	return __atomic_load_n(&pending->put, __ATOMIC_ACQUIRE) -
	       __atomic_load_n(&pending->taken, __ATOMIC_ACQUIRE);
}

/* Whether so many records can wait. */
static inline bool pending_is_possible(const struct pending *pending)
{
	return pending_count(pending) <= PENDING_MOST;
}

static inline bool pending_has_room(const struct pending *pending)
{
	return pending_count(pending) < PENDING_MOST;
}

/* Whether there is room for a record about frames. */
static inline bool pending_has_room_for_frames(const struct pending *pending)
{
	return pending_count(pending) < PENDING_MOST - PENDING_SPARE;
}

static inline bool pending_is_halted(const struct pending *pending)
{
	return __atomic_load_n(&pending->halted, __ATOMIC_ACQUIRE);
}

/* Puts a record, for which there is room. The record is whole before it counts. */
static inline void pending_put(struct pending *pending, const struct gatelog_record *record)
{
	pending->record[pending->put % PENDING_MOST] = *record;
	__atomic_store_n(&pending->put, pending->put + 1, __ATOMIC_RELEASE);
}

#endif
