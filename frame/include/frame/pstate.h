/* The processor's state as SPSR_ELx has it. */
#ifndef FRAME_PSTATE_H
#define FRAME_PSTATE_H

#define PSTATE_MODE    0x1fULL
#define PSTATE_EL0T    0x0ULL
#define PSTATE_EL1T    0x4ULL
#define PSTATE_EL1H    0x5ULL
#define PSTATE_SPX     1ULL /* the level's own stack pointer; 0: EL0's */
#define PSTATE_EL      0xcULL
#define PSTATE_AARCH32 (1ULL << 4)
#define PSTATE_DAIF    (0xfULL << 6) /* all exceptions masked */
#define PSTATE_PAN     (1ULL << 22)

#endif
