/* A client's side of names (proto/names.h), by the port that the manifest calls "names". */
#ifndef RTOS_NAMES_H
#define RTOS_NAMES_H

#include <kumiki/rtos/call.h>
#include <proto/names.h>
#include <stdbool.h>
#include <stdint.h>

/* Who offers has one for each name, zeros at first: a thread of its own waits in it as long as the
 * offer lasts. */
struct names_offer {
	uint64_t word[RTOS_WORDS];
	rtos_handle_t server, port;
	rtos_handle_t ended; /* notification: its last thread has; 0: it never had one */
	_Alignas(16) uint8_t stack[512];
};

/* Offers a port of the caller's own (RTOS_PORT_CREATE). From when another program has found it on,
 * calls arrive there. Not NAMES_OK: it isn't offered. One that was withdrawn may be used
 * again; that waits until its last thread is through. */
enum names_status names_offer(struct names_offer *offer, const char *name, rtos_handle_t port);
/* Who found it keeps the handle that it has. */
enum names_status names_withdraw(const char *name);

/* A handle on the port with that name. `waits`: until somebody offers it. */
enum names_status names_find(const char *name, bool waits, rtos_handle_t *port);

#endif
