/* Kills a broker at a step of its code, or lets others work between its steps. Each of its basic
 * blocks begins a step. */
#ifndef UNIT_BROKER_KILL_H
#define UNIT_BROKER_KILL_H

#include <stdbool.h>
#include <stdint.h>

/* Runs `what`, and kills it at step `at`, from 1 on; 0: it isn't killed. True: it was killed. */
bool kill_at(uint64_t at, void (*what)(void *), void *argument);

/*
 * From now on `what` is called before each step of a broker's turn, unless it is NULL. It mustn't
 * run a broker itself. The second function says when a turn begins and ends.
 */
void kill_beside(void (*what)(void));
void kill_turn(bool begins);

/* How many steps the last run had. */
uint64_t kill_steps(void);

#endif
