/*
 * Memory that is freed all at once, for a source tree, its complaints and its model. Every piece is
 * zeroed, and is an allocation of its own, so that sanitizers see its borders. If memory runs out,
 * the program ends with a message.
 */
#ifndef HOST_ARENA_H
#define HOST_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena_piece;

struct arena {
	struct arena_piece *pieces;
};

void *arena_alloc(struct arena *arena, size_t size);
/* Room for `count` things of `size` bytes. */
void *arena_array(struct arena *arena, size_t count, size_t size);
/* A copy of `length` bytes, with a NUL at its end. */
char *arena_copy(struct arena *arena, const void *bytes, size_t length);
char *arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vformat(struct arena *arena, const char *format, va_list arguments);
void arena_free(struct arena *arena);

#endif
