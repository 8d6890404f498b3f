/* Tests of threads that wait for a time of CLOCK_REALTIME, while the clock is set. */
#ifndef TESTS_RTOS_CLOCK_FOLLOW_H
#define TESTS_RTOS_CLOCK_FOLLOW_H

/* They also work while the clock is restarted. No other program may set it. */
void follow_sleeps(void);
void follow_many(void);
void follow_timers(void);

#endif
