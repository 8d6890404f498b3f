/*
 * Who may call at a port now: it may be closed, it may refuse a sender whose calls ended its
 * servers (a bar), and it has an epoch. A new epoch says that what its servers kept is wiped; each
 * caller is told of it once, by an error in the place of its next call's answer. All of this is on
 * the long way: port->special keeps calls from the short one. docs/rtos/messages.md says what
 * callers see.
 */
#ifndef KERNEL_ADMIT_H
#define KERNEL_ADMIT_H

#include <kernel/port.h>

/* RTOS_OK, or the status of a call with this badge and this word 0, which isn't made then. */
enum rtos_status admit_call(struct port *port, uint32_t badge, uint64_t word);

/* The same for a call that waits at the port, and isn't delivered then. */
enum rtos_status admit_waiting(struct port *port, const struct thread *caller);

int admit_call_create(struct thread *self);
int admit_call_close(struct thread *self);
int admit_call_epoch(struct thread *self);
int admit_call_bar(struct thread *self);

#endif
