/* See exports.h. The tables stand one behind the other; what is in front of the first one and
 * behind the last one looks different. */
#include "kernel.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define EXPORTS_ANCHOR "init_task"
#define EXPORTS_NAME   512u /* characters of a name at most */
#define EXPORTS_LEAST  1000u

/* A word's distance leads to another place of the image. */
static bool exports_leads(const struct kernel *kernel, size_t at, uint32_t size, uint32_t *place)
{
	int32_t distance;
	int64_t to;

	memcpy(&distance, kernel->image + at, sizeof(distance));
	to = (int64_t)at + distance;
	*place = (uint32_t)to;
	return to > 0 && to < size;
}

static bool exports_is_name(const struct kernel *kernel, uint32_t at)
{
	const char *name = (const char *)kernel->image + at;
	const size_t rest = kernel->size - at;
	const size_t length = strnlen(name, rest < EXPORTS_NAME ? rest : EXPORTS_NAME);

	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '_')
			return false;
	return length != 0 && length < EXPORTS_NAME && length < rest;
}

static bool exports_read(const struct kernel *kernel, size_t at, struct export *entry)
{
	uint32_t name;

	if (at + KERNEL_EXPORT > kernel->size ||
	    !exports_leads(kernel, at, kernel->image_size, &entry->place) ||
	    !exports_leads(kernel, at + 4, (uint32_t)kernel->size, &name) ||
	    !exports_is_name(kernel, name))
		return false;
	entry->name = (const char *)kernel->image + name;
	return true;
}

static int exports_by_name(const void *a, const void *b)
{
	const struct export *left = a, *right = b;

	return strcmp(left->name, right->name);
}

bool exports_find(struct exports *exports, const struct kernel *kernel, struct arena *arena)
{
	struct export entry;
	uint32_t first, place, end;

	*exports = (struct exports){.count = 0};
	if (!kernel_export(kernel, EXPORTS_ANCHOR, &first, &place))
		return false;
	for (end = first; exports_read(kernel, end, &entry);)
		end += KERNEL_EXPORT;
	while (first >= KERNEL_EXPORT && exports_read(kernel, first - KERNEL_EXPORT, &entry))
		first -= KERNEL_EXPORT;
	exports->entry =
	    arena_array(arena, (end - first) / KERNEL_EXPORT + 1, sizeof(*exports->entry));
	for (; first < end; first += KERNEL_EXPORT)
		if (exports_read(kernel, first, &exports->entry[exports->count]))
			exports->count++;
	qsort(exports->entry, exports->count, sizeof(*exports->entry), exports_by_name);
	return exports->count >= EXPORTS_LEAST;
}

bool exports_place(const struct exports *exports, const char *name, uint32_t *place)
{
	const struct export wanted = {.name = name};
	const struct export *found =
	    exports->count == 0
	        ? NULL
	        : bsearch(&wanted, exports->entry, exports->count, sizeof(wanted), exports_by_name);

	if (found != NULL)
		*place = found->place;
	return found != NULL;
}
