/* The start's part in a service's new run; not mapped while guests run. */
#ifndef START_SERVICE_ANEW_H
#define START_SERVICE_ANEW_H

#include <frame/types.h>

struct context;

/* Does the work of anew_in_start() (word/service.h). */
void service_anew(struct context *context, uint64_t syndrome, uint64_t address);

#endif
