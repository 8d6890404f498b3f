/* The frame's own end. */
#ifndef FRAME_STOP_H
#define FRAME_STOP_H

#include <frame/types.h>

/*
 * The frame itself can't go on: prints why, on the UART, and turns the machine off. Never returns.
 * During the start the reason is a broken bundle or board; later it is an error of the frame's own.
 */
_Noreturn void stop_machine(const char *why);

/* Called before the end if more is to be printed than `why`: from now on words go to the UART. */
void report_last_words(void);

#endif
