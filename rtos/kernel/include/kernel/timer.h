/* Timers: a deadline, once or with a period. A timer signals a notification. Or it is an alarm, and
 * ends the process in whose quota it lies if that process computes at two firings in a row. */
#ifndef KERNEL_TIMER_H
#define KERNEL_TIMER_H

#include <kernel/heap.h>
#include <kernel/notification.h>

struct cpu;
struct thread;

struct timer {
	struct object object;
	struct source source;
	struct heap_node node; /* in the timers of `cpu` */
	struct cpu *cpu;       /* NULL: the timer isn't set */
	uint64_t period;       /* 0: once */
	uint8_t urgency;       /* the class of the thread that set the timer */
	bool is_alarm;         /* it ends its process, and signals nothing */
	bool missed;           /* its process computed at the last firing */
};
_Static_assert(sizeof(struct timer) <= OBJECT_SMALL, "it is cut from a page");

void timer_stop(struct timer *timer);
/* The timer's deadline has come, on its CPU. */
void timer_fire(struct cpu *cpu, struct timer *timer);

int timer_call_create(struct thread *self);
int timer_call_set(struct thread *self);

#endif
