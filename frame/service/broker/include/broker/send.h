/* A broker's send queue: chains are taken, carried as the channel's kind does it, and given back.
 */
#ifndef BROKER_SEND_H
#define BROKER_SEND_H

#include <broker/broker.h>

/* Sends some of what the guest has for others. What is left is for the next turn, which comes by
 * itself. */
void send_turn(struct broker *broker);

#endif
