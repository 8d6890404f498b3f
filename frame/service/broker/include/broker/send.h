/* A broker's send queue. Chains are taken, carried in the way of the channel's kind, and given
 * back. */
#ifndef BROKER_SEND_H
#define BROKER_SEND_H

#include <broker/broker.h>

/* Sends some of what the guest has for others. The rest waits for the next turn, which comes by
 * itself. */
void send_turn(struct broker *broker);

#endif
