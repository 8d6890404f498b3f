/* Pages that a server shows its clients: see kernel/show.h. */
#include <kernel/mapping.h>
#include <kernel/payload.h>
#include <kernel/port.h>
#include <kernel/show.h>
#include <kernel/window.h>
#include <machine/cpu.h>

/* ---- showing ---- */

#define NUMBER_BITS 16
#define NUMBER_MASK 0xffff
#define IN_A_WORD   (WORD_BITS / NUMBER_BITS)

/* The region's pages lie in one piece, as kept memory does: each is found at once. */
static bool is_showable(const struct region *region)
{
	return region->type == REGION_PAGES && !region->uncached && region->pages != 0 &&
	       (region->first == region->last || region->kept != 0);
}

/* The window that the call offers; NULL: it offers none, or that window is used otherwise. */
static struct window *offered(const struct thread *caller)
{
	const uint64_t payload = caller->registers.x[X_PAYLOAD];
	const struct process *process = caller->process;
	const struct handle *handle = handle_at(&process->handles, RTOS_PAYLOAD_NUMBER(payload));
	struct window *window;

	if (!payload_offers(payload) || process->state != RTOS_PROCESS_ALIVE ||
	    !handle_is(handle, RTOS_KIND_WINDOW, RTOS_RIGHT_USE))
		return NULL;
	window = (struct window *)handle->object;
	if (window->mapping == NULL || window->mapping->process != process ||
	    window->made < window->mapping->pages)
		return NULL;
	return window;
}

/* Where the numbered pages lie; false: the region hasn't got one of them. */
static bool find_pages(const struct region *region, const uint64_t *x, uint64_t count, pa_t *at)
{
	const pa_t base = memory_frame_pa(region->first);
	const uint64_t limit = region->zeroed < RTOS_SHOW_ZEROS ? region->zeroed : RTOS_SHOW_ZEROS;

	for (const pa_t *end = at + count; at < end; x++) {
		uint64_t word = *x;

		for (uint32_t i = 0; i < IN_A_WORD; i++, word >>= NUMBER_BITS, at++) {
			const uint64_t number = word & NUMBER_MASK;

			if (at == end)
				return true;
			if (number < limit)
				*at = pa_at(base.at + (number << PAGE_SHIFT));
			else if (number == RTOS_SHOW_ZEROS)
				*at = space_zeros();
			else
				return false;
		}
	}
	return true;
}

/* So many pages in one step, where something may be shown already. */
#define EXCHANGED_AT_ONCE 8

/* A step: shows some of these pages, which are in one table. Returns how many. */
static uint64_t show_some(struct mapping *mapping, uint64_t first, const pa_t *at, uint64_t count)
{
	struct space *space = &mapping->process->space;
	const uint64_t address = mapping->address + (first << PAGE_SHIFT);

	if (first < mapping->done && count > EXCHANGED_AT_ONCE)
		count = EXCHANGED_AT_ONCE;
	count = space_room(address, count);
	if (first < mapping->done)
		space_show_instead(space, address, at, count);
	else
		space_show_each(space, address, at, count);
	if (mapping->done < first + count)
		mapping->done = first + count;
	return count;
}

/* x11 counts the pages that are there. */
static int show_pages(struct thread *self, struct mapping *mapping, const pa_t *at)
{
	uint64_t *x = self->registers.x;
	const uint64_t first = RTOS_SHOW_FIRST(x[X_DEADLINE]);
	const uint64_t count = RTOS_SHOW_COUNT(x[X_DEADLINE]);

	while (x[X_PAYLOAD] < count) {
		const uint64_t shown = x[X_PAYLOAD];

		x[X_PAYLOAD] += show_some(mapping, first + shown, at + shown, count - shown);
		if (x[X_PAYLOAD] < count && machine_must_leave(true))
			return thread_repeat(self);
	}
	return RTOS_OK;
}

int show_call_show(struct thread *self)
{
	const uint64_t *x = self->registers.x;
	const struct handle *handle = handle_at(&self->process->handles, x[X_HANDLE]);
	const uint64_t first = RTOS_SHOW_FIRST(x[X_DEADLINE]);
	const uint64_t count = RTOS_SHOW_COUNT(x[X_DEADLINE]);
	const struct thread *caller;
	struct region *region;
	struct window *window;
	pa_t at[RTOS_SHOW_PAGES];

	if (!handle_is(handle, RTOS_KIND_REGION, RTOS_RIGHT_READ))
		return (int)handle_wrong(handle, RTOS_KIND_REGION);
	region = (struct region *)handle->object;
	if (count == 0 || count > RTOS_SHOW_PAGES || !is_showable(region) ||
	    !find_pages(region, x, count, at))
		return RTOS_BAD_ARGUMENT;
	caller = port_open_call(self);
	if (caller == NULL)
		return RTOS_GONE;
	window = offered(caller);
	if (window == NULL || first >= window->mapping->pages ||
	    count > window->mapping->pages - first || !window_show_region(window, region))
		return RTOS_NO_ROOM;
	return show_pages(self, window->mapping, at);
}

/* ---- hiding ---- */

static int hide_all(struct thread *self, const struct region *region)
{
	while (region->shown != NULL) {
		window_hide_step(region->shown->window);
		if (machine_must_leave(true))
			return thread_repeat(self);
	}
	return RTOS_OK;
}

/* A step: hides the page in some of the windows. Returns of how many. */
#define HIDDEN_AT_ONCE 8
static uint64_t hide_some(const struct region *region, pa_t pa, uint64_t place)
{
	uint64_t count = 0;

	for (const struct mapping *at = region->shown; at != NULL && count < HIDDEN_AT_ONCE;
	     at = at->next_of_region)
		count +=
		    place < at->done &&
		    space_hide_page(&at->process->space, at->address + (place << PAGE_SHIFT), pa);
	return count;
}

/* x2 counts the windows. */
static int hide_page(struct thread *self, const struct region *region, pa_t pa)
{
	uint64_t *x = self->registers.x, count;

	while ((count = hide_some(region, pa, x[1])) != 0) {
		x[2] += count;
		if (count < HIDDEN_AT_ONCE)
			break;
		if (machine_must_leave(true))
			return thread_repeat(self);
	}
	x[0] = x[2];
	return RTOS_OK;
}

int show_call_hide(struct thread *self)
{
	uint64_t *x = self->registers.x;
	const struct handle *handle = handle_at(&self->process->handles, x[X_HANDLE]);
	const struct region *region;
	pa_t pa;

	if (!handle_is(handle, RTOS_KIND_REGION, RTOS_RIGHT_WRITE))
		return (int)handle_wrong(handle, RTOS_KIND_REGION);
	region = (const struct region *)handle->object;
	if (x[0] == RTOS_HIDE_ALL)
		return hide_all(self, region);
	if (x[0] > NUMBER_MASK || !is_showable(region) || !find_pages(region, x, 1, &pa))
		return RTOS_BAD_ARGUMENT;
	return hide_page(self, region, pa);
}
