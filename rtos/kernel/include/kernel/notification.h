/*
 * Notifications: bits that holders of handles set, and that one thread takes. The thread waits for
 * the bits. Or it has bound them, and gets them between the messages that it receives.
 */
#ifndef KERNEL_NOTIFICATION_H
#define KERNEL_NOTIFICATION_H

#include <kernel/object.h>

struct thread;

struct notification {
	struct object object;
	uint64_t bits;
	struct thread *waiter;  /* the thread in RTOS_WAIT */
	struct thread *bound;   /* the thread whose RTOS_RECEIVE ends when bits come */
	struct source *sources; /* the first of the sources that signal it without a handle */
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

/* Does one bounded step of a notification's end. False: all that is left is to free it. */
bool notification_end_step(struct notification *notification);

int notification_call_create(struct thread *self);
int notification_call_signal(struct thread *self);
int notification_call_wait(struct thread *self);
int notification_call_bind(struct thread *self);

/* The notification that the call names in register `number`, to be signalled. */
enum rtos_status notification_argument(struct thread *self, uint32_t number,
                                       struct notification **found);

#endif
