/*
 * The world of tests about a partition's life: a partition with two vCPUs on the cores 0 and 1,
 * another partition on core 2, and core 3, which has no partition and gives the commands.
 */
#ifndef UNIT_FRAME_LIVES_H
#define UNIT_FRAME_LIVES_H

#include "cores.h"
#include <state/partition.h>

#define CPU_ON       0xc4000003u
#define CPU_OFF      0x84000002u
#define SYSTEM_OFF   0x84000008u
#define SYSTEM_RESET 0x84000009u
#define ENTRY        (CORES_RAM + 0x1000)
#define MILLISECOND  62500ULL /* ticks */

extern struct partition *lives_partition; /* the first partition */
extern uint64_t lives_now;                /* the counter */

void lives_begin_with(struct bundle_life life, uint32_t flags);
void lives_begin(void);

/* Lets all partitions run that may, with both vCPUs of the first one. */
void lives_run_all(void);

/*
 * Brings the first partition into this state. Core 1 is slow: a state between two others lasts
 * until core 1 takes its messages.
 */
void lives_reach(enum life_state state);

/* ---- events of its life ---- */
void lives_tell(enum life_command command);
void lives_call(uint32_t number, uint32_t function);
void lives_fault(void);                     /* for cores_do() */
void lives_end_by(enum stop_reason reason); /* by its second vCPU */
void lives_pass(uint64_t ticks);
void lives_suspend_for(uint64_t ticks);

/* ---- results, when all has settled ---- */
void lives_expect(enum life_state state);
void lives_expect_running(bool both);
bool lives_runs(uint32_t number); /* this core runs its vCPU */

#endif
