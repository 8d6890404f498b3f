/* The frame's own end, and the conditions under which that comes. */
#ifndef FRAME_STOP_H
#define FRAME_STOP_H

#include <frame/types.h>

/*
 * The frame itself can't go on: says why, on the UART, and turns the machine off. Never returns.
 * During start: a broken bundle or board; later: an error of ours.
 */
_Noreturn void stop_machine(const char *why);

/* Before more is printed than that: from here on words go to the UART, for nothing else follows. */
void report_last_words(void);

#endif
