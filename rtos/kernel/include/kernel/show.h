/*
 * What a server shows its clients: single pages of a region, in a window that a client offers with
 * a call (docs/rtos/mapped-files.md). While the call is open, its server may put pages there. They
 * stay after the answer, read-only, until the server hides them or the window goes. The server
 * names no window when it hides a page, only the place that the page has there.
 */
#ifndef KERNEL_SHOW_H
#define KERNEL_SHOW_H

#include <kernel/thread.h>

int show_call_show(struct thread *self);
int show_call_hide(struct thread *self);

#endif
