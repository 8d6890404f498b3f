/*
 * The teller: a thread that tells the log the supervisor's words, and the last crash in words. The
 * teller has a low priority, so that no restart waits for it (docs/rtos/recovery.md).
 */
#ifndef SUPERVISOR_TELL_H
#define SUPERVISOR_TELL_H

#include "child.h"
#include <kumiki/rtos/crash.h>
#include <rtos/text.h>
#include <stdbool.h>

/* Called when the objects are there. Returns the memory for crash records. NULL: there is none, and
 * crashes aren't told. */
struct rtos_crash *tell_begin(const struct children *all);
/* Says the supervisor's words, which come without its name and without a line's end. The words are
 * on the kernel's console at once, and in the log when the log runs. */
void tell_say(const struct text *text);
void tell_say_string(const char *string);
/* There is something to tell. */
void tell_news(void);
/* A program was started: the log's server may be there again. */
void tell_started(uint32_t program);
/* The supervisor's own last crash isn't told yet: no other crash may take its place. */
bool tell_keeps(void);

#endif
