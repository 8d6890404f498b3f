/* Mappings: see kernel/mapping.h. The object says how far an interrupted call came. */
#include <kernel/mapping.h>
#include <kernel/trace.h>
#include <kernel/window.h>
#include <machine/cpu.h>
#include <machine/memory.h>

/* ---- lists of mappings ---- */

static bool is_shown(const struct mapping *mapping)
{
	return mapping->window != NULL && mapping->window->shows;
}

static struct mapping **list_of(const struct mapping *mapping, struct region *region)
{
	return is_shown(mapping) ? &region->shown : &region->mappings;
}

static void enter_region(struct mapping *mapping, struct region *region)
{
	struct mapping **first = list_of(mapping, region);

	mapping->region = region;
	mapping->prev_of_region = NULL;
	mapping->next_of_region = *first;
	if (*first != NULL)
		(*first)->prev_of_region = mapping;
	*first = mapping;
	region->shown_count += is_shown(mapping);
	if ((mapping->rights & RTOS_RIGHT_WRITE) != 0)
		region->writable++;
}

void mapping_leave_region(struct mapping *mapping)
{
	if (mapping->next_of_region != NULL)
		mapping->next_of_region->prev_of_region = mapping->prev_of_region;
	if (mapping->prev_of_region != NULL)
		mapping->prev_of_region->next_of_region = mapping->next_of_region;
	else
		*list_of(mapping, mapping->region) = mapping->next_of_region;
	mapping->region->shown_count -= is_shown(mapping);
	if ((mapping->rights & RTOS_RIGHT_WRITE) != 0)
		mapping->region->writable--;
	mapping->region = NULL;
}

static void enter_process(struct mapping *mapping, struct process *process)
{
	mapping->process = process;
	mapping->next_of_process = process->mappings;
	if (process->mappings != NULL)
		process->mappings->prev_of_process = mapping;
	process->mappings = mapping;
	process->mapping_count++;
}

void mapping_forget(struct mapping *mapping)
{
	struct process *process = mapping->process;

	if (mapping->window != NULL)
		window_forget(mapping->window);
	if (mapping->region != NULL)
		mapping_leave_region(mapping);
	if (mapping->next_of_process != NULL)
		mapping->next_of_process->prev_of_process = mapping->prev_of_process;
	if (mapping->prev_of_process != NULL)
		mapping->prev_of_process->next_of_process = mapping->next_of_process;
	else
		process->mappings = mapping->next_of_process;
	process->mapping_count--;
	object_free(&process->pool, &process->objects, mapping);
}

/* How many blocks of a region one step passes. */
#define SEEK_AT_ONCE 32

/* Goes towards the block of the mapping's next page. False: that block is further on. */
static bool seek(struct mapping *mapping)
{
	if (mapping->region->type != REGION_PAGES)
		return true;
	for (uint32_t i = 0; i < SEEK_AT_ONCE; i++) {
		const struct frame *frame = &memory.frames[mapping->block];

		if (mapping->inside < 1u << frame->order)
			return true;
		mapping->inside -= 1u << frame->order;
		mapping->block = frame->next;
	}
	return false;
}

/* Where the next page of the mapping lies, and how many pages lie in one piece from there on. */
static pa_t next_piece(const struct mapping *mapping, uint64_t *pages)
{
	const struct region *region = mapping->region;
	uint64_t left = mapping->pages - mapping->done;
	uint64_t piece;

	if (region->type != REGION_PAGES) {
		*pages = left;
		return pa_at(region->base.at + ((mapping->first + mapping->done) << PAGE_SHIFT));
	}
	piece = (1ULL << memory.frames[mapping->block].order) - mapping->inside;
	*pages = piece < left ? piece : left;
	return memory_frame_pa(mapping->block + mapping->inside);
}

void mapping_advance(struct mapping *mapping, uint64_t pages)
{
	mapping->done += pages;
	if (mapping->region->type != REGION_PAGES)
		return;
	mapping->inside += (uint32_t)pages;
}

bool mapping_find_next(struct mapping *mapping, pa_t *pa, uint64_t *pages)
{
	if (!seek(mapping))
		return false;
	*pa = next_piece(mapping, pages);
	return true;
}

uint64_t mapping_gather(struct mapping *mapping, pa_t *at, uint64_t limit)
{
	uint32_t block = mapping->block, inside = mapping->inside;
	uint64_t count = 0;

	while (count < limit) {
		if (inside == 1u << memory.frames[block].order) {
			block = memory.frames[block].next;
			inside = 0;
			if (1u << memory.frames[block].order >= MAPPING_LARGE)
				break;
		}
		at[count++] = memory_frame_pa(block + inside++);
	}
	mapping->block = block;
	mapping->inside = inside;
	mapping->done += count;
	return count;
}

static enum space_memory memory_of(const struct mapping *mapping)
{
	if (mapping->region->uncached)
		return SPACE_UNCACHED;
	return mapping->region->type == REGION_DEVICE ? SPACE_DEVICE : SPACE_NORMAL;
}

enum rtos_status mapping_step(struct mapping *mapping)
{
	struct process *process = mapping->process;
	uint64_t pages, mapped;
	pa_t pa;

	if (!mapping_find_next(mapping, &pa, &pages))
		return RTOS_OK;
	if (mapping->region->uncached) {
		machine_flush_page(memory_at(mapping->block + mapping->inside));
		pages = 1;
	}
	mapped = space_map(&process->space, &process->pool,
	                   mapping->address + (mapping->done << PAGE_SHIFT), pa, pages,
	                   mapping->rights, memory_of(mapping));
	if (mapped == SPACE_NO_MEMORY)
		return RTOS_NO_MEMORY;
	mapping_advance(mapping, mapped);
	return RTOS_OK;
}

bool mapping_unmap_step(struct mapping *mapping)
{
	if (mapping->window != NULL) {
		window_forget_region_step(mapping->window);
		return true;
	}
	if (mapping->gone < mapping->done) {
		mapping->gone += space_unmap(&mapping->process->space,
		                             mapping->address + (mapping->gone << PAGE_SHIFT),
		                             mapping->done - mapping->gone);
		return true;
	}
	mapping_forget(mapping);
	return false;
}

struct mapping *mapping_in(const struct process *process, uint64_t address, uint64_t pages)
{
	struct mapping *mapping = process->mappings;

	while (mapping != NULL && (address >= mapping->address + (mapping->pages << PAGE_SHIFT) ||
	                           mapping->address >= address + (pages << PAGE_SHIFT)))
		mapping = mapping->next_of_process;
	return mapping;
}

static bool is_writable_code(uint32_t rights)
{
	return (rights & RTOS_RIGHT_WRITE) != 0 && (rights & RTOS_RIGHT_EXECUTE) != 0;
}

/* RTOS_OK, or why the region doesn't allow such a mapping. */
static enum rtos_status region_wrong(const struct region *region, uint64_t first, uint64_t pages,
                                     uint32_t rights)
{
	if (pages == 0 || first >= region->zeroed || pages > region->zeroed - first)
		return RTOS_BAD_ARGUMENT;
	if (is_writable_code(rights) || (rights & RTOS_RIGHT_READ) == 0)
		return RTOS_BAD_ARGUMENT;
	if ((rights & RTOS_RIGHT_EXECUTE) != 0 && !region->sealed)
		return RTOS_DENIED;
	if ((rights & RTOS_RIGHT_WRITE) != 0 && (region->sealed || region->cleaned != 0))
		return RTOS_DENIED;
	return RTOS_OK;
}

/* RTOS_OK, or why the region can't be mapped cached, or uncached, as wanted. All mappings of a
 * region are alike, and the kernel writes traces cached. The first mapping decides. An uncached
 * mapping needs the right to manage the region. */
static enum rtos_status caching_wrong(const struct region *region, const struct handle *handle,
                                      uint32_t rights)
{
	bool uncached = (rights & RTOS_MAP_UNCACHED) != 0;

	if (uncached == region->uncached)
		return RTOS_OK;
	if (!uncached || (handle_rights(handle) & RTOS_RIGHT_MANAGE) == 0)
		return RTOS_DENIED;
	if (region->type != REGION_PAGES || region->sealed || region->cleaned != 0)
		return RTOS_BAD_ARGUMENT;
	return region->mappings == NULL && region->shown == NULL && trace.region != region
	           ? RTOS_OK
	           : RTOS_BUSY;
}

static bool is_in_programs(uint64_t address, uint64_t pages)
{
	return is_aligned(address, PAGE_SIZE) && address >= RTOS_ADDRESS_FIRST &&
	       address < RTOS_ADDRESS_LIMIT &&
	       pages <= (RTOS_ADDRESS_LIMIT - address) >> PAGE_SHIFT;
}

static bool is_same(const struct mapping *mapping, const struct mapping *wanted)
{
	return mapping->region == wanted->region && mapping->address == wanted->address &&
	       mapping->first == wanted->first && mapping->pages == wanted->pages &&
	       mapping->rights == wanted->rights && mapping->done < wanted->pages &&
	       mapping->gone == 0 && mapping->window == NULL;
}

/* *found: the wanted mapping, if it was begun before; NULL: it wasn't, and may be begun. */
static enum rtos_status find_mapping(const struct mapping *wanted, struct mapping **found)
{
	enum rtos_status status =
	    region_wrong(wanted->region, wanted->first, wanted->pages, wanted->rights);

	if (status != RTOS_OK)
		return status;
	if (!is_in_programs(wanted->address, wanted->pages))
		return RTOS_BAD_ARGUMENT;
	*found = mapping_in(wanted->process, wanted->address, wanted->pages);
	if (*found != NULL)
		return is_same(*found, wanted) ? RTOS_OK : RTOS_BUSY;
	return wanted->process->mapping_count < RTOS_MAPPINGS_MAX ? RTOS_OK : RTOS_NO_ROOM;
}

static enum rtos_status begin_mapping(const struct mapping *wanted, struct mapping **made)
{
	struct process *process = wanted->process;
	struct mapping *mapping =
	    object_new(&process->pool, &process->objects, OBJECT_MAPPING, OBJECT_SMALL);

	if (mapping == NULL)
		return RTOS_NO_MEMORY;
	mapping->address = wanted->address;
	mapping->first = wanted->first;
	mapping->pages = wanted->pages;
	mapping->rights = wanted->rights;
	mapping->block = wanted->region->first;
	mapping->inside = (uint32_t)wanted->first;
	enter_region(mapping, wanted->region);
	enter_process(mapping, process);
	if ((wanted->rights & RTOS_MAP_UNCACHED) != 0)
		wanted->region->uncached = true;
	*made = mapping;
	return RTOS_OK;
}

enum rtos_status mapping_begin(struct region *region, struct process *process, uint64_t address,
                               uint32_t rights, struct mapping **made)
{
	const struct mapping wanted = {.region = region,
	                               .process = process,
	                               .address = address,
	                               .pages = region->pages,
	                               .rights = rights};
	struct mapping *found = NULL;
	enum rtos_status status = find_mapping(&wanted, &found);

	if (status != RTOS_OK)
		return status;
	return found == NULL ? begin_mapping(&wanted, made) : RTOS_BUSY;
}

/* ---- for windows ---- */

enum rtos_status mapping_place_wrong(const struct process *process, uint64_t address,
                                     uint64_t pages)
{
	if (pages == 0 || !is_in_programs(address, pages))
		return RTOS_BAD_ARGUMENT;
	if (mapping_in(process, address, pages) != NULL)
		return RTOS_BUSY;
	return process->mapping_count < RTOS_MAPPINGS_MAX ? RTOS_OK : RTOS_NO_ROOM;
}

struct mapping *mapping_make_for_window(struct window *window, struct process *process,
                                        uint64_t address, uint64_t pages)
{
	struct mapping *mapping =
	    object_new(&process->pool, &process->objects, OBJECT_MAPPING, OBJECT_SMALL);

	if (mapping == NULL)
		return NULL;
	mapping->address = address;
	mapping->pages = pages;
	mapping->rights = RTOS_RIGHT_READ;
	mapping->window = window;
	enter_process(mapping, process);
	return mapping;
}

void mapping_show_region(struct mapping *mapping, struct region *region, uint64_t first)
{
	mapping->first = first;
	mapping->block = region->first;
	mapping->inside = (uint32_t)first;
	enter_region(mapping, region);
}

/* ---- calls ---- */

#define MAP_RIGHTS (RTOS_RIGHT_READ | RTOS_RIGHT_WRITE | RTOS_RIGHT_EXECUTE)

/* A repeated call finds the mapping that it has begun, and goes on from there. */
static int mapping_map(struct thread *self, const struct mapping *wanted)
{
	struct mapping *mapping = NULL;
	enum rtos_status status = find_mapping(wanted, &mapping);
	bool stepped = false;

	if (status != RTOS_OK)
		return (int)status;
	if (machine_must_leave(stepped))
		return thread_repeat(self);
	if (mapping == NULL) {
		status = begin_mapping(wanted, &mapping);
		stepped = true;
	}
	while (status == RTOS_OK && mapping->done < mapping->pages) {
		if (machine_must_leave(stepped))
			return thread_repeat(self);
		status = mapping_step(mapping);
		stepped = true;
	}
	return (int)status;
}

int mapping_call_map(struct thread *self)
{
	const uint64_t *x = self->registers.x;
	struct handle *handle = handle_at(&self->process->handles, x[X_HANDLE]);
	enum rtos_status status = RTOS_OK;
	struct process *process = process_argument(self, 4, &status);
	uint32_t rights = (uint32_t)x[3];

	if (!handle_is(handle, RTOS_KIND_REGION, rights & MAP_RIGHTS))
		return (int)handle_wrong(handle, RTOS_KIND_REGION);
	if (process == NULL)
		return (int)status;
	if (process->state != RTOS_PROCESS_ALIVE)
		return RTOS_GONE;
	if ((x[3] & ~(uint64_t)(MAP_RIGHTS | RTOS_MAP_UNCACHED)) != 0)
		return RTOS_BAD_ARGUMENT;
	status = caching_wrong((struct region *)handle->object, handle, rights);
	if (status != RTOS_OK)
		return (int)status;
	return mapping_map(self, &(struct mapping){.region = (struct region *)handle->object,
	                                           .process = process,
	                                           .address = x[0],
	                                           .first = x[1],
	                                           .pages = x[2],
	                                           .rights = rights});
}

int mapping_call_unmap(struct thread *self)
{
	enum rtos_status status = RTOS_OK;
	struct process *process = process_argument(self, 4, &status);
	uint64_t address = self->registers.x[0];
	struct mapping *mapping;

	if (process == NULL)
		return (int)status;
	mapping = mapping_in(process, address, 1);
	if (mapping == NULL || mapping->address != address || mapping->window != NULL)
		return RTOS_BAD_ARGUMENT;
	while (mapping_unmap_step(mapping))
		if (machine_must_leave(true))
			return thread_repeat(self);
	return RTOS_OK;
}
