/*
 * Decides who may call at a port now. A port may be closed. It may refuse a sender whose calls
 * ended its servers (a bar). And it has an epoch: a new epoch says that what its servers kept is
 * wiped. Each caller is told of that once, by an error in place of its next call's answer. All of
 * this happens on the long way: port->special keeps calls from the short one.
 * docs/reference/rtos-messages.md says what callers see.
 */
#ifndef KERNEL_ADMIT_H
#define KERNEL_ADMIT_H

#include <kernel/port.h>

/* The status of a call with this badge and this word 0. If it isn't RTOS_OK, the call isn't made.
 */
enum rtos_status admit_call(struct port *port, uint32_t badge, uint64_t word);

/* The status of a call that waits at the port. If it isn't RTOS_OK, the call isn't delivered. */
enum rtos_status admit_waiting(struct port *port, const struct thread *caller);

int admit_call_create(struct thread *self);
int admit_call_close(struct thread *self);
int admit_call_epoch(struct thread *self);
int admit_call_bar(struct thread *self);

#endif
