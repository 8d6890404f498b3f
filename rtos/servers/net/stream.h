/* Streams by lwIP's TCP. Each function answers an enum socket_status. */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include "table.h"

enum socket_status stream_bind(struct table_socket *socket, uint64_t address);
enum socket_status stream_connect(struct table_socket *socket, uint64_t address);
enum socket_status stream_listen(struct table_socket *socket, uint32_t backlog);
/* The connection that waits longest gets that number. */
enum socket_status stream_accept(struct table_socket *listener, uint64_t number,
                                 struct table_socket **connection);
enum socket_status stream_send(struct table_socket *socket, const uint8_t *from, uint32_t count,
                               uint32_t *done);
enum socket_status stream_receive(struct table_socket *socket, uint8_t *to, uint32_t count,
                                  bool stays, uint32_t *done);
enum socket_status stream_shutdown(struct table_socket *socket, bool in, bool out);
/* Whether a send found no memory, and none has come back since. */
bool stream_starves(const struct table_socket *socket);
void stream_set_options(struct table_socket *socket);
/* Closes the socket. What is on its way out still goes, unless data that came are unread. */
void stream_close(struct table_socket *socket);

#endif
