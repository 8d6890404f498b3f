/* Word for the services that last, from any core. */
#ifndef WORD_SERVICE_H
#define WORD_SERVICE_H

#include <frame/types.h>
#include <kumiki/service.h>

/* Tells the services that hear of this event: by a message, even on their own core. */
void service_wake_later(uint64_t event_bit);

struct context;

/* The service, which is off, failed. If it lasts, it begins a new run. Runs in the tables of this
 * core's way in (start/service_anew.c), with interrupts masked. */
void anew_in_start(struct context *context, uint64_t syndrome, uint64_t address);

#endif
