/*
 * Notifications: bits that are set by whoever may, and taken by one thread, either by waiting for
 * them or, if it has bound them, along with the messages that it receives.
 */
#ifndef KERNEL_NOTIFICATION_H
#define KERNEL_NOTIFICATION_H

#include <kernel/object.h>

struct thread;

struct notification {
	struct object object;
	uint64_t bits;
	struct thread *waiter;  /* in RTOS_WAIT: any, or the one that has it bound */
	struct thread *bound;   /* whose receiving it ends */
	struct source *sources; /* the first of what signals it without a handle */
};
_Static_assert(sizeof(struct notification) <= OBJECT_SMALL, "it is cut from a page");

/* What signals a notification by itself: a timer, an interrupt, a process that ends. */
struct source {
	struct notification *to; /* NULL: nobody hears it */
	struct source *next, *prev;
	uint64_t bits;
};

void notification_signal(struct notification *notification, uint64_t bits);

void source_set(struct source *source, struct notification *to, uint64_t bits);
void source_clear(struct source *source);

static inline void source_fire(struct source *source)
{
	if (source->to != NULL)
		notification_signal(source->to, source->bits);
}

/* One bounded step of its end; false: there was nothing left to do but to free it. */
bool notification_end_step(struct notification *notification);

int notification_call_create(struct thread *self);
int notification_call_signal(struct thread *self);
int notification_call_wait(struct thread *self);
int notification_call_bind(struct thread *self);

/* The notification and the bits that a call names as what is to be signalled. */
enum rtos_status notification_argument(struct thread *self, uint32_t number,
                                       struct notification **found);

#endif
