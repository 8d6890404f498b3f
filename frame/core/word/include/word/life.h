/*
 * A partition's life, from any of its cores: whether its vCPUs run or stand, and word for its home
 * core, which carries that out (life/life.h).
 */
#ifndef WORD_LIFE_H
#define WORD_LIFE_H

#include <state/life.h>

struct partition;
struct vcpu;

/* Leaves a message at the partition's home core: a command, or a message of the frame itself. From
 * any core. */
void life_tell(uint32_t partition, uint32_t message);

/* Has the machine go off as soon as everything is printed. */
void life_switch_off(enum life_off why);

/* The message needs no more work: it has been carried out, or the same message was on its way
 * already. */
void life_told(uint32_t message);

/* A vCPU is off, or parked, as it was asked to be. The partition's last such vCPU tells the home
 * core. */
void life_vcpu_off(struct partition *partition);
void life_vcpu_parked(struct vcpu *vcpu);

/* For any of the partition's cores. life_stands(): some vCPUs are to stand still. life_runs(): all
 * are to run. life_lets(): this vCPU is to run. life_is_mended(): all stand for a mend alone. */
bool life_stands(const struct partition *partition);
bool life_runs(const struct partition *partition);
bool life_lets(const struct vcpu *vcpu);
bool life_is_mended(const struct partition *partition);

/* Counts a partition that isn't stopped any more, or a start that is on its way. */
void life_wakes(void);

/* Counts down: a partition is stopped, or a start has been carried out or dropped. At 0 the machine
 * goes off, unless the description says that it stays on. */
void life_rests(void);

#endif
