/* Starts services, and wakes services that wait. */
#ifndef RUN_WAKE_SERVICE_H
#define RUN_WAKE_SERVICE_H

#include <state/services.h>

/* The service begins at its first instructions, which clear its data. */
void service_start(struct context *context);

/* On the core of the services that last: gives each of them those of the events that it hears of.
 */
void service_hear(uint64_t events);

/* From any core: a service has something to look at. */
void service_wake(uint64_t event_bit);

/* Takes an interrupt of the console's UART. The interrupt stays active, and so silent, until the
 * service has looked and waits again. */
void service_interrupt(uint32_t intid);

/* True: the UART's interrupt is lost: active, but the service wasn't told. */
bool service_has_lost_interrupt(void);

/* The service has looked, or has failed: the interrupt may come again. */
void service_unmask(struct service *service);

/* The time of a SERVICE_WAIT is over: wakes the service whose deadline this is. Or that service has
 * failed, and the next step is due. */
void service_timeout(uint32_t timer);

#endif
