/* lwIP's timers, in a file of their own, as lwIP and rtos/sys.h each have a sys_now(). */
#ifndef NET_TIMERS_H
#define NET_TIMERS_H

#include <stdint.h>

/* Runs the timers that are due. */
void timers_run(void);
/* Milliseconds to the next timer. */
uint32_t timers_next(void);

#endif
