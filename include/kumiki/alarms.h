/* SPDX-License-Identifier: MIT-0 */
/*
 * What a watcher shows in a window (docs/watching.md): its last alarms, and its rules. The watcher
 * alone writes, in words of 8 bytes; `changes` is odd meanwhile, and grows. A reader believes none
 * of it more than it needs. Texts end with a NUL. Times are microseconds of the counter.
 */
#ifndef KUMIKI_ALARMS_H
#define KUMIKI_ALARMS_H

#include <stdint.h>

#define ALARMS_MAGIC    0x534d52414c415f4bULL /* "K_ALARMS" */
#define ALARMS_REVISION 3u
#define ALARMS_ROWS     32u
#define ALARMS_RULES    56u
#define ALARMS_NAME     32u
#define ALARMS_WORDS    144u

struct alarms_row {
	uint64_t since; /* 0: the row is free */
	uint64_t until; /* 0: it is there still */
	/* 1: of before the watcher's partition was started, or its kept memory wiped. If that was a
	 * reset of the machine, the times are another counter's. */
	uint64_t earlier;
	char found[ALARMS_WORDS];
	char done[ALARMS_WORDS]; /* what came of it last */
};

struct alarms_rule {
	char name[ALARMS_NAME]; /* empty: the row is free */
	uint32_t findings;      /* that are there now */
	uint32_t lost;          /* 1: the rule can't tell */
};

struct alarms_window {
	uint64_t magic; /* 0: nothing was written yet */
	uint32_t revision, reserved;
	uint64_t changes;
	uint64_t looked;           /* when a watcher looked last; 0: none did yet */
	char watched[ALARMS_NAME]; /* the partition */
	struct alarms_row row[ALARMS_ROWS];
	struct alarms_rule rule[ALARMS_RULES];
};
_Static_assert(sizeof(struct alarms_row) == 312 && sizeof(struct alarms_rule) == 40 &&
                   sizeof(struct alarms_window) == 64 + 32 * 312 + 56 * 40,
               "the watcher and its readers agree on this");

#endif
