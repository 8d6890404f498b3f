/* Cutting pages into objects: see kernel/object.h. */
#include <kernel/object.h>
#include <machine/memory.h>

void objects_begin(struct objects *objects)
{
	for (uint32_t i = 0; i < OBJECT_LISTS; i++)
		objects->first[i] = FRAME_NONE;
}

static enum object_list list_of(uint32_t size, bool full)
{
	if (size == OBJECT_SMALL)
		return full ? OBJECT_SMALL_FULL : OBJECT_SMALL_ROOM;
	return full ? OBJECT_LARGE_FULL : OBJECT_LARGE_ROOM;
}

/* The size of the objects in a page, by the frame's order. */
static uint32_t size_of(const struct frame *frame)
{
	return frame->order == 0 ? OBJECT_SMALL : OBJECT_LARGE;
}

static uint32_t places_of(uint32_t size)
{
	return (uint32_t)PAGE_SIZE / size;
}

static struct object *place_at(uint32_t number, uint32_t size, uint32_t place)
{
	return (struct object *)(void *)((char *)memory_at(number) + (size_t)size * place);
}

static void page_link(struct objects *objects, uint32_t number, enum object_list list)
{
	struct frame *frame = &memory.frames[number];

	frame->prev = FRAME_NONE;
	frame->next = objects->first[list];
	if (frame->next != FRAME_NONE)
		memory.frames[frame->next].prev = number;
	objects->first[list] = number;
}

static void page_unlink(struct objects *objects, uint32_t number, enum object_list list)
{
	const struct frame *frame = &memory.frames[number];

	if (frame->next != FRAME_NONE)
		memory.frames[frame->next].prev = frame->prev;
	if (frame->prev != FRAME_NONE)
		memory.frames[frame->prev].next = frame->next;
	else
		objects->first[list] = frame->next;
}

/* Makes every place free. Each place leads to the next. */
static void page_cut(uint32_t number, uint32_t size)
{
	struct frame *frame = &memory.frames[number];
	uint8_t next = 0;

	frame->kind = FRAME_OBJECTS;
	frame->order = size == OBJECT_SMALL ? 0 : 1;
	frame->used = 0;
	frame->free = 0;
	for (char *at = memory_at(number), *end = at + PAGE_SIZE; at < end; at += size) {
		struct object *place = (struct object *)(void *)at;

		place->kind = RTOS_KIND_NONE;
		place->next = ++next;
	}
}

static uint32_t page_with_room(struct pool *pool, struct objects *objects, uint32_t size)
{
	uint32_t number = objects->first[list_of(size, false)];

	if (number != FRAME_NONE)
		return number;
	number = pool_take(pool, 0);
	if (number == FRAME_NONE)
		return FRAME_NONE;
	memory.frames[number].owner = pool->owner;
	page_cut(number, size);
	page_link(objects, number, list_of(size, false));
	return number;
}

void *object_new(struct pool *pool, struct objects *objects, uint32_t kind, uint32_t size)
{
	uint32_t number = page_with_room(pool, objects, size);
	struct object *object;
	struct frame *frame;

	if (number == FRAME_NONE)
		return NULL;
	frame = &memory.frames[number];
	object = place_at(number, size, frame->free);
	frame->free = object->next;
	frame->used++;
	if (frame->used == places_of(size)) {
		page_unlink(objects, number, list_of(size, false));
		page_link(objects, number, list_of(size, true));
	}
	machine_zero(object, size);
	object->kind = (uint8_t)kind;
	return object;
}

bool object_has_room(const struct pool *pool, const struct objects *objects, uint32_t size)
{
	return objects->first[list_of(size, false)] != FRAME_NONE || pool->free > 0;
}

void object_free(struct pool *pool, struct objects *objects, void *at)
{
	struct object *object = at;
	uint32_t number = memory_frame(at);
	struct frame *frame = &memory.frames[number];
	uint32_t size = size_of(frame);

	if (frame->used == places_of(size)) {
		page_unlink(objects, number, list_of(size, true));
		page_link(objects, number, list_of(size, false));
	}
	object->kind = RTOS_KIND_NONE;
	object->next = frame->free;
	frame->free = (uint8_t)(((uint64_t)((char *)at - memory.at) & PAGE_MASK) / size);
	frame->used--;
	if (frame->used == 0) {
		page_unlink(objects, number, list_of(size, false));
		pool_put(pool, number, 0);
	}
}

struct object *object_any(const struct objects *objects)
{
	for (uint32_t list = 0; list < OBJECT_LISTS; list++) {
		uint32_t number = objects->first[list], size;

		if (number == FRAME_NONE)
			continue;
		size = size_of(&memory.frames[number]);
		for (uint32_t i = 0; i < places_of(size); i++)
			if (place_at(number, size, i)->kind != RTOS_KIND_NONE)
				return place_at(number, size, i);
	}
	return NULL;
}

void *object_referred(uint64_t reference, uint32_t kind, uint32_t size)
{
	uint64_t number = reference >> (PAGE_SHIFT - MEMORY_REFERENCE_SHIFT);
	struct object *object;

	if (number >= memory.pages || !is_aligned(reference << MEMORY_REFERENCE_SHIFT, size))
		return NULL;
	if (memory.frames[number].kind != FRAME_OBJECTS || size_of(&memory.frames[number]) != size)
		return NULL;
	object = memory_referred((uint32_t)reference);
	return object->kind == kind ? object : NULL;
}
