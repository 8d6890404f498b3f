/*
 * The life of partitions: what becomes of a partition, and when. The partition's home core, on
 * which its first vCPU starts, decides all of it. Other cores leave word there (word/life.h).
 * docs/lifecycle.md has the states and the order of things.
 */
#ifndef LIFE_LIFE_H
#define LIFE_LIFE_H

#include <frame/types.h>
#include <kumiki/life.h>
#include <kumiki/report.h>

struct partition;

/* Starts the partition, unless it waits for others or for a command. Called once, when its home
 * core starts. */
void life_begin(struct partition *partition);

/* True: the machine is to be switched off now. Called on the console's core. `all_said`: everything
 * has been printed. */
bool life_is_over(bool all_said);

/* Carries out a message that was left for the partition (word/life.h). */
void life_message(struct partition *partition, uint32_t message);

/* The time that the partition waits for has come. */
void life_due(struct partition *partition);

/* The loader has done its task, and answers. */
void life_loaded(struct partition *partition, uint64_t status);

/* The partition has stood still since its last vCPU was parked, and is about to go on. On its home
 * core. */
void life_stood(struct partition *partition);

/* For a recovery of the frame, which has ended the loader's run: a mend goes on. */
void life_mend_recover(struct partition *partition);

#endif
