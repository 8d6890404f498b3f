/* Addresses of a network. */
#ifndef BROKER_NET_H
#define BROKER_NET_H

#include <stdint.h>

/* A MAC address as one number: its first byte is in bits 7:0. */
static inline uint64_t net_address(const uint8_t *from)
{
	return (uint64_t)from[0] | (uint64_t)from[1] << 8 | (uint64_t)from[2] << 16 |
	       (uint64_t)from[3] << 24 | (uint64_t)from[4] << 32 | (uint64_t)from[5] << 40;
}

#endif
