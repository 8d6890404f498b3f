/* Service contexts: their start, and what wakes the console service. */
#ifndef RUN_WAKE_SERVICE_H
#define RUN_WAKE_SERVICE_H

#include <state/console.h>

/* Begins at its first instructions, which clear its data. */
void service_start(struct context *context);

/* Events for the console service from this core, which is its own. */
void console_event(uint64_t events);

/* From any core: the console service has something to look at. */
void console_wake(uint64_t event_bit);

/* The SERVICE_WAIT of the console service ran out. */
void console_timeout(void);

#endif
