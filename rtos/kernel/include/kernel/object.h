/*
 * Objects, which handles lead to. An object is cut from a page of its quota's pool. It has 128
 * bytes or 1 KiB, so a page holds 32 or 4. All handles of one object are in a list that begins in
 * the object.
 */
#ifndef KERNEL_OBJECT_H
#define KERNEL_OBJECT_H

#include <kernel/memory.h>
#include <kernel/pool.h>
#include <kumiki/rtos/call.h>

/* Kinds beyond the contract's kinds: no handle leads to them. */
#define OBJECT_MAPPING RTOS_KINDS
#define OBJECT_FAULT   (RTOS_KINDS + 1)

#define OBJECT_SMALL 128
#define OBJECT_LARGE 1024

struct handle;
struct process;

/* Every object begins with this. */
struct object {
	uint8_t kind; /* enum rtos_kind, OBJECT_MAPPING; RTOS_KIND_NONE: the place is free */
	uint8_t next; /* of a free place: the next free place of the page */
	uint8_t reserved[6];
	struct handle *handles; /* the first of its handles; NULL: there is none */
};

/* The lists of a process's pages of objects: by size, pages with room and full pages. */
enum object_list { OBJECT_SMALL_ROOM, OBJECT_SMALL_FULL, OBJECT_LARGE_ROOM, OBJECT_LARGE_FULL };
#define OBJECT_LISTS 4

struct objects {
	uint32_t first[OBJECT_LISTS]; /* frames; FRAME_NONE: the list is empty */
};

void objects_begin(struct objects *objects);

/* Makes an object of this kind, otherwise zeroed. NULL: the pool is empty. */
void *object_new(struct pool *pool, struct objects *objects, uint32_t kind, uint32_t size);

/* Whether object_new() would find room. */
bool object_has_room(const struct pool *pool, const struct objects *objects, uint32_t size);

/* Frees an object whose handles are gone. */
void object_free(struct pool *pool, struct objects *objects, void *object);

/* Any of these objects; NULL: there is none. */
struct object *object_any(const struct objects *objects);

/* The object that a reference leads to, if it has this kind and size; otherwise NULL. For
 * references that come from a program. */
void *object_referred(uint64_t reference, uint32_t kind, uint32_t size);

/* The process whose quota the object lies in. */
static inline struct process *object_owner(const void *object)
{
	return memory_referred(memory.frames[memory_frame(object)].owner);
}

#endif
