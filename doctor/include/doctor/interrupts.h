/* What interrupts.c and its users share. */
#ifndef DOCTOR_INTERRUPTS_H
#define DOCTOR_INTERRUPTS_H

#include <frame/types.h>

/* From vectors.S, and while EL1 runs: takes an interrupt and silences its source. */
void interrupts_take(void);

/* The index of this core among the board file's; DOCTOR_CORES: it isn't there. */
uint32_t interrupts_own_index(void);

/* Has the timer of EL2 interrupt after so many ticks. */
void interrupts_alarm(uint64_t ticks);
/* Sleeps for so many ticks. Only behind a check that this timer interrupts. */
void interrupts_sleep(uint64_t ticks);

/* guest/<controller>: what runs at EL1 takes an interrupt, ends it, and answers by HVC with its
 * number; 1023: none came. */
void guest_main(uint64_t gicv);

#endif
