/* What programs ask of the network's server (proto/socket.h). */
#ifndef NET_SERVE_H
#define NET_SERVE_H

#include <lwip/netif.h>
#include <rtos/sys.h>

/* The port's name, of which the windows have theirs; the interface that figures are told of. */
void serve_begin(const char *port, const struct netif *netif);
/* Carries the call out. Its answer is in the words, or comes later: identity 0. */
void serve_call(struct sys_message *message);
/* Once a second: what ended programs left is closed. */
void serve_look(void);

#endif
