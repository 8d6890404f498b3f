/* Datagrams by lwIP's UDP. Each function answers an enum socket_status. */
#ifndef NET_DATAGRAM_H
#define NET_DATAGRAM_H

#include "table.h"

enum socket_status datagram_bind(struct table_socket *socket, uint64_t address);
/* Address 0 ends the connection. */
enum socket_status datagram_connect(struct table_socket *socket, uint64_t address);
enum socket_status datagram_send(struct table_socket *socket, const uint8_t *from, uint32_t count,
                                 uint64_t address, uint32_t *done);
/* A datagram that is longer than `count` loses its end. *whole: how long it is. */
enum socket_status datagram_receive(struct table_socket *socket, uint8_t *to, uint32_t count,
                                    bool stays, uint32_t *done, uint64_t *address, uint32_t *whole);
void datagram_set_options(struct table_socket *socket);
void datagram_close(struct table_socket *socket);

/* How many datagrams came for which a socket had no room. */
extern uint64_t datagram_lost;

#endif
