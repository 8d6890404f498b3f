/* The registers by which prevention works (kumiki/watch.h), and what is said of it. */
#ifndef WATCHER_PREVENT_ASK_H
#define WATCHER_PREVENT_ASK_H

#include "prevent.h"
#include <rtos/console.h>

/* Finds out whether it works here; `say` tells if the CPU can't, and what an alarm is. */
void prevent_open(struct prevent *prevent, volatile uint64_t *registers,
                  void (*say)(struct text *text, bool alarm));

/* Judges faults as long as they come, but only until then: a Linux that goes on faulting stops
 * neither looks nor the heartbeat. */
void prevent_serve(struct prevent *prevent, uint64_t until);

#endif
