/*
 * Windows: ranges of a server's address space that show the pages which a call lends, until it is
 * answered (docs/rtos/messages.md). A window's tables are made with it. Its mapping says how many
 * pages are shown (`done`) and how many of these are gone again; it is in its region's list as long
 * as it shows any of that region's pages.
 */
#ifndef KERNEL_WINDOW_H
#define KERNEL_WINDOW_H

#include <kernel/thread.h>

struct window {
	struct object object;
	struct mapping *mapping; /* NULL: its address space is gone */
	struct thread *caller;   /* whose pages it shows; its call may be over. NULL: nobody's */
	struct thread *coming;   /* whose pages it will show when these are gone */
	uint64_t made;           /* pages that there are tables for */
	uint64_t zeros;          /* of the pages that are shown, so many at first are zeros */
};
_Static_assert(sizeof(struct window) <= OBJECT_SMALL, "it is cut from a page");

/* The window that a receiver offers, if it is free and so many pages fit; else NULL. */
struct window *window_offered(const struct thread *receiver, uint64_t pages);

/* The caller's pages will be put in. */
void window_promise(struct window *window, struct thread *caller);

/* A step of putting them in: RTOS_OK when all are; CALL_LATER: there is more to do; else it is what
 * is wrong with them. */
int window_fill_step(struct thread *caller);

/* A step of taking them out; false: none of them is in. */
bool window_empty_step(struct thread *caller);

/* A step of showing zeros in their place, for a call that is over; false: none of them is in. */
bool window_withdraw_step(struct thread *caller);

/* Of a call that is delivered again: nobody will use the address space again that they are in. */
void window_leave(struct thread *caller);

/* The same step for a region that goes, by one of its mappings. */
void window_forget_region_step(struct window *window);

/* Its mapping goes, with an address space that nobody uses again, or showing nothing. */
void window_forget(struct window *window);

/* A step of its end; false: nothing is left to do but to free it. */
bool window_end_step(struct window *window);

int window_call_create(struct thread *self);

#endif
