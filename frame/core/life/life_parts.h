/*
 * What the parts of a partition's life know of each other: life.c (states, and what waits for
 * others), life_begin.c, life_end.c, life_command.c. All of it is the home core's; nobody else
 * includes this.
 */
#ifndef LIFE_PARTS_H
#define LIFE_PARTS_H

#include <state/partition.h>

static inline const struct bundle_life *life_policy(const struct partition *partition)
{
	return &partition->config->life;
}

/* ---- life.c ---- */

/* The state, or what goes with it, is changed: everybody is told. */
void life_publish(const struct partition *partition);
void life_enter(struct partition *partition, enum life_state state);

/* A step is done: the next one's turn comes by a message. */
void life_go_on(struct partition *partition, enum life_step step);

/* ---- life_begin.c ---- */

/* A device that nobody can silence might write into what is laid out: then never again. */
bool life_may_load(const struct partition *partition);
void life_load(struct partition *partition);
/* By command: what it did before doesn't count. */
void life_load_afresh(struct partition *partition);
/* Its functions are awake and reach no memory; false: later, or never, and then that is said. */
bool life_prepare(struct partition *partition);
void life_run(struct partition *partition);
/* All of these partitions run, or have run and may be over by now. */
bool life_others_run(uint32_t mask);

/* ---- life_end.c ---- */

enum life_policy life_policy_for(const struct partition *partition, enum stop_reason reason);
/* A vCPU's time before it was parked counts, too. */
void life_heed_end(struct partition *partition);
void life_stop(struct partition *partition, uint32_t then);
/* Told again, those that stand still say so again. */
void life_park(struct partition *partition, enum life_state state);
/* STOPPING: what follows is a new life, at once; its loader silences the devices itself. So it is
 * settled, unless a command comes before that. */
bool life_settle_next(struct partition *partition);
/* All of its vCPUs are off, its interrupts are silent, and what it left is examined. */
void life_decide(struct partition *partition);
/* The loader's answer to an examination, or to the silencing after it. */
void life_examined(struct partition *partition, uint64_t status);

/* ---- life_command.c ---- */

/* enum life_command. */
void life_command(struct partition *partition, uint32_t command);
void life_resume(struct partition *partition);

#endif
