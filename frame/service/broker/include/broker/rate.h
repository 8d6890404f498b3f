/* How fast an end may send, if the description limits it. */
#ifndef BROKER_RATE_H
#define BROKER_RATE_H

#include <broker/broker.h>

/* Whether the end may send a frame now. False: the broker looks again when it may. */
bool rate_allows(struct broker *broker);

/* The end has sent a frame. After a crash it may be charged twice. A driver that resets its device
 * before all receivers have the frame isn't charged for this one. */
void rate_charge(struct broker *broker);

#endif
