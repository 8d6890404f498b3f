/* A client's side of the loader (docs/rtos/services.md), by the port that the manifest calls
 * "loader", and of waiting for what it started. One thread at a time. */
#ifndef RTOS_RUN_H
#define RTOS_RUN_H

#include <kumiki/rtos/call.h>
#include <proto/loader.h>
#include <stdbool.h>
#include <stddef.h>

struct run {
	uint32_t program; /* the slot */
	uint64_t start;   /* its number */
};

/* How it ended: enum rtos_process_state, and what belongs to that (RTOS_PROCESS_STATE's x2 to x4).
 */
struct run_end {
	uint64_t state, value, more[2];
};

/* Starts a file; arguments[0] is what becomes argv[1]. Slot 0: any that is free. */
enum loader_status run_start(const char *path, const char *const *arguments, size_t count,
                             uint32_t slot, struct run *run);

/* Waits until it has ended, or not: then RTOS_PROCESS_ALIVE says that it hasn't. False: it isn't
 * the last start of that slot any more, or another thread waits for it now. */
bool run_wait(const struct run *run, bool waits, struct run_end *end);

/* In words. */
const char *run_status_text(enum loader_status status);

#endif
