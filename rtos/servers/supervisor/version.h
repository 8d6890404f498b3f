/*
 * A program's version from a file (docs/rtos/replace.md): its store, a process that never runs and
 * whose mappings are the file's segments; and processes that are laid out from that, as others are
 * from the boot image.
 */
#ifndef SUPERVISOR_VERSION_H
#define SUPERVISOR_VERSION_H

#include "child.h"
#include <rtos/spawn.h>

/* Makes an empty store for so many pages of segments. */
enum rtos_status version_store(const struct children *all, uint32_t number, uint64_t pages,
                               rtos_handle_t *store);
/* Closes the store, makes the memory of the version's own record, and lays out the process that
 * version_begin() takes. A failure leaves the store alone. */
enum rtos_status version_prepare(const struct children *all, uint32_t number,
                                 struct version *version);
/* As spawn_begin(), for the program's version. Sets spawn->program, which lasts until the next
 * call.
 */
enum rtos_status version_begin(const struct children *all, uint32_t number, struct spawn *spawn);
/* Takes back a process that was prepared and not begun. */
void version_unprepare(void);
/* Takes back what is no record's any more. */
void version_drop(const struct version *version);

#endif
