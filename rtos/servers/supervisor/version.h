/*
 * A program's version from a file (docs/rtos/replace.md). Its store is a process that never runs,
 * and whose mappings are the file's segments. Processes of the version are laid out from the store,
 * as other processes are from the boot image.
 */
#ifndef SUPERVISOR_VERSION_H
#define SUPERVISOR_VERSION_H

#include "child.h"
#include <rtos/spawn.h>

/* Makes an empty store with room for this many pages of segments. */
enum rtos_status version_store(const struct children *all, uint32_t number, uint64_t pages,
                               rtos_handle_t *store);
/* Closes the store, makes the memory of the version's own record, and lays out the process that
 * version_begin() takes. A failure doesn't take back the store. */
enum rtos_status version_prepare(const struct children *all, uint32_t number,
                                 struct version *version);
/* Like spawn_begin(), for the program's version. Sets spawn->program, which is valid until the next
 * call. */
enum rtos_status version_begin(const struct children *all, uint32_t number, struct spawn *spawn);
/* Takes back a process that was prepared and not begun. */
void version_unprepare(void);
/* Takes back the store and memory of a version that no record names any more. */
void version_drop(const struct version *version);

#endif
