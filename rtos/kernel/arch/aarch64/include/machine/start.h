/* Parts of the start that only this architecture has. */
#ifndef MACHINE_START_H
#define MACHINE_START_H

#include <kernel/board.h>
#include <kernel/sched.h>

extern uint32_t trap_timer; /* interrupt number of the virtual timer */

struct thread *trap_sync(struct cpu *cpu, struct thread *self);
struct thread *trap_irq(struct cpu *cpu, struct thread *self);

/* Likewise, for a CPU that is traced. */
struct thread *trap_sync_traced(struct cpu *cpu, struct thread *self);
struct thread *trap_irq_traced(struct cpu *cpu, struct thread *self);

/* The thread that runs first on this CPU. */
struct thread *trap_begin(struct cpu *cpu);

/* Goes to EL0, and comes back to the vectors only. */
_Noreturn void leave_kernel(struct thread *thread);

/* Makes the kernel's own tables: all RAM of `memory`, with code and read-only parts. Takes pages
 * for the tables from `next` on, and moves `next`. */
void tables_make(pa_t image, uint64_t image_size, uint64_t *next);
/* Maps a device's registers, and returns their address. */
volatile char *tables_map_device(uint64_t base, uint64_t size);
/* From now on this CPU uses these tables, and can't execute writable memory. */
void tables_use(void);

/* `left`: physical address of what the last kernel left for this one; 0: there was none. */
_Noreturn void start_machine(uint64_t image, uint64_t tree, uint64_t counter, uint64_t left);
_Noreturn void start_secondary(uint64_t index);

/* PSCI. */
void firmware_begin(const struct board *board);
int64_t firmware_cpu_on(uint64_t affinity, uint64_t entry, uint64_t context);
bool firmware_cpu_is_off(uint64_t affinity);
/* This CPU goes off; returns only if it can't. */
void firmware_cpu_off(void);

/* From now on, a crash leads to a new kernel. */
void crash_ready(void);
/* Prints the text, and resets the machine: kept memory is lost. */
_Noreturn void crash_reset(const char *what);
/* This CPU comes to rest, as another one has crashed. */
_Noreturn void crash_rest(void);
/* Another CPU has had the kernel's lock for seconds. */
_Noreturn void crash_stuck(void);

void console_begin(volatile char *uart);
/* %s text, %u decimal, %x hexadecimal (both uint64_t). */
void console_say(const char *format, ...);

#endif
