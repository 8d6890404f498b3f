/* System calls of every length, again and again: what keeps interrupts waiting longest. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdint.h>

/* The next one of them all; `priority` is the caller's, of which there are 24 above it in use. */
void load_step(uint64_t priority);

/* So many steps that each one was done. */
#define LOAD_STEPS 64

#endif
