/* How fast an end may send, if the description limits it. */
#ifndef BROKER_RATE_H
#define BROKER_RATE_H

#include <broker/broker.h>

/* Whether the end may send a frame now. False: the broker looks again when it may. */
bool rate_allows(struct broker *broker);

/* The end has sent a frame. A crash may have it charged twice, never not at all. */
void rate_charge(struct broker *broker);

#endif
