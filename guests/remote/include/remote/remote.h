/* SPDX-License-Identifier: MIT-0 */
/*
 * The runtime of a program on a core of another architecture: its device tree, mailbox and clock.
 * stdout goes to the partition's console. A program defines remote_main(); there are no interrupts.
 */
#ifndef REMOTE_REMOTE_H
#define REMOTE_REMOTE_H

#include <stdbool.h>
#include <stdint.h>

/* The program. When it returns, the partition is off. */
void remote_main(const void *tree);

/* How often this partition was started: its generation in a channel. */
uint32_t remote_life(void);

/* Rings a doorbell, by its number in the tree's kumiki,rings; counts the doorbells that were heard.
 * A partition that hears a ring sees everything that was written before. */
void remote_ring(uint32_t number);
uint32_t remote_heard(void);

/* Demands a sign of life in each such time from now on; remote_beat() gives the sign. */
void remote_beats_within(uint32_t microseconds);
void remote_beat(void);

/* Ends this life. */
__attribute__((noreturn)) void remote_off(void);
__attribute__((noreturn)) void remote_reset(void);

/* For loops that wait: it lets an emulator go on to other cores. */
static inline void remote_pause(void)
{
	__asm__ volatile("yield" ::: "memory");
}

/* The count of the core's clock; it wraps around. */
static inline uint32_t remote_cycles(void)
{
	uint32_t cycles;

	__asm__ volatile("mrc p15, 0, %0, c9, c13, 0" : "=r"(cycles));
	return cycles;
}

#endif
