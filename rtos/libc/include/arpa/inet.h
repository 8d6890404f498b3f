/* IPv4 addresses as text, and the network's order of bytes. */
#ifndef ARPA_INET_H
#define ARPA_INET_H

#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#define htonl(number) ((uint32_t)__builtin_bswap32(number))
#define htons(number) ((uint16_t)__builtin_bswap16(number))
#define ntohl(number) htonl(number)
#define ntohs(number) htons(number)

struct in_addr {
	in_addr_t s_addr; /* in the network's order */
};

in_addr_t inet_addr(const char *text);
int inet_aton(const char *text, struct in_addr *address);
/* All callers share the text that is returned. */
char *inet_ntoa(struct in_addr address);
int inet_pton(int family, const char *restrict text, void *restrict address);
const char *inet_ntop(int family, const void *restrict address, char *restrict text,
                      socklen_t size);

#endif
