/*
 * The ladder (docs/watching.md): what is done about a finding, step by step, until one helps. A
 * line of it is an argument of the watcher, "tasks: mend 20 in 10 min; restart 2 in 60 min". How
 * often a step was taken is kept, so a watcher that is started anew goes on with that. No system
 * call is in it.
 */
#ifndef WATCHER_LADDER_H
#define WATCHER_LADDER_H

#include "findings.h"

#define LADDER_LINES 8u
#define LADDER_STEPS 4u    /* of a line */
#define LADDER_MOST  1000u /* times that a limit can say, and minutes */

enum ladder_act {
	LADDER_NONE, /* nothing yet */
	LADDER_TELL, /* the alarm is all */
	LADDER_MEND,
	LADDER_KILL,   /* of a task: it gets a fatal signal */
	LADDER_DISARM, /* of a module: its text isn't executed any more */
	LADDER_RESTART,
	LADDER_ACTS,
	LADDER_END = LADDER_ACTS, /* no step is left */
};

struct ladder_step {
	uint32_t act;
	uint32_t most, minutes; /* it is taken so often in so many minutes; most 0: always */
};

/* In kept memory, for each step. */
struct ladder_count {
	uint64_t since; /* µs of the counter: the first time that counts */
	uint64_t taken;
};

struct ladder_kept {
	uint64_t magic;
	struct ladder_count count[LADDER_LINES][LADDER_STEPS];
};

struct ladder_line {
	const char *rules; /* their names, up to a colon; "all": every rule without a line */
	struct ladder_step step[LADDER_STEPS];
	uint32_t steps;
};

struct ladder {
	struct ladder_line line[LADDER_LINES];
	uint32_t lines;
	struct ladder_kept *kept;
	bool may[LADDER_ACTS]; /* what the partition has the right for; the others are left out */
};

/* The steps' names in a line. */
extern const char *const ladder_words[LADDER_ACTS];

/* Takes a line; "mend" is short for "all: mend". NULL: it is good; else what is wrong, the end of a
 * sentence. The host calls it, too, for a manifest (tools/rtos/ladder.c). */
const char *ladder_add(struct ladder *ladder, const char *line);

/* The counts, if they are there; else new ones. */
void ladder_keep(struct ladder *ladder, void *kept);

/* Whether a line has this step. */
bool ladder_has(const struct ladder *ladder, enum ladder_act act);

/* What is to be done now about a finding of the rule of that name. A step goes on until it is
 * `over`; then the next one is taken whose limit allows that. */
enum ladder_act ladder_act(const struct ladder *ladder, const char *rule, struct finding *finding,
                           uint64_t now);

#endif
