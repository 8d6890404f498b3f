/*
 * Services that have failed. The image is looked at piece by piece, in a step for each, between
 * which interrupts are taken. Then the service begins a new run, or, if it did a job, the job has
 * failed. A service that fails again and again waits longer each time before it begins.
 */
#ifndef RUN_SERVICE_ANEW_H
#define RUN_SERVICE_ANEW_H

#include <state/services.h>

/* The service that is current has failed. It is off; a loader, blocked. */
void service_failed(struct service *service, uint64_t syndrome, uint64_t address);

/* True: the service failed, and hasn't begun again. */
static inline bool service_is_failed(const struct service *service)
{
	return service->check != 0;
}

/* Takes the next step of a failed service. It sees to it that the step behind it comes: a loader's
 * as a message LIFE_LOOK, a broker's by TIMER_BROKER, another one's by its own timer. True: no step
 * is left. */
bool service_go_on(struct service *service);

#endif
