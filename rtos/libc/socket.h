/* Sockets as descriptors: a socket's number at the network's server is its descriptor's. */
#ifndef LIBC_SOCKET_H
#define LIBC_SOCKET_H

#include "descriptor.h"
#include <rtos/socket.h>

/* The descriptor with this number, if it is a socket's. NULL, with errno EBADF or ENOTSOCK: it
 * isn't. */
struct descriptor *socket_at(int number);

/* Calls the server about a socket. Returns 0, or -1 with errno. The words get the answer. */
int socket_do(uint64_t word[RTOS_WORDS]);
int socket_error(enum socket_status status);

/* Waits until the socket can be read or written, or until the deadline. Returns 0, or -1 with
 * errno. */
int socket_wait(int number, bool reads, bool writes, uint64_t deadline);

/* Finds out which sockets of two masks are ready (SOCKET_WAIT). False: no socket was ready before
 * the deadline. */
bool socket_ready(uint32_t *reads, uint32_t *writes, uint32_t *failed, uint64_t deadline);

/* SO_RCVTIMEO and SO_SNDTIMEO in milliseconds; 0: no limit. */
#define SOCKET_RECEIVE_MS(descriptor) ((uint32_t)(descriptor)->offset)
#define SOCKET_SEND_MS(descriptor)    ((uint32_t)((descriptor)->offset >> 32))
#define SOCKET_LIMITS(receive, send)  ((uint64_t)(send) << 32 | (uint32_t)(receive))

#endif
