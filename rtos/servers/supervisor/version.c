/* See version.h. */
#include "version.h"
#include <lib/crc32c.h>
#include <lib/rtosimage.h>
#include <rtos/svc.h>

/* Where a part of a store is mapped for a moment, to copy it. */
#define VERSION_WINDOW 0x6400000000ULL

/* A process that is laid out from a store, and not begun. 0: there is none. */
static struct prepared {
	rtos_handle_t process, store;
} version_prepared;

/* The program's entry without segments: its segments come from elsewhere. */
static struct rtos_program *version_program(const struct children *all, uint32_t number)
{
	static struct rtos_program program;

	program = rtosimage_programs(all->image)[number];
	program.segment_count = 0;
	return &program;
}

static void version_reap(rtos_handle_t process)
{
	if (process == 0)
		return;
	(void)sys_do(RTOS_PROCESS_KILL, process, 0, 0, 0, 0, 0, NULL);
	(void)sys_do(RTOS_PROCESS_REAP, process, 0, 0, 0, 0, 0, NULL);
}

enum rtos_status version_store(const struct children *all, uint32_t number, uint64_t pages,
                               rtos_handle_t *store)
{
	const uint64_t quota = rtosmanifest_programs(all->manifest)[number].pages;
	struct spawn spawn = {.program = version_program(all, number)};
	const uint64_t own = rtosimage_pages(spawn.program);
	enum rtos_status status;

	if (own > quota || pages > quota - own)
		return RTOS_NO_MEMORY;
	status = spawn_begin(&spawn, own + pages, 0);
	*store = status == RTOS_OK ? spawn.process : 0;
	return status;
}

/* ---- laying out ---- */

/* Copies a mapping of the store. If somebody else could destroy its region, the kernel gives no
 * handle of the region, and the copy fails. */
static enum rtos_status version_copy(struct spawn *spawn, const uint64_t mapping[5], uint32_t *sum)
{
	const rtos_handle_t region = (rtos_handle_t)mapping[4];
	const uint64_t size = mapping[1] * RTOS_PAGE_SIZE;
	enum rtos_status status = RTOS_GONE;

	if (region == 0)
		return RTOS_GONE;
	status = sys_do(RTOS_MAP, region, VERSION_WINDOW, mapping[3], mapping[1], RTOS_RIGHT_READ,
	                0, NULL);
	if (status == RTOS_OK) {
		*sum = crc32c(*sum, (const void *)VERSION_WINDOW, size);
		status = spawn_place(spawn, mapping[0], (const void *)VERSION_WINDOW, size, size,
		                     (uint32_t)mapping[2]);
		(void)sys_do(RTOS_UNMAP, 0, VERSION_WINDOW, 0, 0, 0, 0, NULL);
	}
	(void)sys_do(RTOS_HANDLE_CLOSE, region, 0, 0, 0, 0, 0, NULL);
	return status;
}

static enum rtos_status version_copy_all(struct spawn *spawn, rtos_handle_t store, uint32_t *sum)
{
	struct sys_registers call = {.x = {0, [8] = RTOS_MAPPING, [9] = store}};
	enum rtos_status status = RTOS_OK;

	for (sys_svc(&call); call.x[8] == RTOS_OK && status == RTOS_OK; sys_svc(&call)) {
		const uint64_t end = call.x[0] + call.x[1] * RTOS_PAGE_SIZE;

		status = version_copy(spawn, call.x, sum);
		if (status != RTOS_OK)
			return status;
		call = (struct sys_registers){.x = {end, [8] = RTOS_MAPPING, [9] = store}};
	}
	return call.x[8] == RTOS_GONE ? RTOS_OK : (enum rtos_status)call.x[8];
}

/* Lays a process out from the store. A copy whose sum differs from the store's is refused. */
static enum rtos_status version_lay(const struct children *all, uint32_t number,
                                    const struct version *version, struct spawn *spawn,
                                    uint32_t *sum)
{
	const struct rtos_manifest_program *program = &rtosmanifest_programs(all->manifest)[number];
	enum rtos_status status;

	spawn->program = version_program(all, number);
	status = spawn_begin(spawn, program->pages, program->priority_limit);
	if (status != RTOS_OK)
		return status;
	*sum = 0;
	status = version_copy_all(spawn, version->store, sum);
	if (status == RTOS_OK && version->sum != 0 && *sum != version->sum)
		status = RTOS_GONE;
	if (status != RTOS_OK)
		spawn_undo(spawn);
	return status;
}

enum rtos_status version_begin(const struct children *all, uint32_t number, struct spawn *spawn)
{
	const struct version *version = &all->child[number].version;
	struct rtos_program *program;
	enum rtos_status status = RTOS_OK;
	uint32_t sum;

	if (version_prepared.process != 0 && version_prepared.store == version->store) {
		spawn->process = version_prepared.process;
		version_prepared.process = 0;
	} else {
		status = version_lay(all, number, version, spawn, &sum);
	}
	program = version_program(all, number);
	program->entry = version->entry;
	program->segment_count = 1;
	program->segment[0].address = version->variables;
	program->segment[0].rights = RTOS_RIGHT_WRITE;
	spawn->program = program;
	return status;
}

enum rtos_status version_prepare(const struct children *all, uint32_t number,
                                 struct version *version)
{
	const struct rtos_manifest_program *program = &rtosmanifest_programs(all->manifest)[number];
	struct spawn spawn = {.strict = (program->flags & RTOS_PROGRAM_LENIENT) == 0};
	uint64_t region = 0;
	enum rtos_status status;

	(void)sys_do(RTOS_PROCESS_KILL, version->store, 0, 0, 0, 0, 0, NULL);
	if (program->keep_pages != 0) {
		status = sys_do(RTOS_REGION_CREATE, 0, program->keep_pages, 0, 0, 0, 0, &region);
		if (status != RTOS_OK)
			return status;
	}
	version->keep = (rtos_handle_t)region;
	status = version_lay(all, number, version, &spawn, &version->sum);
	if (status == RTOS_OK)
		version_prepared = (struct prepared){spawn.process, version->store};
	return status;
}

/* ---- ends ---- */

void version_unprepare(void)
{
	version_reap(version_prepared.process);
	version_prepared.process = 0;
}

/* A process that is laid out for the version, and never began, goes with it. */
void version_drop(const struct version *version)
{
	if (version_prepared.store == version->store)
		version_unprepare();
	version_reap(version->store);
	if (version->keep != 0)
		(void)sys_do(RTOS_DESTROY, version->keep, 0, 0, 0, 0, 0, NULL);
}
