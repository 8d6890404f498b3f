/*
 * A debugger's work in a partition's memory: the loader service does it (debug.c) at EL0, as it
 * examines what a partition left. What is asked for, and the list of breakpoints, lie in the
 * partition's struct debug_box; whatever stands there, nothing but the partition's own memory is
 * read or written.
 */
#ifndef SERVICE_DEBUG_H
#define SERVICE_DEBUG_H

#include <kumiki/debug.h>
#include <kumiki/service.h>

/* Carries out the request in the box that the info page names; returns enum debug_status. */
uint64_t debug_run(const struct loader_info *info);

#endif
