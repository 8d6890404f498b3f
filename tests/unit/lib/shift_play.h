/*
 * A machine whose cores move as lib/shift.c decides, for tests on the host: holders with known
 * loads, and the cores' records with requests, as the frame keeps them. test_shift.c and
 * test_shift_random.c use it.
 */
#ifndef TESTS_SHIFT_PLAY_H
#define TESTS_SHIFT_PLAY_H

#include <kumiki/hold.h>
#include <lib/shift.h>
#include <stdbool.h>
#include <stdint.h>

#define MS    1000u /* ticks of a millisecond in these tests */
#define TICK  (1u << HOLD_TICK_SHIFT)
#define FIRST 1000000u

extern struct shift_machine machine;
extern struct shift shift;
extern struct shift_look look;
extern uint32_t load[BUNDLE_PARTITIONS_MAX]; /* percent of a fast core that each wants */
extern uint64_t pace;                        /* ticks between two looks */
extern uint32_t random_state;

uint32_t below(uint32_t limit);

/* Begins with two partitions: a has core 0, b has core 3; the cores 1 and 2 are a's at first, and
 * may go to b. */
void start(void);
void begin(void);

/* Lets the time go on to the next look, while all partitions work as their loads say. */
void work(void);

/* Looks until there is a step. False: there was none in this time. */
bool steps(struct shift_step *step, uint32_t milliseconds);

void schedule(uint32_t index, uint32_t minute, uint32_t core, uint32_t to);

/*
 * Plays the frame: writes a core's record, or lets a core go to the partition that wants it,
 * without a new request.
 */
void record(uint32_t core, uint32_t holder, uint32_t wanted, uint64_t until);
void pass(uint32_t core);
bool is_asked(uint32_t core);

#endif
