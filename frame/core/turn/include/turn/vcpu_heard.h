/* A message about a vCPU has come, by its index in the bundle, to a core that hasn't just one. */
#ifndef TURN_VCPU_HEARD_H
#define TURN_VCPU_HEARD_H

#include <frame/types.h>

/* False: it is to come again. */
bool vcpu_heard(uint32_t id);

#endif
