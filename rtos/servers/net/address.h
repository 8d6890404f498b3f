/* Addresses as the protocol (proto/socket.h) and lwIP have them. */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <lwip/ip_addr.h>
#include <proto/socket.h>

static inline ip_addr_t address_ip(uint64_t address)
{
	const ip_addr_t ip = IPADDR4_INIT(lwip_htonl(SOCKET_IP(address)));

	return ip;
}

static inline uint64_t address_word(const ip_addr_t *ip, uint16_t port)
{
	return SOCKET_ADDRESS(lwip_ntohl(ip_addr_get_ip4_u32(ip)), port);
}

#endif
