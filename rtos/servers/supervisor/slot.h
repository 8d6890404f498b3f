/* Which slot a file is loaded into (docs/rtos/loading.md). Decides, and does nothing. */
#ifndef SUPERVISOR_SLOT_H
#define SUPERVISOR_SLOT_H

#include "child.h"

#define SLOT_NONE RTOS_IMAGE_PROGRAMS_MAX

/* The slot that was begun for this call already; SLOT_NONE: none was. */
uint32_t slot_of_call(const struct children *all, uint32_t loader, uint64_t call);

/* One that is free and large enough, for a call's words (SUPERVISOR_LOAD). */
enum supervisor_answer slot_choose(const struct children *all, uint32_t loader,
                                   const uint64_t word[RTOS_WORDS], uint32_t *number);

/* Its process was made for this loader, and nothing runs in it yet. */
bool slot_is_begun(const struct children *all, uint32_t loader, uint32_t number);

/* The same, and who asked for it has been answered, or isn't there any more: it is to run. Of a
 * loader that has ended. */
bool slot_is_promised(const struct children *all, uint32_t loader, uint32_t number);

#endif
