/* The objects that outlive processes: made once, and recorded. */
#ifndef SUPERVISOR_OBJECTS_H
#define SUPERVISOR_OBJECTS_H

#include "child.h"

/* Makes all of them, and their record. On failure *what names the kind of object that couldn't be
 * made. */
enum rtos_status objects_begin(struct children *all, const char **what);
/* Makes an object by a call with two arguments. */
enum rtos_status objects_make(enum rtos_call number, rtos_handle_t handle, uint64_t x0, uint64_t x1,
                              rtos_handle_t *made);
/* Whole pages, from the page where the registers begin. */
uint64_t objects_register_pages(const struct rtos_manifest_device *device, uint32_t range);
/* True: memory of another partition, which the program watches, and no registers. */
bool objects_is_foreign(const struct rtos_manifest_device *device, uint32_t range);

#endif
