/* Options of streams: see docs/rtos/network.md. */
#ifndef NETINET_TCP_H
#define NETINET_TCP_H

#define TCP_NODELAY 1

#endif
