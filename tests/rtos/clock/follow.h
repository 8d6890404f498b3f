/* Who waits for a time of CLOCK_REALTIME that is set meanwhile. */
#ifndef TESTS_RTOS_CLOCK_FOLLOW_H
#define TESTS_RTOS_CLOCK_FOLLOW_H

/* While the clock is restarted, or not: nobody else sets it. */
void follow_sleeps(void);
void follow_many(void);
void follow_timers(void);

#endif
