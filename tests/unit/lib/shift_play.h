/*
 * A machine whose cores move as lib/shift.c decides, for tests on the host: holders whose loads are
 * known, and the records of what is asked, as the frame keeps them. Used by test_shift.c and
 * test_shift_random.c.
 */
#ifndef TESTS_SHIFT_PLAY_H
#define TESTS_SHIFT_PLAY_H

#include <kumiki/hold.h>
#include <lib/shift.h>
#include <stdbool.h>
#include <stdint.h>

#define MS    1000u /* ticks of one, here */
#define TICK  (1u << HOLD_TICK_SHIFT)
#define FIRST 1000000u

extern struct shift_machine machine;
extern struct shift shift;
extern struct shift_look look;
extern uint32_t load[BUNDLE_PARTITIONS_MAX]; /* per cent of a fast core that each would use */
extern uint64_t pace;                        /* between two looks */
extern uint32_t random_state;

uint32_t below(uint32_t limit);

/* Two partitions: a has cores 0 and 1, which stays, and 2; b has core 3, and may have 1, too. */
int start(void **state);
void begin(void);

/* So much more time, in which they work as their loads say. */
void work(void);

/* Until a step other than none; false: none in so many milliseconds. */
bool steps(struct shift_step *step, uint32_t milliseconds);

void schedule(uint32_t index, uint32_t minute, uint32_t core, uint32_t to);

/* As the frame does: a request, and a core that goes over to who wants it without a new one. */
void record(uint32_t core, uint32_t holder, uint32_t wanted, uint64_t until);
void pass(uint32_t core);
bool is_asked(uint32_t core);

#endif
