/* Addresses as text, and hosts by their names. */
#include "errors.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <rtos/socket.h>
#include <stdlib.h>
#include <string.h>

/* Reads four numbers up to 255, with dots between them. NULL: the text is something else. */
static const char *host_address(const char *text, uint32_t *ip)
{
	*ip = 0;
	for (int i = 0; i < 4; i++) {
		char *end;
		unsigned long number;

		if ((i > 0 && *text++ != '.') || *text < '0' || *text > '9')
			return NULL;
		number = strtoul(text, &end, 10);
		if (number > 255 || end - text > 3)
			return NULL;
		*ip = *ip << 8 | (uint32_t)number;
		text = end;
	}
	return *text == '\0' ? text : NULL;
}

int inet_pton(int family, const char *restrict text, void *restrict address)
{
	struct in_addr in;
	uint32_t ip;

	if (family != AF_INET)
		return errors_set(EAFNOSUPPORT);
	if (host_address(text, &ip) == NULL)
		return 0;
	in.s_addr = htonl(ip);
	memcpy(address, &in, sizeof(in));
	return 1;
}

int inet_aton(const char *text, struct in_addr *address)
{
	return inet_pton(AF_INET, text, address);
}

in_addr_t inet_addr(const char *text)
{
	struct in_addr in;

	return inet_aton(text, &in) != 0 ? in.s_addr : INADDR_NONE;
}

const char *inet_ntop(int family, const void *restrict address, char *restrict text, socklen_t size)
{
	const uint8_t *byte = address;
	char all[INET_ADDRSTRLEN], *at = all;

	if (family != AF_INET) {
		errno = EAFNOSUPPORT;
		return NULL;
	}
	for (int i = 0; i < 4; i++) {
		if (byte[i] >= 100)
			*at++ = (char)('0' + byte[i] / 100);
		if (byte[i] >= 10)
			*at++ = (char)('0' + byte[i] / 10 % 10);
		*at++ = (char)('0' + byte[i] % 10);
		*at++ = i < 3 ? '.' : '\0';
	}
	if ((socklen_t)(at - all) > size) {
		errno = ENOSPC;
		return NULL;
	}
	return memcpy(text, all, (size_t)(at - all));
}

char *inet_ntoa(struct in_addr address)
{
	static char text[INET_ADDRSTRLEN];

	(void)inet_ntop(AF_INET, &address, text, sizeof(text));
	return text;
}

/* ---- names ---- */

static int host_find(const char *node, const struct addrinfo *hints, uint32_t *ip)
{
	const int flags = hints != NULL ? hints->ai_flags : 0;

	if (node == NULL) {
		*ip = (flags & AI_PASSIVE) != 0 ? INADDR_ANY : INADDR_LOOPBACK;
		return 0;
	}
	if (host_address(node, ip) != NULL)
		return 0;
	if ((flags & AI_NUMERICHOST) != 0)
		return EAI_NONAME;
	switch (socket_lookup(node, ip)) {
	case SOCKET_OK:
		return 0;
	case SOCKET_NO_NAME:
		return EAI_NONAME;
	case SOCKET_NO_ROOM:
		return EAI_AGAIN;
	default:
		return EAI_FAIL;
	}
}

static int host_port(const char *service, uint16_t *port)
{
	char *end;
	unsigned long number = 0;

	if (service != NULL) {
		number = strtoul(service, &end, 10);
		if (*service < '0' || *service > '9' || *end != '\0' || number > UINT16_MAX)
			return EAI_SERVICE;
	}
	*port = (uint16_t)number;
	return 0;
}

int getaddrinfo(const char *restrict node, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict answer)
{
	struct {
		struct addrinfo info;
		struct sockaddr_in in;
	} * made;
	const int type =
	    hints != NULL && hints->ai_socktype != 0 ? hints->ai_socktype : SOCK_STREAM;
	uint16_t port;
	uint32_t ip;
	int error = host_port(service, &port);

	if (hints != NULL && hints->ai_family != AF_UNSPEC && hints->ai_family != AF_INET)
		return EAI_FAMILY;
	if (error == 0)
		error = host_find(node, hints, &ip);
	if (error != 0)
		return error;
	made = calloc(1, sizeof(*made));
	if (made == NULL)
		return EAI_MEMORY;
	made->in = (struct sockaddr_in){.sin_len = sizeof(made->in),
	                                .sin_family = AF_INET,
	                                .sin_port = htons(port),
	                                .sin_addr = {htonl(ip)}};
	made->info =
	    (struct addrinfo){.ai_family = AF_INET,
	                      .ai_socktype = type,
	                      .ai_protocol = type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP,
	                      .ai_addrlen = sizeof(made->in),
	                      .ai_addr = (struct sockaddr *)&made->in};
	*answer = &made->info;
	return 0;
}

void freeaddrinfo(struct addrinfo *answer)
{
	free(answer);
}

const char *gai_strerror(int error)
{
	switch (error) {
	case 0:
		return "no error";
	case EAI_NONAME:
		return "nobody knows this name";
	case EAI_SERVICE:
		return "the service isn't a port's number";
	case EAI_FAMILY:
		return "there is IPv4 alone";
	case EAI_MEMORY:
		return "there is no memory left";
	case EAI_AGAIN:
		return "the network's server has no room";
	default:
		return "there is no network";
	}
}
