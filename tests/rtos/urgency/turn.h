/* What programs of these tests compute. */
#ifndef TESTS_RTOS_URGENCY_TURN_H
#define TESTS_RTOS_URGENCY_TURN_H

#define TURN 500 /* a few instructions each */

/* Where CPUs take turns, others get theirs with each yield. */
static inline void turn_compute(void)
{
	for (int i = 0; i < TURN; i++)
		__asm__ volatile("");
	__asm__ volatile("yield");
}

#endif
