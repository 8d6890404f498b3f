/* System calls: the table of all of them. */
#ifndef KERNEL_CALL_H
#define KERNEL_CALL_H

#include <kernel/sched.h>

/* The svc of the thread that runs on this CPU. Who runs then is the CPU's current one, after
 * sched_choose() if that is asked for. */
void call_handle(struct cpu *cpu, struct thread *self);

/* Any other exception of it: its process ends. */
void call_fault(struct thread *self, uint64_t syndrome, uint64_t address);

#endif
