/* SPDX-License-Identifier: MIT-0 */
/*
 * What a program on a core of another architecture has: its device tree, its mailbox, a clock.
 * stdout goes to the partition's console. A program defines remote_main(); nothing interrupts it.
 */
#ifndef REMOTE_REMOTE_H
#define REMOTE_REMOTE_H

#include <stdbool.h>
#include <stdint.h>

/* The program. When it returns, the partition is off. */
void remote_main(const void *tree);

/* How often this partition was started: its generation in a channel. */
uint32_t remote_life(void);

/* Doorbells: by the number in the tree's kumiki,rings; how many were heard. Everything that was
 * written before a ring is seen by whoever hears it. */
void remote_ring(uint32_t number);
uint32_t remote_heard(void);

/* A sign of life is to come within so many microseconds from now on; and the sign. */
void remote_beats_within(uint32_t microseconds);
void remote_beat(void);

/* How this life ends. */
__attribute__((noreturn)) void remote_off(void);
__attribute__((noreturn)) void remote_reset(void);

/* In a loop that waits: an emulator may go on to other cores. */
static inline void remote_pause(void)
{
	__asm__ volatile("yield" ::: "memory");
}

/* Counts the core's clock; wraps around. */
static inline uint32_t remote_cycles(void)
{
	uint32_t cycles;

	__asm__ volatile("mrc p15, 0, %0, c9, c13, 0" : "=r"(cycles));
	return cycles;
}

#endif
