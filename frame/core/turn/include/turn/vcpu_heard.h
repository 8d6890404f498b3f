/* Messages about vCPUs, on a core that hasn't just one vCPU. */
#ifndef TURN_VCPU_HEARD_H
#define TURN_VCPU_HEARD_H

#include <frame/types.h>

/* Takes a message about the vCPU of this index in the bundle. False: it is to come again. */
bool vcpu_heard(uint32_t id);

#endif
