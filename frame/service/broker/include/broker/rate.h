/* How fast an end may send, if the description limits it. */
#ifndef BROKER_RATE_H
#define BROKER_RATE_H

#include <broker/broker.h>

/* Whether the end may send its frame now. True: it is charged for it, once; after a crash perhaps
 * twice. False: the broker looks again when it may. */
bool rate_admit(struct broker *broker);

#endif
