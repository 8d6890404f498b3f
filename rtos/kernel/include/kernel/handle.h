/*
 * Handles: the places of a process's table. A handle in use is in the list of all handles on its
 * object. The table grows by a page of the process's quota when its places are used up.
 */
#ifndef KERNEL_HANDLE_H
#define KERNEL_HANDLE_H

#include <kernel/object.h>

struct handle {
	struct object *object; /* NULL: the place is free */
	struct handle *next, *prev;
	uint32_t badge;
	uint16_t allows; /* rights and the object's kind: HANDLE_ALLOWS(); free: 0 */
	uint16_t number; /* of its place */
};
_Static_assert(sizeof(struct handle) * RTOS_HANDLES_A_PAGE == PAGE_SIZE, "the contract says so");

#define HANDLE_KIND_SHIFT           12
#define HANDLE_KIND_MASK            15
#define HANDLE_ALLOWS(kind, rights) ((uint32_t)(kind) << HANDLE_KIND_SHIFT | (uint32_t)(rights))
_Static_assert(RTOS_RIGHTS_ALL < 1u << HANDLE_KIND_SHIFT && RTOS_KINDS <= HANDLE_KIND_MASK + 1,
               "both fit");

#define HANDLES_MAX   (RTOS_HANDLES_A_PAGE * RTOS_HANDLE_PAGES_MAX)
#define HANDLES_WORDS (HANDLES_MAX / WORD_BITS)

struct handles {
	uint64_t count; /* places, used or not */
	struct handle *page[RTOS_HANDLE_PAGES_MAX];
	uint64_t free[HANDLES_WORDS]; /* a bit for each free place; 0 is never given */
	uint32_t used;
	uint32_t pages_max;
};

/* Adds a page of places, which is all zeros. */
void handles_grow(struct handles *handles, void *page);

/* The place with this number, in use or free; NULL: there is no such place. */
static inline struct handle *handle_at(const struct handles *handles, uint64_t number)
{
	struct handle *place;

	if (number >= handles->count)
		return NULL;
	place = &handles->page[number / RTOS_HANDLES_A_PAGE][number % RTOS_HANDLES_A_PAGE];
	/* Callers compare the result with NULL; the compiler leaves that comparison out here. */
	if (place == NULL)
		__builtin_unreachable();
	return place;
}

static inline bool handle_is(const struct handle *handle, uint32_t kind, uint32_t rights)
{
	const uint32_t mask = HANDLE_ALLOWS(HANDLE_KIND_MASK, rights);

	return handle != NULL && (handle->allows & mask) == HANDLE_ALLOWS(kind, rights);
}

static inline uint32_t handle_rights(const struct handle *handle)
{
	return handle->allows & ((1u << HANDLE_KIND_SHIFT) - 1);
}

/* The status for a handle that failed handle_is() with this kind. */
enum rtos_status handle_wrong(const struct handle *handle, uint32_t kind);

/* True if every place is in use. */
static inline bool handles_are_full(const struct handles *handles)
{
	return handles->used + 1 >= handles->count;
}

/* Makes a handle in the place `number` (0: in any free place). NULL: that place is in use, or all
 * places are. */
struct handle *handle_make(struct handles *handles, uint32_t number, struct object *object,
                           uint32_t rights, uint32_t badge);

/* RTOS_OK, or why the handle can't be copied to another process with this badge. Only the holder of
 * an unbadged handle can set a badge; a notification's badge can lose bits. */
enum rtos_status handle_copy_wrong(const struct handle *handle, uint32_t badge);

/* Frees the place. */
void handle_close(struct handles *handles, struct handle *handle);

/* Closes one of the handles of an object. It closes `last` only if no other is left. */
void handle_close_one(struct object *object, const struct handle *last);

#endif
