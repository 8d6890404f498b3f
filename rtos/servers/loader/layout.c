/* See layout.h. */
#include "layout.h"
#include <kumiki/rtos/manifest.h>
#include <kumiki/rtos/program.h>
#include <lib/string.h>
#include <rtos/sys.h>

/* Where the loader maps a region for a moment, to fill it. */
#define LAYOUT_WINDOW 0x6000000000ULL

static uint64_t layout_pages(uint64_t size)
{
	return (size + RTOS_PAGE_SIZE - 1) / RTOS_PAGE_SIZE;
}

/* A failure means that memory is missing, and that is the slot's. */
static enum loader_status layout_status(enum rtos_status status)
{
	return status == RTOS_OK ? LOADER_OK : LOADER_TOO_LARGE;
}

static enum rtos_status layout_map(rtos_handle_t region, uint64_t address, uint64_t pages,
                                   uint32_t rights, rtos_handle_t process)
{
	return sys_do(RTOS_MAP, region, address, 0, pages, rights, process, NULL);
}

/* Fills memory from the file, through the buffer that is shared with the file server. */
static enum loader_status layout_fill(const struct layout *layout,
                                      const struct elf_segment *segment)
{
	uint64_t at = 0;

	while (at < segment->filled) {
		const uint64_t left = segment->filled - at;
		uint32_t done = 0;

		if (fs_read(layout->fs, layout->file, segment->offset + at,
		            left < UINT32_MAX ? (uint32_t)left : UINT32_MAX, &done) != FS_OK)
			return LOADER_NO_FILE;
		if (done == 0)
			return LOADER_DAMAGED;
		memcpy((uint8_t *)LAYOUT_WINDOW + segment->before + at, layout->fs->buffer, done);
		at += done;
	}
	return LOADER_OK;
}

static enum loader_status layout_fill_arguments(const struct layout *layout)
{
	const struct rtos_arguments_below header = {.count = layout->argument_count};
	uint8_t *to = (uint8_t *)LAYOUT_WINDOW + layout->stack_size - RTOS_ARGUMENTS_BELOW_SIZE;

	memcpy(to, &header, sizeof(header));
	memcpy(to + sizeof(header), layout->arguments, layout->argument_bytes);
	return LOADER_OK;
}

/* Fills the part of a region that isn't zeros. Without a segment, the region is the stack. */
static enum loader_status layout_contents(const struct layout *layout,
                                          const struct elf_segment *segment, rtos_handle_t region,
                                          uint64_t pages)
{
	enum loader_status status;

	if (segment ? segment->filled == 0 : layout->argument_count == 0)
		return LOADER_OK;
	status = layout_status(
	    layout_map(region, LAYOUT_WINDOW, pages, RTOS_RIGHT_READ | RTOS_RIGHT_WRITE, 0));
	if (status != LOADER_OK)
		return status;
	status = segment ? layout_fill(layout, segment) : layout_fill_arguments(layout);
	(void)sys_do(RTOS_UNMAP, 0, LAYOUT_WINDOW, 0, 0, 0, 0, NULL);
	return status;
}

static enum loader_status layout_region(const struct layout *layout,
                                        const struct elf_segment *segment, rtos_handle_t region,
                                        uint64_t pages)
{
	const uint32_t both = RTOS_RIGHT_READ | RTOS_RIGHT_WRITE;
	enum loader_status status = layout_contents(layout, segment, region, pages);

	if (status == LOADER_OK && segment && (segment->rights & RTOS_RIGHT_EXECUTE) != 0)
		status = layout_status(sys_do(RTOS_REGION_SEAL, region, 0, 0, 0, 0, 0, NULL));
	if (status != LOADER_OK)
		return status;
	return layout_status(
	    layout_map(region, segment ? segment->address : RTOS_START_PAGE - layout->stack_size,
	               pages, segment ? segment->rights : both, layout->process));
}

/* Makes a region of a segment or of the stack. It is in the process's quota and goes with the
 * process; the loader closes its own handle now. */
static enum loader_status layout_place_one(const struct layout *layout,
                                           const struct elf_segment *segment)
{
	const uint64_t pages = layout_pages(segment ? segment->memory : layout->stack_size);
	uint64_t region = 0;
	enum loader_status status =
	    layout_status(sys_do(RTOS_REGION_CREATE, 0, pages, 0, 0, 0, layout->process, &region));

	if (region != 0 && status == LOADER_OK)
		status = layout_region(layout, segment, (rtos_handle_t)region, pages);
	if (region != 0)
		(void)sys_do(RTOS_HANDLE_CLOSE, (rtos_handle_t)region, 0, 0, 0, 0, 0, NULL);
	return status;
}

/* Whether there is a page for the first thread: after the answer it would be too late for an error.
 */
static enum loader_status layout_has_page(const struct layout *layout)
{
	struct sys_registers call = {.x = {[8] = RTOS_PROCESS_STATE, [9] = layout->process}};

	sys_svc(&call);
	return call.x[8] == RTOS_OK && call.x[5] != 0 ? LOADER_OK : LOADER_TOO_LARGE;
}

enum loader_status layout_place(const struct layout *layout)
{
	enum loader_status status = LOADER_OK;

	for (uint32_t i = 0; status == LOADER_OK && i < layout->elf->count; i++)
		status = layout_place_one(layout, &layout->elf->segment[i]);
	if (status == LOADER_OK)
		status = layout_place_one(layout, NULL);
	return status == LOADER_OK ? layout_has_page(layout) : status;
}

void layout_run(const struct layout *layout)
{
	uint64_t thread = 0;

	if (sys_do(RTOS_THREAD_CREATE, layout->process, layout->elf->entry,
	           RTOS_START_PAGE - RTOS_ARGUMENTS_BELOW_SIZE, RTOS_START_PAGE, layout->thread,
	           elf_variables(layout->elf), &thread) == RTOS_OK)
		(void)sys_do(RTOS_HANDLE_CLOSE, (rtos_handle_t)thread, 0, 0, 0, 0, 0, NULL);
	else
		(void)sys_do(RTOS_PROCESS_KILL, layout->process, 0, 0, 0, 0, 0, NULL);
}
