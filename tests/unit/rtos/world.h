/* A small world for the kernel's tests: the first process with all memory, and calls of a thread
 * with the way out of the kernel behind them, as the vectors have it. */
#ifndef UNIT_WORLD_H
#define UNIT_WORLD_H

#include <kernel/call.h>
#include <kernel/mapping.h>
#include <machine/cpu.h>

extern struct object *world_machine;

/* So many pages and CPUs. One thread of the first process, of this priority, runs on CPU 0. */
struct thread *world_begin(uint32_t pages, uint32_t count, uint8_t priority);
void world_end(void);

/* The svc of the thread that runs on this CPU, with what is in its registers. */
void world_svc(struct cpu *cpu);

/* What the machine has for this CPU: kicks, and deadlines that have passed. */
void world_interrupts(struct cpu *cpu);

/* The registers of a call by who runs on the first CPU. */
void world_ask(enum rtos_call number, uint64_t handle, uint64_t x0, uint64_t x1, uint64_t x2,
               uint64_t x3, uint64_t x4);

/* A call of the thread that runs on CPU 0: its x8 and x9, and up to five arguments; the status that
 * it has now, which means nothing if it waits. */
uint64_t world_call(enum rtos_call number, uint64_t handle, uint64_t x0, uint64_t x1, uint64_t x2,
                    uint64_t x3, uint64_t x4);

/* Looks at everything; ends the test if it doesn't fit together. */
void world_check(void);

/* ---- parts of it ---- */

/* The page of zeros that windows show. */
#define WORLD_ZEROS 1

/* Each object of a kind, found by the frame entries. */
void world_look_at_all(uint32_t kind, void (*each)(struct object *object));

/* Whether this frame was asked for before, since counting began. */
void world_count_anew(void);
bool world_is_counted(uint32_t frame);

/* Regions, mappings and windows. */
void world_check_memory(void);

/* Where the trace is written to, and that there are events in it. */
void world_check_trace(void);

/* ---- chance ---- */

/* A number below `limit`, from a seed. */
uint32_t world_random(uint32_t limit);
void world_seed(uint64_t seed);

#endif
