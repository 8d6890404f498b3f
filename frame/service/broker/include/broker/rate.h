/* How fast an end may send, if the description limits it. */
#ifndef BROKER_RATE_H
#define BROKER_RATE_H

#include <broker/broker.h>

/* Whether the end may send its frame now. True: the end is charged for the frame, once; after a
 * crash perhaps twice. False: the broker looks again when the end may send. */
bool rate_admit(struct broker *broker);

#endif
