/* Starts services, and wakes services that wait. */
#ifndef RUN_WAKE_SERVICE_H
#define RUN_WAKE_SERVICE_H

#include <state/services.h>

/* The service begins at its first instructions, which clear its data. */
void service_start(struct context *context);

/* Gives events to the services that last, on their core: to each service those that it hears of. */
void service_hear(uint64_t events);

/* From any core: a service has something to look at. */
void service_wake(uint64_t event_bit);

/* An interrupt of the console's UART: masked until the service has looked, and waits again. */
void service_interrupt(uint32_t intid);

/* The service has looked, or has failed: the interrupt may come again. */
void service_unmask(struct service *service);

/* The SERVICE_WAIT of the service that has this deadline ran out. */
void service_timeout(uint32_t timer);

#endif
