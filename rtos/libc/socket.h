/* Sockets as descriptors: a socket's number at the network's server is its descriptor's. */
#ifndef LIBC_SOCKET_H
#define LIBC_SOCKET_H

#include "descriptor.h"
#include <rtos/socket.h>

/* The descriptor of a socket; NULL, with errno EBADF or ENOTSOCK: it is none. */
struct descriptor *socket_at(int number);

/* A call about it: -1 with errno, or 0. The answer is in the words. */
int socket_do(uint64_t word[RTOS_WORDS]);
int socket_error(enum socket_status status);

/* Waits until it can be read or written, or the time is over; 0, or -1 with errno. */
int socket_wait(int number, bool reads, bool writes, uint64_t deadline);

/* Which of the sockets of two masks are ready (SOCKET_WAIT); false: none before the deadline. */
bool socket_ready(uint32_t *reads, uint32_t *writes, uint32_t *failed, uint64_t deadline);

/* Milliseconds of SO_RCVTIMEO and SO_SNDTIMEO; 0: none. */
#define SOCKET_RECEIVE_MS(descriptor) ((uint32_t)(descriptor)->offset)
#define SOCKET_SEND_MS(descriptor)    ((uint32_t)((descriptor)->offset >> 32))
#define SOCKET_LIMITS(receive, send)  ((uint64_t)(send) << 32 | (uint32_t)(receive))

#endif
