/* See rtos/spawn.h. */
#include <lib/crc32c.h>
#include <lib/rtosimage.h>
#include <lib/string.h>
#include <rtos/spawn.h>
#include <rtos/sys.h>

/* Where the caller maps a region for a moment to fill it. */
#define SPAWN_WINDOW 0x6000000000ULL

static uint64_t spawn_pages(uint64_t size)
{
	return (size + RTOS_PAGE_SIZE - 1) / RTOS_PAGE_SIZE;
}

enum rtos_status spawn_fill(rtos_handle_t region, const void *from, uint64_t size, uint64_t memory)
{
	const uint64_t pages = spawn_pages(memory);
	enum rtos_status status = RTOS_OK;

	if (memory == 0)
		return RTOS_OK;
	status = sys_do(RTOS_MAP, region, SPAWN_WINDOW, 0, pages,
	                RTOS_RIGHT_READ | RTOS_RIGHT_WRITE, 0, NULL);
	if (status != RTOS_OK)
		return status;
	memcpy((void *)SPAWN_WINDOW, from, size);
	memset((void *)(SPAWN_WINDOW + size), 0, memory - size);
	return sys_do(RTOS_UNMAP, 0, SPAWN_WINDOW, 0, 0, 0, 0, NULL);
}

bool spawn_sum(rtos_handle_t region, uint64_t offset, uint64_t size, uint32_t *crc)
{
	if (sys_do(RTOS_MAP, region, SPAWN_WINDOW, offset / RTOS_PAGE_SIZE, spawn_pages(size),
	           RTOS_RIGHT_READ, 0, NULL) != RTOS_OK)
		return false;
	*crc = crc32c(*crc, (const void *)SPAWN_WINDOW, size);
	return sys_do(RTOS_UNMAP, 0, SPAWN_WINDOW, 0, 0, 0, 0, NULL) == RTOS_OK;
}

/* Keeps the region's handle only for a later reset: the region is in the process's quota, and goes
 * with the process. */
static void spawn_placed(struct spawn *spawn, rtos_handle_t region)
{
	if (spawn->resets && spawn->placed_count < SPAWN_PLACED_MAX)
		spawn->placed[spawn->placed_count++] = region;
	else
		(void)sys_do(RTOS_HANDLE_CLOSE, region, 0, 0, 0, 0, 0, NULL);
}

/* Does what spawn_place() does, and returns the region's handle. */
static enum rtos_status spawn_lay(const struct spawn *spawn, uint64_t address, const void *from,
                                  uint64_t size, uint64_t memory, uint32_t rights,
                                  rtos_handle_t *handle)
{
	uint64_t region = 0;
	enum rtos_status status =
	    sys_do(RTOS_REGION_CREATE, 0, spawn_pages(memory), 0, 0, 0, spawn->process, &region);

	*handle = (rtos_handle_t)region;
	if (status != RTOS_OK)
		return status;
	status = spawn_fill(*handle, from, size, size); /* a new region has zeros elsewhere */
	if (status == RTOS_OK && (rights & RTOS_RIGHT_EXECUTE) != 0)
		status = sys_do(RTOS_REGION_SEAL, *handle, 0, 0, 0, 0, 0, NULL);
	if (status == RTOS_OK)
		status = spawn_map(spawn, *handle, address, spawn_pages(memory), rights);
	return status;
}

enum rtos_status spawn_place(struct spawn *spawn, uint64_t address, const void *from, uint64_t size,
                             uint64_t memory, uint32_t rights)
{
	rtos_handle_t region = 0;
	const enum rtos_status status =
	    spawn_lay(spawn, address, from, size, memory, rights, &region);

	if (region != 0)
		spawn_placed(spawn, region);
	return status;
}

enum rtos_status spawn_map(const struct spawn *spawn, rtos_handle_t region, uint64_t address,
                           uint64_t pages, uint32_t rights)
{
	return sys_do(RTOS_MAP, region, address, 0, pages, rights, spawn->process, NULL);
}

enum rtos_status spawn_give(const struct spawn *spawn, rtos_handle_t handle, uint32_t rights,
                            uint64_t badge, uint32_t *number)
{
	uint64_t place = 0;
	enum rtos_status status =
	    sys_do(RTOS_HANDLE_GIVE, spawn->process, handle, rights, badge, *number, 0, &place);

	*number = (uint32_t)place;
	return status;
}

/* ---- from the image ---- */

/* Lays out a copy of a segment that nobody writes, and keeps the copy's handle. */
static enum rtos_status spawn_text(struct spawn *spawn, uint32_t index, const void *from,
                                   uint64_t size)
{
	const struct rtos_segment *segment = &spawn->program->segment[index];
	const enum rtos_status status =
	    spawn_lay(spawn, segment->address, from, size, segment->memory, segment->rights,
	              &spawn->text[index]);

	if (spawn->resets && spawn->text[index] != 0)
		spawn_placed(spawn, spawn->text[index]);
	return status;
}

static enum rtos_status spawn_segment(struct spawn *spawn, uint32_t index)
{
	const struct rtos_segment *segment = &spawn->program->segment[index];
	const struct rtos_part *part = &rtosimage_parts(spawn->image)[segment->part];
	const uint8_t *image = (const uint8_t *)spawn->image;

	if (segment->part == spawn->image->part_count)
		return spawn_place(spawn, segment->address, NULL, 0, segment->memory,
		                   segment->rights);
	if (spawn->own_text && !rtosimage_part_intact(spawn->image, part))
		return RTOS_GONE;
	if ((segment->rights & RTOS_RIGHT_WRITE) != 0)
		return spawn_place(spawn, segment->address, image + part->offset, part->size,
		                   segment->memory, segment->rights);
	if (spawn->own_text)
		return spawn_text(spawn, index, image + part->offset, part->size);
	return sys_do(RTOS_MAP, RTOS_HANDLE_IMAGE, segment->address, part->offset / RTOS_PAGE_SIZE,
	              spawn_pages(segment->memory), segment->rights, spawn->process, NULL);
}

static enum rtos_status spawn_layout(struct spawn *spawn)
{
	const struct rtos_program *program = spawn->program;
	enum rtos_status status = RTOS_OK;

	for (uint32_t i = 0; i < program->segment_count && status == RTOS_OK; i++)
		status = spawn_segment(spawn, i);
	if (status != RTOS_OK)
		return status;
	return spawn_place(spawn, program->stack, NULL, 0, program->stack_size,
	                   RTOS_RIGHT_READ | RTOS_RIGHT_WRITE);
}

enum rtos_status spawn_begin(struct spawn *spawn, uint64_t pages, uint8_t priority_limit)
{
	uint64_t name[2], process = 0;
	enum rtos_status status;

	memcpy(name, spawn->program->name, sizeof(name));
	status = sys_do(RTOS_PROCESS_CREATE, RTOS_HANDLE_MACHINE, spawn->program->handle_pages,
	                RTOS_PROCESS(priority_limit, spawn->strict ? RTOS_PROCESS_STRICT : 0),
	                name[0], name[1], 0, &process);
	if (status != RTOS_OK)
		return status;
	spawn->process = (rtos_handle_t)process;
	status = sys_do(RTOS_PROCESS_PAGES, spawn->process, pages, 0, 0, 0, 0, NULL);
	/* A slot has no segments: a loader brings them, and the stack. */
	if (status == RTOS_OK && spawn->program->segment_count != 0)
		status = spawn_layout(spawn);
	if (status != RTOS_OK)
		spawn_undo(spawn);
	return status;
}

enum rtos_status spawn_again(struct spawn *spawn)
{
	const enum rtos_status status =
	    sys_do(RTOS_PROCESS_RESET, spawn->process, 0, 0, 0, 0, 0, NULL);

	if (status != RTOS_OK)
		return status;
	while (spawn->placed_count > 0) {
		const rtos_handle_t region = spawn->placed[--spawn->placed_count];

		(void)sys_do(RTOS_DESTROY, region, 0, 0, 0, 0, 0, NULL);
	}
	return spawn_layout(spawn);
}

/* The address of the first thread's variables, where program.ld puts them. It is the thread
 * pointer. */
static uint64_t spawn_variables(const struct rtos_program *program)
{
	for (uint32_t i = 0; i < program->segment_count; i++)
		if ((program->segment[i].rights & RTOS_RIGHT_WRITE) != 0)
			return program->segment[i].address;
	return 0;
}

enum rtos_status spawn_run(const struct spawn *spawn, uint8_t cpu)
{
	const struct rtos_program *program = spawn->program;
	const uint64_t stack_end = program->stack + program->stack_size;
	uint64_t thread = 0;
	enum rtos_status status = sys_do(
	    RTOS_THREAD_CREATE, spawn->process, program->entry, stack_end, stack_end,
	    RTOS_THREAD(program->priority, cpu, program->flags), spawn_variables(program), &thread);

	if (status == RTOS_OK)
		(void)sys_do(RTOS_HANDLE_CLOSE, (rtos_handle_t)thread, 0, 0, 0, 0, 0, NULL);
	return status;
}

/* Reaping waits for threads that still run on a CPU. So the process's handle is free when
 * RTOS_PROCESS_REAP returns. */
void spawn_undo(struct spawn *spawn)
{
	(void)sys_do(RTOS_PROCESS_KILL, spawn->process, 0, 0, 0, 0, 0, NULL);
	(void)sys_do(RTOS_PROCESS_REAP, spawn->process, 0, 0, 0, 0, 0, NULL);
	spawn->process = 0;
}
