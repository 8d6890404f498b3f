/*
 * A partition's life from any of its cores: how it stands, and word left at its home core, which
 * carries it out (life/life.h).
 */
#ifndef WORD_LIFE_H
#define WORD_LIFE_H

#include <state/life.h>

struct partition;
struct vcpu;

/* Leaves word at the partition's home core; from any core. A command, or a message of the frame. */
void life_tell(uint32_t partition, uint32_t message);

/* The machine is to go off when everything is said. */
void life_switch_off(enum life_off why);

/* It was left, and nothing more comes of it: it has been carried out, or another one like it is
 * there. */
void life_told(uint32_t message);

/* One of its vCPUs is off, or parked, for the partition's sake. */
void life_vcpu_off(struct partition *partition);
void life_vcpu_parked(struct vcpu *vcpu);

/* On any of its cores: vCPUs of it are to stand still where they are; all are to run; this one is.
 */
bool life_stands(const struct partition *partition);
bool life_runs(const struct partition *partition);
bool life_lets(const struct vcpu *vcpu);

/* It isn't stopped any more. */
void life_wakes(void);

/* It is stopped: the last one lets the machine go off. */
void life_rests(void);

#endif
