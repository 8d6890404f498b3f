/*
 * Windows: ranges of an address space. A server's window shows the pages that a call lends, until
 * the call is answered (docs/reference/rtos-messages.md). A client's window shows pages that a
 * server shows there (kernel/show.h). A window's tables are made with the window. Its mapping says
 * how many pages are shown (`done`) and how many of these are hidden again (`gone`). The mapping is
 * in its region's list as long as it shows a page of that region.
 */
#ifndef KERNEL_WINDOW_H
#define KERNEL_WINDOW_H

#include <kernel/thread.h>

struct region;

struct window {
	struct object object;
	struct mapping *mapping; /* NULL: its address space is gone */
	struct thread *caller;   /* its pages are shown; its call may be over. NULL: none */
	struct thread *coming;   /* its pages are shown when the present ones are out */
	uint64_t made;           /* pages that have tables */
	uint64_t zeros;          /* how many of the first shown pages are zeros */
	uint64_t handler; /* where a thread goes on that finds no page; 0: its process ends */
	bool shows;       /* pages by a server's leave: of those up to the mapping's `done`,
	                   * each is there or not */
};
_Static_assert(sizeof(struct window) <= OBJECT_SMALL, "it is cut from a page");

/* The window that a receiver offers, if it is free and this many pages fit; else NULL. */
struct window *window_offered(const struct thread *receiver, uint64_t pages);

/* Notes that the caller's pages will be put in. */
void window_promise(struct window *window, struct thread *caller);

/* Does a step of putting the caller's pages in. RTOS_OK: all are in; CALL_LATER: there is more to
 * do; any other status: what is wrong with them. */
int window_fill_step(struct thread *caller);

/* Does a step of taking the caller's pages out. False: none is in. */
bool window_empty_step(struct thread *caller);

/* Does a step of showing zeros in place of the pages, for a call that is over. False: no page is
 * in. */
bool window_withdraw_step(struct thread *caller);

/* For a call that is delivered again. Its pages are in an address space that no program will use.
 */
void window_leave(struct thread *caller);

/* Does a step of showing zeros, as the region that is shown ends or is unmapped. */
void window_forget_region_step(struct window *window);

/* ---- for kernel/show.h ---- */

/* Whether the window may show this region's pages by a server's leave. From then on it does. */
bool window_show_region(struct window *window, struct region *region);

/* A step of hiding them all; the last one has the region leave the window. */
void window_hide_step(struct window *window);

/* The window's mapping goes. It shows nothing, or nobody uses its address space any more. */
void window_forget(struct window *window);

/* Does a step of the window's end. False: all that is left is to free it. */
bool window_end_step(struct window *window);

int window_call_create(struct thread *self);

#endif
