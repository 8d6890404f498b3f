/* A client's side of the clock (proto/clock.h), by the port that the manifest calls "clock". Times
 * are nanoseconds since 1970, UTC. */
#ifndef RTOS_CLOCK_H
#define RTOS_CLOCK_H

#include <proto/clock.h>

/* Asks each time: somebody may have set it. Without such a port CLOCK_UNSET. */
enum clock_status clock_now(uint64_t *time);
enum clock_status clock_set(uint64_t time);

#endif
