/* Kills a broker at a step of its code: at the beginning of each of its basic blocks. */
#ifndef UNIT_BROKER_KILL_H
#define UNIT_BROKER_KILL_H

#include <stdbool.h>
#include <stdint.h>

/* Runs `what`, and kills it at step `at` (from 1 on; 0: never). True: it was killed. */
bool kill_at(uint64_t at, void (*what)(void *), void *argument);

/* The steps of the last run. */
uint64_t kill_steps(void);

#endif
