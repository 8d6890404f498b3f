/*
 * Finds the records that outlive the supervisor (docs/rtos/recovery.md), and the handles that the
 * records name. Pure.
 */
#ifndef SUPERVISOR_RECORD_H
#define SUPERVISOR_RECORD_H

#include "child.h"

#define RECORD_HANDLES (RTOS_HANDLE_PAGES_MAX * RTOS_HANDLES_A_PAGE)

/* A bit for each handle. */
struct record_names {
	uint64_t bits[RECORD_HANDLES / 64];
};

/* Reads the record of objects from kept memory into all->objects. */
enum keep_found record_open_objects(struct children *all, void *memory);
/* Reads a program's record into all->child[number]; zeros if there is none. */
enum keep_found record_open_child(struct children *all, void *memory, uint32_t number);

/* Collects the handles that records name, and the handles that init gave. */
void record_names(const struct children *all, struct record_names *names);
bool record_is_named(const struct record_names *names, rtos_handle_t handle);

#endif
