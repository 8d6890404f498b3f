/* A network: what a guest sends, into the buffers of the ends that it is for. */
#ifndef BROKER_NET_H
#define BROKER_NET_H

#include <broker/broker.h>

/* A MAC address in one number: its first byte in bits 7:0. */
static inline uint64_t net_address(const uint8_t *from)
{
	return (uint64_t)from[0] | (uint64_t)from[1] << 8 | (uint64_t)from[2] << 16 |
	       (uint64_t)from[3] << 24 | (uint64_t)from[4] << 32 | (uint64_t)from[5] << 40;
}

/* Sends some of what the guest has for others. What is left is for the next turn, which comes by
 * itself. */
void net_turn(struct broker *broker);

/* Has another look at what the channel's memory says of this broker's work: it begins anew. */
void net_recover(struct broker *broker);

#endif
