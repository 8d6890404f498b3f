/* Days and times of the Gregorian calendar, UTC, from 1970 to 2106: pure. */
#ifndef SHELL_CALENDAR_H
#define SHELL_CALENDAR_H

#include <rtos/text.h>
#include <stdbool.h>
#include <stdint.h>

/* Adds "2026-11-21 17:42:05". */
void calendar_add(struct text *text, uint64_t seconds);

/* Reads the same, in two words. False: that is no day, or no time of a day. */
bool calendar_read(const char *day, const char *time, uint64_t *seconds);

#endif
