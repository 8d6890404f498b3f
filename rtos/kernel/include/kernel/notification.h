/*
 * Notifications: bits that are set by the holders of handles, and taken by one thread. It waits for
 * them, or, if it has bound them, gets them along with the messages that it receives.
 */
#ifndef KERNEL_NOTIFICATION_H
#define KERNEL_NOTIFICATION_H

#include <kernel/object.h>

struct thread;

struct notification {
	struct object object;
	uint64_t bits;
	struct thread *waiter;  /* the thread in RTOS_WAIT: the bound one, or any */
	struct thread *bound;   /* the thread whose receiving the bits end */
	struct source *sources; /* the first source that signals it without a handle */
};
_Static_assert(sizeof(struct notification) <= OBJECT_SMALL, "it is cut from a page");

/* A source signals a notification by itself: a timer, an interrupt, a process that ends. */
struct source {
	struct notification *to; /* NULL: nothing is signalled */
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

/* One bounded step of a notification's end; false: nothing was left to do but to free it. */
bool notification_end_step(struct notification *notification);

int notification_call_create(struct thread *self);
int notification_call_signal(struct thread *self);
int notification_call_wait(struct thread *self);
int notification_call_bind(struct thread *self);

/* The notification to be signalled, which the call names in register `number`. */
enum rtos_status notification_argument(struct thread *self, uint32_t number,
                                       struct notification **found);

#endif
