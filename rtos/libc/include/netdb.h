/* Hosts by their names, for IPv4 only: see docs/rtos/network.md. */
#ifndef NETDB_H
#define NETDB_H

#include <sys/socket.h>

struct addrinfo {
	int ai_flags, ai_family, ai_socktype, ai_protocol;
	socklen_t ai_addrlen;
	struct sockaddr *ai_addr;
	char *ai_canonname; /* always NULL */
	struct addrinfo *ai_next;
};

#define AI_PASSIVE     0x01
#define AI_NUMERICHOST 0x04
#define AI_NUMERICSERV 0x08

#define EAI_AGAIN   2
#define EAI_FAIL    4
#define EAI_FAMILY  5
#define EAI_MEMORY  6
#define EAI_NONAME  8
#define EAI_SERVICE 9

/* `service` is a port's number, in digits. The answer has one entry. */
int getaddrinfo(const char *restrict node, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict answer);
void freeaddrinfo(struct addrinfo *answer);
const char *gai_strerror(int error);

#endif
