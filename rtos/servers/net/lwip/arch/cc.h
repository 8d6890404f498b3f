/* What lwIP asks its compiler and its system. */
#ifndef NET_ARCH_CC_H
#define NET_ARCH_CC_H

#include <stdint.h>

#define BYTE_ORDER            LITTLE_ENDIAN
#define LWIP_NO_CTYPE_H       1
#define LWIP_NO_UNISTD_H      1
#define LWIP_PROVIDE_ERRNO    1
#define LWIP_RAND()           port_random()
#define LWIP_PLATFORM_DIAG(x) ((void)0)
/* A broken rule of lwIP's own: the server ends, and begins anew. */
#define LWIP_PLATFORM_ASSERT(what) port_failed(what)

/* Its own are functions that it calls for each field of a header. */
#define lwip_htons(x) __builtin_bswap16(x)
#define lwip_htonl(x) __builtin_bswap32(x)

uint32_t port_random(void);
_Noreturn void port_failed(const char *what);

#endif
