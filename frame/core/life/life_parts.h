/*
 * What the parts of a partition's life use of each other: life.c (states and steps), life_begin.c,
 * life_end.c, life_command.c, life_mend.c. All of it runs on the home core. No other file includes
 * this.
 */
#ifndef LIFE_PARTS_H
#define LIFE_PARTS_H

#include <state/partition.h>

static inline const struct bundle_life *life_policy(const struct partition *partition)
{
	return &partition->config->life;
}

/* True: each vCPU stands still, as it was told. */
static inline bool life_is_parked(const struct partition *partition)
{
	return __atomic_load_n(&partition->parked, __ATOMIC_SEQ_CST) == partition_vcpus(partition);
}

/* ---- life.c ---- */

/* life_publish() tells everybody of a new state; life_enter() sets the state, too. */
void life_publish(const struct partition *partition);
void life_enter(struct partition *partition, enum life_state state);

/* Sets the next step. A message brings it. */
void life_go_on(struct partition *partition, enum life_step step);

/* ---- life_begin.c ---- */

/* False: the partition is never loaded again. It has run, and it has a device that nothing can
 * silence, which might write into its memory. */
bool life_may_load(const struct partition *partition);
void life_load(struct partition *partition);
/* Loads the partition by command. Its failures until now don't count any more. */
void life_load_afresh(struct partition *partition);
/* True: the partition's functions are awake and reach no memory. False: the step is to be tried
 * again later, or the partition has been stopped with a report. */
bool life_prepare(struct partition *partition);
void life_run(struct partition *partition);
/* True: each of these partitions runs, or has run and may have ended by now. */
bool life_others_run(uint32_t mask);

/* ---- life_end.c ---- */

enum life_policy life_policy_for(const struct partition *partition, enum stop_reason reason);
/* Begins the end that was claimed for this life, if any. An end from before a suspension counts,
 * too. */
void life_heed_end(struct partition *partition);
void life_stop(struct partition *partition, uint32_t then);
/* Parks all vCPUs. vCPUs that stand still already tell that again. */
void life_park(struct partition *partition, enum life_state state);
/* In the state STOPPING. True: a new life follows at once, unless a command comes before it. The
 * loader of the new life silences the devices. */
bool life_settle_next(struct partition *partition);
/* Decides what follows the end. All vCPUs are off, the interrupts are silent, and the memory has
 * been examined. */
void life_decide(struct partition *partition);
/* The loader failed, by its own error. */
void life_loader_failed(struct partition *partition);
/* The loader's answer to an examination, or to the silencing after it. */
void life_examined(struct partition *partition, uint64_t status);

/* ---- life_command.c ---- */

/* Carries out a command (enum life_command). */
void life_command(struct partition *partition, uint32_t command);
void life_resume(struct partition *partition);

/* ---- life_mend.c ---- */

/* Something may have happened that a mend waits for, or one was asked for. */
void life_mend(struct partition *partition);
/* The loader has done its part, or has failed. */
void life_mended(struct partition *partition, uint64_t status);
void life_mend_failed(struct partition *partition);
/* True: the loader makes changes, and nothing else can use it. */
static inline bool life_mends(const struct partition *partition)
{
	return partition->mend.step >= MEND_RUNS;
}

#endif
