/* A client's side of the loader (docs/reference/rtos-servers.md), by the port that the manifest
 * calls "loader". A program can also wait here for programs that it started. One thread at a time
 * may use these functions. */
#ifndef RTOS_RUN_H
#define RTOS_RUN_H

#include <kumiki/rtos/call.h>
#include <proto/loader.h>
#include <stdbool.h>
#include <stddef.h>

struct run {
	uint32_t program; /* the slot */
	uint64_t start;   /* the start's number */
};

/* How the program ended: enum rtos_process_state, and RTOS_PROCESS_STATE's x2 to x4. */
struct run_end {
	uint64_t state, value, more[2];
};

/* Starts the program in a file. arguments[0] becomes the program's argv[1]. Slot 0 means any free
 * slot. */
enum loader_status run_start(const char *path, const char *const *arguments, size_t count,
                             uint32_t slot, struct run *run);

/* Has the loader lay out a file as a new version of a program (docs/rtos/replace.md). */
enum loader_status run_lay(const char *path, uint32_t program);

/* Says how the program ended. With `waits`, waits for the end; otherwise the state is
 * RTOS_PROCESS_ALIVE while the program runs. False: the slot has had a newer start, or another
 * thread waits for this one, or the supervisor didn't answer. */
bool run_wait(const struct run *run, bool waits, struct run_end *end);

/* The status in words. */
const char *run_status_text(enum loader_status status);

#endif
