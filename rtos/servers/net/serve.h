/* Carries out what programs ask of the network's server (proto/socket.h). */
#ifndef NET_SERVE_H
#define NET_SERVE_H

#include <lwip/netif.h>
#include <rtos/sys.h>

/* `port`: the port's name, by which the windows are found. `netif`: whose figures are told. */
void serve_begin(const char *port, const struct netif *netif);
/* Carries the call out. The answer is in the words; or it comes later, and the identity is 0. */
void serve_call(struct sys_message *message);
/* Called once a second: closes what ended programs left. */
void serve_look(void);

#endif
