/* The work of the programs of these tests. */
#ifndef TESTS_RTOS_URGENCY_TURN_H
#define TESTS_RTOS_URGENCY_TURN_H

#define TURN 500 /* a few instructions each */

/* Computes a turn. Where an emulator's CPUs take turns, each yield lets another CPU run. */
static inline void turn_compute(void)
{
	for (int i = 0; i < TURN; i++)
		__asm__ volatile("");
	__asm__ volatile("yield");
}

#endif
