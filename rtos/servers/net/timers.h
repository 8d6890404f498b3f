/* lwIP's timers. Apart from all else, as lwIP and rtos/sys.h each have a sys_now(). */
#ifndef NET_TIMERS_H
#define NET_TIMERS_H

#include <stdint.h>

/* Calls those that are due. */
void timers_run(void);
/* Milliseconds to the next one. */
uint32_t timers_next(void);

#endif
