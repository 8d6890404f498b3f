/*
 * A debugger's work for a partition. The loader service does it at EL0, like the examination of a
 * partition that ended. debug.c decides what becomes of a request: which vCPUs stand, which go on,
 * and the answer. debug_memory.c reads and writes memory, and puts breakpoints in and takes them
 * out. The request, and the state between two runs, lie in the partition's struct debug_box.
 * Whatever the box says, only the partition's own memory is read or written.
 */
#ifndef SERVICE_DEBUG_H
#define SERVICE_DEBUG_H

#include <kumiki/debug.h>
#include <kumiki/service.h>

/* Looks at the box that the info page names. Returns orders to the frame: enum debug_order. */
uint64_t debug_run(const struct loader_info *info);

/* ---- debug_memory.c ---- */

/* Carries out DEBUG_READ, DEBUG_WRITE, DEBUG_BREAK and DEBUG_UNBREAK. DEBUG_DETACH takes all
 * breakpoints out. */
enum debug_status debug_memory(const struct loader_info *info, const struct debug_request *request);

#endif
