/*
 * The board's own watchdog: i.MX's (i.MX 8M Plus Reference Manual, chapter WDOG). Once begun, it
 * can't be stopped, and resets the machine if nobody feeds it for WATCHDOG_SECONDS. The start calls
 * the first two, with the registers' physical address; run/feed.c feeds it.
 */
#ifndef FRAME_WATCHDOG_H
#define FRAME_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

#define WATCHDOG_SECONDS 10

/* True: it is the reason of the machine's last reset. */
bool watchdog_has_reset(uint64_t base);
void watchdog_begin(uint64_t base);
/* Through the core's own tables, which map it at LAYOUT_WATCHDOG. */
void watchdog_feed(void);

#endif
