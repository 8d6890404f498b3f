/* What service contexts call for, and what becomes of one that fails. kumiki/service.h. */
#ifndef TURN_SERVICE_CALLS_H
#define TURN_SERVICE_CALLS_H

#include <frame/types.h>

struct context;

/* An SVC of the service. */
void service_call(struct context *context);

/* Its fault: said, and it starts anew. */
void service_fault(struct context *context, uint64_t syndrome, uint64_t address);

#endif
