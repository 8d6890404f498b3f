/* A client's side of the loader (docs/rtos/services.md), by the port that the manifest calls
 * "loader", and of waiting for the programs that it started. One thread at a time. */
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

/* Starts a file; arguments[0] becomes argv[1]. Slot 0: any free slot. */
enum loader_status run_start(const char *path, const char *const *arguments, size_t count,
                             uint32_t slot, struct run *run);

/* Has a file laid out as a new version of a program (docs/rtos/replace.md). */
enum loader_status run_lay(const char *path, uint32_t program);

/* The program's end; with `waits`, waits for it, otherwise RTOS_PROCESS_ALIVE says that the program
 * still runs. False: the slot has had a newer start, or another thread waits for this one. */
bool run_wait(const struct run *run, bool waits, struct run_end *end);

/* In words. */
const char *run_status_text(enum loader_status status);

#endif
