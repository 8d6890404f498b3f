/* A request to the loader, copied before anything is decided on it. No system call is in it. */
#ifndef LOADER_REQUEST_H
#define LOADER_REQUEST_H

#include <kumiki/rtos/call.h>
#include <proto/loader.h>
#include <stdbool.h>

struct request {
	char path[LOADER_PATH];
	char arguments[LOADER_ARGUMENTS];
	uint32_t bytes, count, slot; /* of the arguments; the slot, for LOADER_LAY the program */
	bool lays;
	uint64_t badge, identity;
};

/* Takes a call's words. `lent`: the page that was lent along; NULL: none was. False: it is of the
 * wrong form. */
bool request_take(struct request *request, const uint64_t word[RTOS_WORDS], const char *lent);

/* Whether a path without an end is refused, and one with an end is taken. */
bool request_is_right(struct request *request);

#endif
