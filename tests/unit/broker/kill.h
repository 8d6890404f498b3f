/* Kills a broker at a step of its code. Each of its basic blocks begins a step. */
#ifndef UNIT_BROKER_KILL_H
#define UNIT_BROKER_KILL_H

#include <stdbool.h>
#include <stdint.h>

/* Runs `what`, and kills it at step `at`, from 1 on; 0: it isn't killed. True: it was killed. */
bool kill_at(uint64_t at, void (*what)(void *), void *argument);

/* How many steps the last run had. */
uint64_t kill_steps(void);

#endif
