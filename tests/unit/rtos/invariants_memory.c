/* What must be true of regions, mappings and windows: world_check_memory(). */
#include "world.h"

#include <kernel/table.h>
#include <kernel/window.h>
#include <unit.h>

/* Where a page of an address space lies; 0: nowhere. */
static uint64_t shown(const struct space *space, uint64_t address)
{
	const uint64_t *table = space->root;

	for (uint32_t level = 1;; level++) {
		uint64_t entry = table[TABLE_INDEX(level, address)];
		uint64_t inside = address & ((1ULL << TABLE_SHIFT(level)) - 1) & ~PAGE_MASK;

		if (entry == 0)
			return 0;
		if (level == 3 || (entry & TABLE_KIND) == TABLE_BLOCK)
			return (entry & TABLE_ADDRESS & ~((1ULL << TABLE_SHIFT(level)) - 1)) +
			       inside;
		table = (const uint64_t *)(const void *)(memory.at + ((entry & TABLE_ADDRESS) -
		                                                      memory.base.at));
	}
}

static uint64_t page_of(const struct region *region, uint64_t page)
{
	uint32_t block = region->first;

	if (region->type != REGION_PAGES)
		return region->base.at + (page << PAGE_SHIFT);
	while (page >= 1ULL << memory.frames[block].order) {
		page -= 1ULL << memory.frames[block].order;
		block = memory.frames[block].next;
	}
	return memory_frame_pa(block + (uint32_t)page).at;
}

/* True for a page of zeros, or a page of the region. */
static bool may_show(const struct mapping *mapping, uint64_t at)
{
	if (at == memory_frame_pa(WORLD_ZEROS).at)
		return true;
	for (uint64_t page = 0; page < mapping->region->pages; page++)
		if (at == page_of(mapping->region, page))
			return true;
	return false;
}

/* The page that a mapping must show. */
static uint64_t wanted(const struct mapping *mapping, uint64_t page)
{
	if (page < mapping->gone || page >= mapping->done)
		return 0;
	if (mapping->window != NULL && page < mapping->window->zeros)
		return memory_frame_pa(WORLD_ZEROS).at;
	return page_of(mapping->region, mapping->first + page);
}

static void check_mapping(struct object *object)
{
	const struct mapping *mapping = (const struct mapping *)object;
	const struct process *process = mapping->process;
	const bool shows = mapping->window != NULL && mapping->window->shows;
	const struct mapping *at = mapping;

	if (mapping->region != NULL)
		at = shows ? mapping->region->shown : mapping->region->mappings;
	assert_ptr_equal(object_owner(mapping), process);
	while (at != NULL && at != mapping)
		at = at->next_of_region;
	assert_ptr_equal(at, mapping);
	if (process->state != RTOS_PROCESS_ALIVE || process->space.root == NULL)
		return;
	for (uint64_t page = 0; page < mapping->pages; page++) {
		const uint64_t is = shown(&process->space, mapping->address + (page << PAGE_SHIFT));

		if (shows && page >= mapping->gone && page < mapping->done)
			assert_true(is == 0 || may_show(mapping, is));
		else
			assert_int_equal(is, wanted(mapping, page));
	}
}

static void check_window(struct object *object)
{
	const struct window *window = (const struct window *)object;
	const struct mapping *mapping = window->mapping;

	if (mapping == NULL) {
		assert_null(window->caller);
		assert_null(window->coming);
		return;
	}
	assert_ptr_equal(mapping->window, window);
	assert_true(mapping->gone <= mapping->done && mapping->done <= window->made);
	/* Pages that aren't zeros belong to a caller that knows the window. */
	assert_true(mapping->region == NULL || window->caller != NULL || window->shows);
	assert_false(window->shows && (mapping->region == NULL || window->caller != NULL));
	if (window->caller != NULL)
		assert_true(window->caller->lent && window->caller->window == window);
	if (window->coming != NULL)
		assert_true(window->coming->lent && window->coming->window == window);
}

static uint32_t windows_of(const struct region *region, const struct process *process)
{
	uint32_t count = 0;

	for (const struct mapping *at = region->shown; at != NULL; at = at->next_of_region)
		count += at->process == process;
	return count;
}

/* A region's pages must be whole blocks of frames, which nothing else has. */
static void check_region(struct object *object)
{
	const struct region *region = (const struct region *)object;
	uint64_t pages = 0, windows = 0;

	for (const struct mapping *at = region->mappings; at != NULL; at = at->next_of_region)
		assert_ptr_equal(at->region, region);
	for (const struct mapping *at = region->shown; at != NULL; at = at->next_of_region) {
		assert_ptr_equal(at->region, region);
		windows++;
		assert_true(windows_of(region, at->process) <= RTOS_SHOW_EACH);
	}
	assert_int_equal(region->shown_count, windows);
	assert_true(windows <= RTOS_SHOW_WINDOWS);
	if (region->type != REGION_PAGES)
		return;
	for (uint32_t at = region->first; at != FRAME_NONE; at = memory.frames[at].next) {
		assert_int_equal(memory.frames[at].kind, FRAME_REGION);
		pages += 1ULL << memory.frames[at].order;
		/* Each page is in one region once: counted pages stay marked until all are
		 * counted. */
		assert_false(world_is_counted(at));
	}
	assert_int_equal(region->pages, pages);
}

/* A caller that lends pages and its window must know each other. */
static void check_lender(struct object *object)
{
	const struct thread *thread = (const struct thread *)(const void *)object;

	if (thread->lent)
		assert_true(thread->window->caller == thread || thread->window->coming == thread);
	if (thread->filling && thread->serving != NULL)
		assert_int_equal(RTOS_PAYLOAD_KIND(thread->serving->registers.x[11]),
		                 RTOS_PAYLOAD_LENDS);
}

void world_check_memory(void)
{
	world_look_at_all(OBJECT_MAPPING, check_mapping);
	world_look_at_all(RTOS_KIND_WINDOW, check_window);
	world_look_at_all(RTOS_KIND_THREAD, check_lender);
	world_count_anew();
	world_look_at_all(RTOS_KIND_REGION, check_region);
}
