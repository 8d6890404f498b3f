/*
 * Whether this core gets anywhere. While the frame works, only its own timer can interrupt it:
 * interrupts are unmasked (machine/irq.h), and another one that comes has the priority mask hold
 * all back but the timer's. The timer stands for the core's next look (turn/due.c) at the latest.
 * The core gets nowhere if several such interrupts come, and it doesn't look meanwhile; or if it
 * looks several times, and neither a guest nor a service runs in between, nor does the core sleep.
 */
#ifndef RUN_PROGRESS_H
#define RUN_PROGRESS_H

#include <frame/types.h>

/* An interrupt came to EL2. True: the core gets nowhere, and crashes. Called by the vectors. */
bool progress_interrupt(void);

/* Holds all interrupts back but the timer's, until progress_settle(). */
void progress_hold(void);

/* Called by the vectors with interrupts masked, before this core goes on below EL2: what was held
 * back is taken first, and so is a deadline that came meanwhile. */
void progress_settle(void);

/* The EL2 timer's interrupt was taken. All others are held back, too, and until the
 * timer is set again it stands for progress_interrupt() alone. */
void progress_watch(void);

/* This core looks. If it gets nowhere, it crashes. */
void progress_look(void);

/* The core waits for another one, for a time with an end of its own. */
void progress_wait(void);

/* The core has nothing to run, and sleeps. */
void progress_sleep(void);

#endif
