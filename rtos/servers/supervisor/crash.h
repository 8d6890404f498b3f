/* The record of a program's crash (kumiki/rtos/crash.h), in words. Pure. */
#ifndef SUPERVISOR_CRASH_H
#define SUPERVISOR_CRASH_H

#include <kumiki/rtos/crash.h>
#include <rtos/text.h>

/* The longest line. */
#define CRASH_LINE 48

struct crash_lines {
	void (*say)(struct crash_lines *lines, const struct text *text); /* without a line's end */
	struct text text;
};
void crash_words(const struct rtos_crash *crash, struct crash_lines *lines);

#endif
