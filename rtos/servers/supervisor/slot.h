/*
 * Decides which slot a file is loaded into, and changes nothing.
 *
 * A request starts its program once, also if the loader ends at any moment. The loader lays a file
 * out, its stack last, then answers the request, then makes the thread. When the loader has ended,
 * the supervisor looks at each slot that has a process and no thread, before it starts the next
 * loader:
 * - there is no stack: the process is taken back;
 * - there is a stack, and the request is open still: the process is taken back, as the request
 *   comes again;
 * - there is a stack, and the request was answered, or its caller is gone: the supervisor makes the
 *   thread.
 */
#ifndef SUPERVISOR_SLOT_H
#define SUPERVISOR_SLOT_H

#include "child.h"

#define SLOT_NONE RTOS_IMAGE_PROGRAMS_MAX

/* The slot that was begun for this call already; SLOT_NONE: there is none. */
uint32_t slot_of_call(const struct children *all, uint32_t loader, uint64_t call);

/* Chooses a slot that is free and large enough, for the words of SUPERVISOR_LOAD. */
enum supervisor_answer slot_choose(const struct children *all, uint32_t loader,
                                   const uint64_t word[RTOS_WORDS], uint32_t *number);

/* Whether the slot's process was made for this loader, and has no thread yet. */
bool slot_is_begun(const struct children *all, uint32_t loader, uint32_t number);

/* Whether, besides, the request was answered, or its caller is gone: then the slot is to run. Only
 * for a loader that has ended. */
bool slot_is_promised(const struct children *all, uint32_t loader, uint32_t number);

#endif
