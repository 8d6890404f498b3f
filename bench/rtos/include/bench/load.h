/* A load of system calls, short and long ones: the long ones make interrupts wait longest. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdint.h>

/* Does the next step of the load. `priority` is the caller's; the load uses 24 priorities above
 * it. */
void load_step(uint64_t priority);

/* After so many steps each kind of them was done. */
#define LOAD_STEPS 64

#endif
