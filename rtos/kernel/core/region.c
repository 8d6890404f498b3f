/*
 * Regions: see kernel/region.h. Long work is done page by page or block by block. The object says
 * how far an interrupted call came.
 */
#include <kernel/kept.h>
#include <kernel/mapping.h>
#include <kernel/thread.h>
#include <kernel/trace.h>
#include <lib/string.h>
#include <machine/cpu.h>
#include <machine/memory.h>

static struct region *new_region(struct process *process, enum region_type type)
{
	struct region *region =
	    object_new(&process->pool, &process->objects, RTOS_KIND_REGION, OBJECT_SMALL);

	if (region == NULL)
		return NULL;
	region->type = (uint8_t)type;
	region->first = FRAME_NONE;
	region->last = FRAME_NONE;
	return region;
}

/* ---- pages ---- */

/* Appends this block, which is in no list. */
void region_append(struct region *region, uint32_t number, uint32_t order)
{
	struct frame *frame = &memory.frames[number];

	frame->kind = FRAME_REGION;
	frame->order = (uint8_t)order;
	frame->next = FRAME_NONE;
	frame->prev = region->last;
	if (region->last != FRAME_NONE)
		memory.frames[region->last].next = number;
	else
		region->first = number;
	region->last = number;
	region->pages += 1ULL << order;
}

/* Adds a block of at most this order. False: the quota is used up. */
static bool add_block(struct region *region, uint32_t order)
{
	uint32_t number = pool_take_up_to(&object_owner(region)->pool, order);

	if (number == FRAME_NONE)
		return false;
	region_append(region, number, memory.frames[number].order);
	return true;
}

/* Zeroes one page of the last block, the only block that isn't all zeros. */
static void zero_page(struct region *region)
{
	uint64_t order = memory.frames[region->last].order;
	uint64_t inside = region->zeroed - (region->pages - (1ULL << order));

	machine_zero(memory_at(region->last + (uint32_t)inside), PAGE_SIZE);
	region->zeroed++;
}

/* The order of the largest block of at most this many pages. */
static uint32_t order_within(uint64_t pages)
{
	uint32_t order = 63 - (uint32_t)__builtin_clzll(pages);

	return order < BLOCK_ORDER ? order : BLOCK_ORDER;
}

/* Does one step towards a region of `pages` zeroed pages. */
static enum rtos_status grow_step(struct region *region, uint64_t pages)
{
	if (region->zeroed < region->pages)
		zero_page(region);
	else if (!add_block(region, order_within(pages - region->pages)))
		return RTOS_NO_MEMORY;
	return RTOS_OK;
}

/* ---- at start ---- */

struct region *region_make_fixed(struct process *process, pa_t base, uint64_t pages)
{
	struct region *region = new_region(process, REGION_FIXED);

	if (region == NULL)
		return NULL;
	region->base = base;
	region->pages = pages;
	region->zeroed = pages;
	region->sealed = true;
	return region;
}

struct region *region_make_pages(struct process *process, uint64_t pages)
{
	struct region *region = new_region(process, REGION_PAGES);

	while (region != NULL && region->zeroed < pages)
		if (grow_step(region, pages) != RTOS_OK)
			return NULL;
	return region;
}

struct region *region_make_kept(struct process *process, uint8_t number)
{
	struct region *region = new_region(process, REGION_PAGES);

	if (region != NULL)
		region->kept = number;
	return region;
}

/* ---- another quota ---- */

struct region *region_move(struct region *region, struct process *to)
{
	struct process *from = object_owner(region);
	struct region *made = new_region(to, (enum region_type)region->type);
	const struct object object = made->object;

	if (trace.last == region)
		trace_forget();
	*made = *region;
	made->object = object;
	from->pool.pages -= region->pages;
	to->pool.pages += region->pages;
	object_free(&from->pool, &from->objects, region);
	return made;
}

/* ---- ends ---- */

bool region_end_step(struct region *region)
{
	struct pool *pool = &object_owner(region)->pool;
	struct mapping *mapping = region_any_mapping(region);
	uint32_t block = region->first;

	if (trace.last == region)
		trace_forget();
	if (mapping != NULL) {
		mapping_unmap_step(mapping);
		return true;
	}
	if (region->type != REGION_PAGES || block == FRAME_NONE)
		return false;
	if (region->kept != 0) {
		kept_let_go(region);
		region->first = FRAME_NONE;
		region->pages = region->zeroed = 0;
		region->sealed = true;
		return true;
	}
	region->first = memory.frames[block].next;
	region->pages -= 1ULL << memory.frames[block].order;
	region->zeroed = 0;
	region->sealed = true; /* holders of handles can't let it grow again */
	pool_put(pool, block, memory.frames[block].order);
	return true;
}

/* ---- calls ---- */

/* *handle: the region that the call makes, or goes on making. */
static enum rtos_status region_to_grow(struct thread *self, struct process *process,
                                       struct handle **handle)
{
	struct handles *handles = &self->process->handles;
	uint64_t pages = self->registers.x[0], flags = self->registers.x[1];
	struct region *region;

	*handle = handle_at(handles, self->registers.x[X_HANDLE]);
	if (self->registers.x[X_HANDLE] != 0)
		return handle_is(*handle, RTOS_KIND_REGION, RTOS_RIGHT_MANAGE)
		           ? RTOS_OK
		           : handle_wrong(*handle, RTOS_KIND_REGION);
	if (pages == 0 || flags > RTOS_REGION_CONTIGUOUS ||
	    (flags != 0 && (!is_aligned(pages, pages) || pages > 1u << BLOCK_ORDER)))
		return RTOS_BAD_ARGUMENT;
	if (!process_make_place(self->process))
		return RTOS_NO_HANDLE;
	if (pages > process->pool.free)
		return RTOS_NO_MEMORY;
	region = new_region(process, REGION_PAGES);
	if (region == NULL)
		return RTOS_NO_MEMORY;
	if (flags != 0 && (!add_block(region, order_within(pages)) || region->pages != pages)) {
		while (region_end_step(region))
			;
		object_free(&process->pool, &process->objects, region);
		return RTOS_NO_MEMORY;
	}
	*handle = handle_make(handles, 0, &region->object, RTOS_RIGHTS_ALL, 0);
	self->registers.x[X_HANDLE] = (*handle)->number;
	return RTOS_OK;
}

int region_call_create(struct thread *self)
{
	uint64_t pages = self->registers.x[0];
	enum rtos_status status = RTOS_OK;
	struct process *process = process_argument(self, 4, &status);
	struct handle *handle;
	struct region *region;
	bool stepped = self->registers.x[X_HANDLE] == 0; /* the region is made now */

	if (process == NULL)
		return (int)status;
	if (process->state != RTOS_PROCESS_ALIVE)
		return RTOS_GONE;
	status = region_to_grow(self, process, &handle);
	if (status != RTOS_OK)
		return (int)status;
	region = (struct region *)handle->object;
	if (region->type != REGION_PAGES || object_owner(region) != process || region->sealed ||
	    region->cleaned != 0 || region->kept != 0)
		return RTOS_DENIED;
	while (status == RTOS_OK && (region->zeroed < pages || region->zeroed < region->pages)) {
		if (machine_must_leave(stepped))
			return thread_repeat(self);
		status = grow_step(region, pages);
		stepped = true;
	}
	self->registers.x[0] = self->registers.x[X_HANDLE];
	return (int)status;
}

int region_call_device(struct thread *self)
{
	struct process *process = self->process;
	struct handle *handle = handle_at(&process->handles, self->registers.x[X_HANDLE]);
	pa_t base = pa_at(self->registers.x[0]);
	uint64_t pages = self->registers.x[1], flags = self->registers.x[2];
	uint32_t rights = RTOS_RIGHTS_ALL & ~(uint32_t)RTOS_RIGHT_EXECUTE;
	struct region *region;

	if (!handle_is(handle, RTOS_KIND_MACHINE, RTOS_RIGHT_USE))
		return (int)handle_wrong(handle, RTOS_KIND_MACHINE);
	if (!machine_is_device(base, pages) || (flags & ~(uint64_t)RTOS_REGION_FOREIGN) != 0)
		return RTOS_BAD_ARGUMENT;
	if (!process_make_place(process))
		return RTOS_NO_HANDLE;
	region = new_region(process, flags != 0 ? REGION_FOREIGN : REGION_DEVICE);
	if (region == NULL)
		return RTOS_NO_MEMORY;
	region->base = base;
	region->pages = pages;
	region->zeroed = pages;
	if (flags != 0)
		rights &= ~(uint32_t)RTOS_RIGHT_WRITE;
	self->registers.x[0] =
	    handle_make(&process->handles, 0, &region->object, rights, 0)->number;
	return RTOS_OK;
}

/* Makes the next page readable as code. The region can't grow meanwhile. */
static void clean_next(struct region *region)
{
	if (region->cleaned == 0) {
		region->block = region->first;
		region->inside = 0;
	}
	machine_clean_code(memory_at(region->block + region->inside));
	region->cleaned++;
	region->inside++;
	if (region->inside == 1u << memory.frames[region->block].order) {
		region->block = memory.frames[region->block].next;
		region->inside = 0;
	}
}

int region_call_seal(struct thread *self)
{
	struct handle *handle = handle_at(&self->process->handles, self->registers.x[X_HANDLE]);
	struct region *region;

	if (!handle_is(handle, RTOS_KIND_REGION, RTOS_RIGHT_MANAGE))
		return (int)handle_wrong(handle, RTOS_KIND_REGION);
	region = (struct region *)handle->object;
	if (region->type >= REGION_DEVICE || region->uncached || region->zeroed < region->pages)
		return RTOS_BAD_ARGUMENT;
	if (region->writable != 0 || trace.region == region)
		return RTOS_BUSY;
	while (!region->sealed && region->cleaned < region->pages) {
		clean_next(region);
		if (machine_must_leave(true))
			return thread_repeat(self);
	}
	machine_publish_code();
	region->sealed = true;
	return RTOS_OK;
}
