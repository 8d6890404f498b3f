/*
 * Between the parts of a partition's life: life.c (states and steps), life_begin.c, life_end.c,
 * life_command.c. All of it is the home core's. No other file includes this.
 */
#ifndef LIFE_PARTS_H
#define LIFE_PARTS_H

#include <state/partition.h>

static inline const struct bundle_life *life_policy(const struct partition *partition)
{
	return &partition->config->life;
}

/* ---- life.c ---- */

/* life_publish() tells everybody of a new state; life_enter() sets the state, too. */
void life_publish(const struct partition *partition);
void life_enter(struct partition *partition, enum life_state state);

/* A step is done: the next one's turn comes by a message. */
void life_go_on(struct partition *partition, enum life_step step);

/* ---- life_begin.c ---- */

/* False: the partition is never loaded again. It has run, and has a device that nobody can silence,
 * which might write into its memory. */
bool life_may_load(const struct partition *partition);
void life_load(struct partition *partition);
/* Loads the partition by command: its failures until now don't count. */
void life_load_afresh(struct partition *partition);
/* True: the partition's functions are awake and reach no memory. False: that comes later, or never;
 * if never, the partition is stopped with a report. */
bool life_prepare(struct partition *partition);
void life_run(struct partition *partition);
/* All of these partitions run, or have run and may be over by now. */
bool life_others_run(uint32_t mask);

/* ---- life_end.c ---- */

enum life_policy life_policy_for(const struct partition *partition, enum stop_reason reason);
/* Begins the end that a vCPU has claimed, if any. An end from before the vCPU was parked counts. */
void life_heed_end(struct partition *partition);
void life_stop(struct partition *partition, uint32_t then);
/* Parks all vCPUs. vCPUs that stand still already say so again. */
void life_park(struct partition *partition, enum life_state state);
/* STOPPING. True: a new life follows at once, and that is settled unless a command comes before it.
 * The new life's loader silences the devices. */
bool life_settle_next(struct partition *partition);
/* Decides what follows the end: all vCPUs are off, the interrupts are silent, the memory has been
 * examined. */
void life_decide(struct partition *partition);
/* The loader's answer to an examination, or to the silencing after it. */
void life_examined(struct partition *partition, uint64_t status);

/* ---- life_command.c ---- */

/* enum life_command. */
void life_command(struct partition *partition, uint32_t command);
void life_resume(struct partition *partition);

#endif
