/* What is left of a program that crashed (kumiki/rtos/crash.h): filling it in, and saying it in
 * words. Pure. */
#ifndef SUPERVISOR_CRASH_H
#define SUPERVISOR_CRASH_H

#include <kumiki/rtos/crash.h>
#include <rtos/text.h>
#include <stdbool.h>

/* Room for a piece of so many bytes, at most; *size is what there was room for. NULL: for none. */
void *crash_piece(struct rtos_crash *crash, uint64_t address, uint64_t *size);
/* From its first thread's registers and the pieces. */
void crash_callers(struct rtos_crash *crash);

/* No line is longer. */
#define CRASH_LINE 48

struct crash_lines {
	void (*say)(struct crash_lines *lines, const struct text *text); /* without a line's end */
	struct text text;
};
void crash_words(const struct rtos_crash *crash, struct crash_lines *lines);

#endif
