/* A client's side of the clock (proto/clock.h), by the port that the manifest calls "clock". Times
 * are nanoseconds since 1970, UTC. */
#ifndef RTOS_CLOCK_H
#define RTOS_CLOCK_H

#include <proto/clock.h>
#include <stdbool.h>

/* Asks the server each time, as somebody may have set the clock. CLOCK_UNSET: the manifest gives no
 * such port, or nobody knows the time. */
enum clock_status clock_now(uint64_t *time);
enum clock_status clock_set(uint64_t time);

/* A known offset, and since when it holds. */
struct clock_base {
	uint64_t offset, since; /* in nanoseconds of the counter; all zeros: nothing is known yet */
};
enum clock_status clock_read(struct clock_base *base);

/* Waits until the clock is set, or until the deadline (0: none). True: *base is a new one. False
 * may come before the deadline; then the caller calls again. */
bool clock_await(struct clock_base *base, uint64_t deadline);

#endif
