/*
 * A client's side of the network's server (proto/socket.h), by the port that the manifest calls
 * "net". The program's threads share the buffer. So no other thread may use the same piece of it
 * between a thread's call and its copy: rtos/libc has a lock for that.
 */
#ifndef RTOS_SOCKET_H
#define RTOS_SOCKET_H

#include <kumiki/rtos/call.h>
#include <proto/socket.h>
#include <stdbool.h>
#include <stddef.h>

struct socket_buffer {
	uint8_t *bytes; /* NULL: the manifest gives none; nothing can be sent or received */
	uint32_t size;
};

/* Call it once, before all other functions. The server closes what an earlier life of the program
 * had. SOCKET_NO_SERVER: the manifest gives no such port, or nobody answers. */
enum socket_status socket_open(struct socket_buffer *buffer);

/* Calls with the operation in word 0; the words get the answer. */
enum socket_status socket_call(uint64_t word[RTOS_WORDS]);

/* Finds the address of a host by its name, or by digits. */
enum socket_status socket_lookup(const char *name, uint32_t *ip);

/* The status in words. */
const char *socket_status_text(enum socket_status status);

#endif
