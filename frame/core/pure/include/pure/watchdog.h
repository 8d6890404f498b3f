/*
 * An emulated SBSA generic watchdog (Arm DEN0029, "Generic Watchdog", architecture version 0) of
 * one partition. Called by the trap handler with the physical counter's value, which is its only
 * clock; so the model is pure. One caller at a time for one partition's watchdog. The frame arms a
 * timer for watchdog_deadline() and asks watchdog_look() after every write and at the deadline.
 */
#ifndef PURE_WATCHDOG_H
#define PURE_WATCHDOG_H

#include <frame/types.h>

#define WATCHDOG_SIZE    0x2000u /* the control frame's page, then the refresh frame's */
#define WATCHDOG_REFRESH 0x1000u

/* Kept state (state/keep.h), so it has no pointers. */
struct watchdog {
	uint64_t compare;               /* WCV */
	uint32_t offset;                /* WOR */
	uint8_t enabled, first, second; /* WCS: EN, WS0, WS1 */
};

#define WATCHDOG_NEVER (~0ULL)

/* Switches the watchdog off. */
void watchdog_reset(struct watchdog *watchdog);

uint32_t watchdog_read(const struct watchdog *watchdog, uint32_t offset);
void watchdog_write(struct watchdog *watchdog, uint32_t offset, uint32_t value, uint64_t now);

/* Returns when the watchdog gives its next signal; WATCHDOG_NEVER: not before the next write. */
uint64_t watchdog_deadline(const struct watchdog *watchdog);

/* Gives a signal whose time has come. `first` is the interrupt's line; with `second` the caller
 * ends the partition. */
void watchdog_look(struct watchdog *watchdog, uint64_t now);

/* So many ticks don't count, as the guest stood still. */
void watchdog_pause(struct watchdog *watchdog, uint64_t ticks);

#endif
