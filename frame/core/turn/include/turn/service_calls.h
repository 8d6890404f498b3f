/* The calls of service contexts (kumiki/service.h), and their faults. */
#ifndef TURN_SERVICE_CALLS_H
#define TURN_SERVICE_CALLS_H

#include <frame/types.h>

struct context;

/* Carries out an SVC of the service. */
void service_call(struct context *context);

/* A service failed. A service that lasts starts anew, with a report. A loader's failure is that of
 * its partition. */
void service_fault(struct context *context, uint64_t syndrome, uint64_t address);

#endif
