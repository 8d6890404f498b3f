/*
 * Memory that is freed all at once (host/arena.h): a list of zeroed allocations.
 */
#include <host/arena.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_piece {
	struct arena_piece *next;
	size_t size;
	_Alignas(16) unsigned char bytes[];
};

static _Noreturn void arena_exhausted(void)
{
	fputs("kumiki: error: out of memory; close other programs and try again\n", stderr);
	exit(EXIT_FAILURE);
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_piece *piece;

	if (size > SIZE_MAX - sizeof(*piece))
		arena_exhausted();
	piece = calloc(1, sizeof(*piece) + size);
	if (!piece)
		arena_exhausted();
	piece->next = arena->pieces;
	piece->size = size;
	arena->pieces = piece;
	return piece->bytes;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		arena_exhausted();
	return arena_alloc(arena, count * size);
}

char *arena_copy(struct arena *arena, const void *bytes, size_t length)
{
	char *copy = arena_alloc(arena, length + 1);

	if (length)
		memcpy(copy, bytes, length);
	return copy;
}

char *arena_vformat(struct arena *arena, const char *format, va_list arguments)
{
	va_list again;
	int length;
	char *text;

	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0)
		arena_exhausted();
	text = arena_alloc(arena, (size_t)length + 1);
	vsnprintf(text, (size_t)length + 1, format, arguments);
	return text;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = arena_vformat(arena, format, arguments);
	va_end(arguments);
	return text;
}

void arena_free(struct arena *arena)
{
	while (arena->pieces) {
		struct arena_piece *piece = arena->pieces;

		arena->pieces = piece->next;
		free(piece);
	}
}
