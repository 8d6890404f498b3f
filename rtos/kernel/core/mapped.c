/* Questions about regions and mappings. */
#include <kernel/mapping.h>
#include <kernel/thread.h>

/* Tells the physical address of a region that lies in one piece. */
int region_call_physical(struct thread *self)
{
	uint64_t *x = self->registers.x;
	const struct handle *handle = handle_at(&self->process->handles, x[X_HANDLE]);
	const struct region *region;

	if (!handle_is(handle, RTOS_KIND_REGION, RTOS_RIGHT_USE))
		return (int)handle_wrong(handle, RTOS_KIND_REGION);
	region = (const struct region *)handle->object;
	if (region->pages == 0 || (region->first != region->last && region->kept == 0))
		return RTOS_BAD_ARGUMENT;
	x[0] = region->type == REGION_PAGES ? memory_frame_pa(region->first).at : region->base.at;
	x[1] = region->pages;
	return RTOS_OK;
}

/* The lowest mapping that contains this address or lies above it; NULL: there is none. */
static const struct mapping *mapping_from(const struct process *process, uint64_t address)
{
	const struct mapping *lowest = NULL;

	for (const struct mapping *at = process->mappings; at != NULL; at = at->next_of_process)
		if (at->address + (at->pages << PAGE_SHIFT) > address &&
		    (lowest == NULL || at->address < lowest->address))
			lowest = at;
	return lowest;
}

/* Whether a third process can destroy the region while `asks` reads it: the read would fault then.
 * True also if the region has too many handles to look at. */
#define HANDLES_LOOKED_AT 8
static bool may_go(const struct mapping *mapping, const struct process *asks)
{
	const struct handle *at = mapping->region->object.handles;

	for (uint32_t i = 0; at != NULL && i < HANDLES_LOOKED_AT; i++, at = at->next) {
		const struct process *has = memory_referred(memory.frames[memory_frame(at)].owner);

		if ((handle_rights(at) & RTOS_RIGHT_MANAGE) != 0 && has != asks &&
		    has != mapping->process)
			return true;
	}
	return at != NULL;
}

/* Whether `asks` may read the whole region. Only the maker of the process may, as the region may be
 * larger than the part that another process is shown. Device registers aren't readable, nor is a
 * window, in which callers show their pages. */
static bool is_readable(const struct mapping *mapping, const struct process *asks)
{
	return mapping->process->maker == asks && mapping->window == NULL &&
	       mapping->region->type < REGION_DEVICE && !may_go(mapping, asks);
}

/* Tells a mapping, and makes a handle of its region if the region is readable. */
int region_call_mapping(struct thread *self)
{
	uint64_t *x = self->registers.x;
	enum rtos_status status = RTOS_OK;
	const struct process *process = process_argument(self, X_HANDLE, &status);
	const struct mapping *mapping;

	if (process == NULL)
		return (int)status;
	if (!process_make_place(self->process))
		return RTOS_NO_HANDLE;
	mapping = mapping_from(process, x[0]);
	if (mapping == NULL)
		return RTOS_GONE;
	x[0] = mapping->address;
	x[1] = mapping->pages;
	x[2] = mapping->rights;
	x[3] = mapping->first;
	x[4] = 0;
	if (is_readable(mapping, self->process))
		x[4] = handle_make(&self->process->handles, 0, &mapping->region->object,
		                   RTOS_RIGHT_READ, 0)
		           ->number;
	return RTOS_OK;
}
