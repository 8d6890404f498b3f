/*
 * What tests of a partition's life begin with: one of two vCPUs on cores 0 and 1, another one on
 * core 2 beside it, and core 3, which serves nobody and gives the commands.
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

extern struct partition *lives_partition; /* the first one */
extern uint64_t lives_now;                /* the counter */

void lives_begin_with(struct bundle_life life, uint32_t flags);
void lives_begin(void);

/* Everybody runs who may, both vCPUs of the first one, too. */
void lives_run_all(void);

/*
 * The first partition is in this state. Core 1 is slow: what stands between two states stays there
 * until it takes its messages.
 */
void lives_reach(enum life_state state);

/* ---- what happens to it ---- */
void lives_tell(enum life_command command);
void lives_call(uint32_t number, uint32_t function);
void lives_fault(void);                     /* for cores_do() */
void lives_end_by(enum stop_reason reason); /* its second vCPU does it */
void lives_pass(uint64_t ticks);
void lives_suspend_for(uint64_t ticks);

/* ---- what came of it, when all has settled ---- */
void lives_expect(enum life_state state);
void lives_expect_running(bool both);
bool lives_runs(uint32_t number); /* this core runs its vCPU */

#endif
