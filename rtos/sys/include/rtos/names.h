/* A client's side of names (proto/names.h), by the port that the manifest calls "names". */
#ifndef RTOS_NAMES_H
#define RTOS_NAMES_H

#include <kumiki/rtos/call.h>
#include <proto/names.h>
#include <stdbool.h>
#include <stdint.h>

/* A program has one of these for each name that it offers, all zeros at first. A thread of the
 * offer waits with the stack in it as long as the offer lasts. */
struct names_offer {
	uint64_t word[RTOS_WORDS];
	rtos_handle_t server, port;
	rtos_handle_t ended; /* a notification: the last thread has ended; 0: there was no thread */
	_Alignas(16) uint8_t stack[512];
};

/* Offers a port of the caller's own (RTOS_PORT_CREATE). Calls arrive at the port as soon as another
 * program has found it. If the result isn't NAMES_OK, the port isn't offered. The structure of a
 * withdrawn offer may be used again; this function then waits until the offer's last thread has
 * ended. */
enum names_status names_offer(struct names_offer *offer, const char *name, rtos_handle_t port);
/* Ends the offer. Programs that have found the port keep their handles. */
enum names_status names_withdraw(const char *name);

/* Finds a handle on the port with that name. `waits`: waits until a program offers it. */
enum names_status names_find(const char *name, bool waits, rtos_handle_t *port);

#endif
