/* Times of POSIX and ticks of the counter. */
#ifndef LIBC_CLOCK_H
#define LIBC_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

void clock_time(uint64_t ticks, struct timespec *time);
/* False: `time` isn't a time. */
bool clock_ticks(const struct timespec *time, uint64_t *ticks);

#endif
