/* Ways to wait: the test's hooks run meanwhile. See fake/cpu.h. */
#ifndef MACHINE_WAIT_H
#define MACHINE_WAIT_H

void wait_interrupt(void);

static inline void wait_idle(void)
{
	wait_interrupt();
}

static inline void wait_pause(void)
{
}

#endif
