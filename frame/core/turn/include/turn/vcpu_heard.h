/* Messages about vCPUs, on a core without `only`. */
#ifndef TURN_VCPU_HEARD_H
#define TURN_VCPU_HEARD_H

#include <frame/types.h>

/* Takes a message about the vCPU with this index in the bundle. False: the message is to be taken
 * again. */
bool vcpu_heard(uint32_t id);

#endif
