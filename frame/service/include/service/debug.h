/*
 * A debugger's work for a partition: the loader service does it at EL0, as it examines what a
 * partition left. debug.c decides what becomes of a request (who stands, who goes on, what is
 * answered); debug_memory.c reads and writes memory, and puts breakpoints in and takes them out.
 * What is asked for, and what is remembered between two runs, lies in the partition's struct
 * debug_box; whatever stands there, nothing but the partition's own memory is read or written.
 */
#ifndef SERVICE_DEBUG_H
#define SERVICE_DEBUG_H

#include <kumiki/debug.h>
#include <kumiki/service.h>

/* Looks at the box that the info page names; returns what the frame is to do: enum debug_order. */
uint64_t debug_run(const struct loader_info *info);

/* ---- debug_memory.c ---- */

/* DEBUG_READ, DEBUG_WRITE, DEBUG_BREAK, DEBUG_UNBREAK; of DEBUG_DETACH: all breakpoints go. */
enum debug_status debug_memory(const struct loader_info *info, const struct debug_request *request);

#endif
