/* Services: their start, and what wakes those that wait. */
#ifndef RUN_WAKE_SERVICE_H
#define RUN_WAKE_SERVICE_H

#include <state/services.h>

/* Begins at its first instructions, which clear its data. */
void service_start(struct context *context);

/* Events from this core, which is that of the services that last: each has those it hears of. */
void service_hear(uint64_t events);

/* From any core: a service has something to look at. */
void service_wake(uint64_t event_bit);

/* An interrupt of the console's UART: masked until the service has looked, and waits again. */
void service_interrupt(uint32_t intid);

/* It has looked, or is nobody any more: the interrupt may come again. */
void service_unmask(struct service *service);

/* The SERVICE_WAIT of the service that has this deadline ran out. */
void service_timeout(uint32_t timer);

#endif
