/*
 * A partition's life from any of its cores: how it stands, and word left at its home core, which
 * carries it out (life/life.h).
 */
#ifndef WORD_LIFE_H
#define WORD_LIFE_H

#include <state/life.h>

struct partition;
struct vcpu;

/* Leaves a message at the partition's home core: a command, or a message of the frame. From any
 * core. */
void life_tell(uint32_t partition, uint32_t message);

/* Has the machine go off when everything is printed. */
void life_switch_off(enum life_off why);

/* The message is done with: it has been carried out, or an equal one was on its way already. */
void life_told(uint32_t message);

/* A vCPU is off, or parked, as its partition was told; the last one tells the home core. */
void life_vcpu_off(struct partition *partition);
void life_vcpu_parked(struct vcpu *vcpu);

/* For any of the partition's cores. Some vCPUs are to stand still; all are to run; this one is to.
 */
bool life_stands(const struct partition *partition);
bool life_runs(const struct partition *partition);
bool life_lets(const struct vcpu *vcpu);

/* Counts a partition that isn't stopped any more, or is to be started. */
void life_wakes(void);

/* Counts a partition that is stopped: after the last one the machine goes off. */
void life_rests(void);

#endif
