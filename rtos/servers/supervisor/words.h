/*
 * Keeps the supervisor's words until the log has them: a ring of lines that outlives the supervisor
 * (docs/rtos/recovery.md). The supervisor's first thread keeps words; the teller, less urgent on
 * the same CPU, hands them on. Pure.
 */
#ifndef SUPERVISOR_WORDS_H
#define SUPERVISOR_WORDS_H

#include <rtos/ring.h>
#include <rtos/text.h>

/* Takes over the memory, with the lines that aren't told yet. */
void words_open(void *memory, uint64_t size);
/* Keeps a text, in several lines if it is too long. The further lines begin with a blank. */
void words_keep(const struct text *text, uint32_t ms);

/* The first line that isn't told. False: all lines are told. */
bool words_next(struct ring_line *line);
/* The line is told. */
void words_told(const struct ring_line *line);

#endif
