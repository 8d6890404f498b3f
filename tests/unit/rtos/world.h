/* A small world for the kernel's tests: the first process, which has all memory; and a thread's
 * calls, each with the way out of the kernel behind it, like the vectors'. */
#ifndef UNIT_WORLD_H
#define UNIT_WORLD_H

#include <kernel/call.h>
#include <kernel/mapping.h>
#include <machine/cpu.h>

extern struct object *world_machine;

/*
 * Begins a world with some pages and CPUs. A thread of the first process, with this priority, runs
 * on CPU 0.
 */
struct thread *world_begin(uint32_t pages, uint32_t count, uint8_t priority);
void world_end(void);

/* Plays the svc of the thread that runs on this CPU, with the present registers. */
void world_svc(struct cpu *cpu);

/* Plays this CPU's interrupts: kicks, and deadlines that have passed. */
void world_interrupts(struct cpu *cpu);

/* Sets the registers of a call by the thread that runs on CPU 0. */
void world_ask(enum rtos_call number, uint64_t handle, uint64_t x0, uint64_t x1, uint64_t x2,
               uint64_t x3, uint64_t x4);

/* Plays a call of the thread that runs on CPU 0, with its x8 and x9, and up to five arguments.
 * Returns the thread's status, which has no meaning if it waits. */
uint64_t world_call(enum rtos_call number, uint64_t handle, uint64_t x0, uint64_t x1, uint64_t x2,
                    uint64_t x3, uint64_t x4);

/* Checks everything; ends the test if something is wrong. */
void world_check(void);

/* ---- parts of world_check() ---- */

/* The page of zeros that windows show. */
#define WORLD_ZEROS 1

/* Calls back for each object of a kind, which the frame entries show. */
void world_look_at_all(uint32_t kind, void (*each)(struct object *object));

/* Begins to count; the second function tells whether it was asked about this frame before. */
void world_count_anew(void);
bool world_is_counted(uint32_t frame);

/* Checks regions, mappings and windows. */
void world_check_memory(void);

/* Checks where the trace is written to, and that it has events. */
void world_check_trace(void);

/* ---- chance ---- */

/* A random number below `limit`, from a seed. */
uint32_t world_random(uint32_t limit);
void world_seed(uint64_t seed);

#endif
