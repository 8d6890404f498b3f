/* See making.h. */
#include "making.h"
#include "objects.h"
#include "page.h"
#include "version.h"
#include <lib/rtosimage.h>
#include <lib/string.h>
#include <proto/recover.h>
#include <rtos/spawn.h>
#include <rtos/sys.h>

#define MAKING_BLOCK      (2ULL << 20)
#define MAKING_READ_WRITE ((uint32_t)(RTOS_RIGHT_READ | RTOS_RIGHT_WRITE))

/* A process that is being made. The first error is kept, and the steps after it do nothing. */
struct making {
	struct children *all;
	struct spawn spawn;
	struct child_process its;
	struct page *page;
	uint32_t number;
	uint64_t memory; /* the address for the next memory that the process is given */
	enum rtos_status status;
};

static void making_note(struct making *making, enum rtos_given_kind kind, const char *name,
                        uint32_t handle, uint64_t address, uint64_t size)
{
	if (making->status == RTOS_OK &&
	    !page_give(making->page, kind, name, handle, address, size))
		making->status = RTOS_NO_ROOM;
}

static void making_handle(struct making *making, enum rtos_given_kind kind, const char *name,
                          rtos_handle_t handle, uint32_t rights, uint64_t badge, uint64_t address)
{
	uint32_t place = 0;

	if (making->status == RTOS_OK)
		making->status = spawn_give(&making->spawn, handle, rights, badge, &place);
	making_note(making, kind, name, place, address, 0);
}

/* `place`: of a handle on it; 0: only memory. */
static void making_memory_at(struct making *making, enum rtos_given_kind kind, const char *name,
                             rtos_handle_t region, uint64_t pages, uint32_t rights, uint64_t offset,
                             uint64_t size, uint32_t place)
{
	if (making->status == RTOS_OK)
		making->status = spawn_map(&making->spawn, region, making->memory, pages, rights);
	making_note(making, kind, name, place, making->memory + offset, size);
	making->memory += (pages + 1) * RTOS_PAGE_SIZE;
}

static void making_memory(struct making *making, enum rtos_given_kind kind, const char *name,
                          rtos_handle_t region, uint64_t pages, uint32_t rights, uint64_t offset,
                          uint64_t size)
{
	making_memory_at(making, kind, name, region, pages, rights, offset, size, 0);
}

/* With a handle on it, by which a server shows pages of it to its clients, and knows where it lies.
 */
static void making_keep(struct making *making, rtos_handle_t region, uint64_t pages)
{
	uint32_t place = 0;

	if (making->status == RTOS_OK)
		making->status =
		    spawn_give(&making->spawn, region, MAKING_READ_WRITE | (uint32_t)RTOS_RIGHT_USE,
		               0, &place);
	making_memory_at(making, RTOS_GIVEN_KEEP, "keep", region, pages, MAKING_READ_WRITE, 0,
	                 pages * RTOS_PAGE_SIZE, place);
}

static void making_ports(struct making *making)
{
	const struct rtos_manifest_port *ports = rtosmanifest_ports(making->all->manifest);
	const struct rtos_manifest_program *program =
	    &rtosmanifest_programs(making->all->manifest)[making->number];

	for (uint32_t i = 0; i < making->all->manifest->ports.count; i++) {
		if ((program->offers >> i & 1) != 0)
			making_handle(making, RTOS_GIVEN_OFFER, ports[i].name,
			              making->all->objects.ports[i], RTOS_RIGHT_RECEIVE, 0, 0);
		if ((program->uses >> i & 1) != 0)
			making_handle(making, RTOS_GIVEN_USE, ports[i].name,
			              making->all->objects.ports[i], RTOS_RIGHT_CALL,
			              making->number + 1, i);
	}
	making_handle(making, RTOS_GIVEN_SUPERVISOR, "supervisor", making->all->objects.port,
	              RTOS_RIGHT_CALL, making->number + 1, 0);
	if ((program->manages >> making->all->manifest->supervisor & 1) != 0)
		making_handle(making, RTOS_GIVEN_RESTART, "supervisor", RECOVER_AGAIN,
		              RTOS_RIGHT_SIGNAL, 0, 0);
	if ((program->flags & RTOS_PROGRAM_TRACES) != 0)
		making_handle(making, RTOS_GIVEN_TRACE, "trace", RTOS_HANDLE_MACHINE,
		              RTOS_RIGHT_READ, 0, 0);
	if (program->heartbeat_ms != 0)
		making_handle(making, RTOS_GIVEN_BEAT, "beat",
		              making->all->objects.beats[making->number / 32], RTOS_RIGHT_SIGNAL,
		              1U << making->number % 32, 0);
}

/* Memory for DMA outlives the process. A device that still writes after its driver's end writes
 * into this memory, and not into memory that another program has got meanwhile. */
static void making_dma(struct making *making)
{
	const struct rtos_manifest_program *program =
	    &rtosmanifest_programs(making->all->manifest)[making->number];
	const rtos_handle_t region = making->all->objects.dma[making->number];
	const bool uncached = (program->flags & RTOS_PROGRAM_DMA_UNCACHED) != 0;

	if (program->dma_pages == 0)
		return;
	making_memory(making, RTOS_GIVEN_DMA, uncached ? "uncached" : "dma", region,
	              program->dma_pages, MAKING_READ_WRITE | (uncached ? RTOS_MAP_UNCACHED : 0), 0,
	              program->dma_pages * (uint64_t)RTOS_PAGE_SIZE);
	making_handle(making, RTOS_GIVEN_DMA_REGION, "dma", region,
	              RTOS_RIGHT_USE | RTOS_RIGHT_READ | RTOS_RIGHT_GIVE, 0, 0);
}

/* Kept memory of other programs, which the devices read and write. It outlives processes, as memory
 * for DMA does. The process itself sees it only if it has to copy for a device that doesn't look
 * into caches. */
static void making_reach(struct making *making)
{
	const struct rtos_manifest_program *programs = rtosmanifest_programs(making->all->manifest);
	const struct rtos_manifest_program *program = &programs[making->number];

	for (uint32_t i = 0; i < making->all->manifest->programs.count; i++) {
		const rtos_handle_t region = making->all->objects.keeps[i];
		const uint64_t pages = programs[i].keep_pages;

		if ((program->reaches >> i & 1) == 0)
			continue;
		making_handle(making, RTOS_GIVEN_REACH, child_name(making->all, i), region,
		              RTOS_RIGHT_USE, 0, i + 1);
		if ((program->flags & RTOS_PROGRAM_DMA_UNCACHED) != 0)
			making_memory(making, RTOS_GIVEN_REACH_MEMORY, child_name(making->all, i),
			              region, pages, MAKING_READ_WRITE, 0, pages * RTOS_PAGE_SIZE);
	}
}

/* Maps a window that shows a part of the image, without a copy. */
static void making_contents(struct making *making, const struct rtos_manifest_window *window)
{
	const struct rtos_image *image = making->all->image;
	const struct rtos_part *part = &rtosimage_parts(image)[window->contents - 1];

	if (making->status == RTOS_OK)
		making->status = sys_do(RTOS_MAP, RTOS_HANDLE_IMAGE, making->memory,
		                        part->offset / RTOS_PAGE_SIZE, window->pages,
		                        RTOS_RIGHT_READ, making->spawn.process, NULL);
	making_note(making, RTOS_GIVEN_WINDOW, window->name, 0, making->memory, part->size);
	making->memory += (window->pages + 1ULL) * RTOS_PAGE_SIZE;
}

static void making_window(struct making *making, uint32_t index)
{
	const struct rtos_manifest_window *window =
	    &rtosmanifest_windows(making->all->manifest)[index];
	const bool writes = (window->writers >> making->number & 1) != 0;

	if (!writes && (window->readers >> making->number & 1) == 0)
		return;
	if (window->contents != 0)
		making_contents(making, window);
	else
		making_memory(making, RTOS_GIVEN_WINDOW, window->name,
		              making->all->objects.windows[index], window->pages,
		              writes ? MAKING_READ_WRITE : RTOS_RIGHT_READ, 0,
		              window->pages * (uint64_t)RTOS_PAGE_SIZE);
}

static void making_shared(struct making *making)
{
	const struct rtos_manifest *manifest = making->all->manifest;
	const struct rtos_manifest_program *program =
	    &rtosmanifest_programs(manifest)[making->number];

	if (program->keep_pages != 0)
		making_keep(making, making->all->objects.keeps[making->number],
		            program->keep_pages);
	for (uint32_t i = 0; i < manifest->windows.count; i++)
		making_window(making, i);
}

/* Tells a version that took the program's place so, and gives it memory for a record of its own. */
static void making_heir(struct making *making)
{
	const struct version *version = &making->all->child[making->number].version;
	const uint64_t pages =
	    rtosmanifest_programs(making->all->manifest)[making->number].keep_pages;

	if (version->keep != 0)
		making_memory(making, RTOS_GIVEN_HEIR, "heir", version->keep, pages,
		              MAKING_READ_WRITE, 0, pages * RTOS_PAGE_SIZE);
	else if (version->store != 0)
		making_note(making, RTOS_GIVEN_HEIR, "heir", 0, 0, 0);
}

/* What comes next lies at the same place in a block of 2 MiB as in its partition: then it needs few
 * tables. */
static void making_align(struct making *making, uint64_t base)
{
	making->memory += (base - making->memory) & (MAKING_BLOCK - 1);
}

/* A program whose device does DMA also gets a handle for the registers' physical address. */
static void making_registers(struct making *making, uint32_t device, uint32_t range)
{
	const struct rtos_manifest_device *entry =
	    &rtosmanifest_devices(making->all->manifest)[device];
	const rtos_handle_t region = making->all->objects.registers[device][range];
	const bool foreign = objects_is_foreign(entry, range);

	if (foreign)
		making_align(making, entry->ranges[range].base);
	making_memory(making, RTOS_GIVEN_DEVICE, entry->name, region,
	              objects_register_pages(entry, range),
	              foreign ? (uint32_t)RTOS_RIGHT_READ : MAKING_READ_WRITE,
	              entry->ranges[range].base % RTOS_PAGE_SIZE, entry->ranges[range].size);
	if (entry->dma != 0)
		making_handle(making, RTOS_GIVEN_DEVICE_REGION, entry->name, region, RTOS_RIGHT_USE,
		              0, 0);
	if (foreign)
		making_note(making, RTOS_GIVEN_PLACE, entry->name, 0, entry->places[range], 0);
}

/* An interrupt object lasts as long as the process. An unserved interrupt is forgotten with the
 * object; one by level comes again. */
static void making_interrupt(struct making *making, uint32_t device, uint32_t index, uint32_t bit)
{
	const struct rtos_manifest_device *entry =
	    &rtosmanifest_devices(making->all->manifest)[device];
	const struct rtos_manifest_program *program =
	    &rtosmanifest_programs(making->all->manifest)[making->number];
	const uint32_t interrupt = entry->interrupts[index];
	uint64_t made = 0;

	if (making->its.interrupt_count == RTOS_GIVEN_MAX)
		making->status = RTOS_NO_ROOM;

	if (making->status == RTOS_OK)
		making->status =
		    sys_do(RTOS_INTERRUPT_CREATE, RTOS_HANDLE_MACHINE,
		           interrupt & ~RTOS_DEVICE_EDGE, making->its.signals, 1U << bit,
		           (interrupt & RTOS_DEVICE_EDGE) != 0 ? (uint64_t)RTOS_INTERRUPT_EDGE : 0,
		           program->cpu, &made);
	if (making->status != RTOS_OK)
		return;
	making->its.interrupts[making->its.interrupt_count++] = (uint16_t)made;
	making_handle(making, RTOS_GIVEN_INTERRUPT, entry->name, (rtos_handle_t)made,
	              RTOS_RIGHT_USE, 0, 1U << bit);
}

static void making_signals(struct making *making)
{
	if (making->status != RTOS_OK || making->its.signals != 0)
		return;
	making->status = objects_make(RTOS_NOTIFICATION_CREATE, 0, 0, 0, &making->its.signals);
	making_handle(making, RTOS_GIVEN_SIGNALS, "interrupts", making->its.signals,
	              RTOS_RIGHT_WAIT | RTOS_RIGHT_SIGNAL, 0, 0);
}

static void making_devices(struct making *making)
{
	const struct rtos_manifest_device *devices = rtosmanifest_devices(making->all->manifest);
	uint32_t bit = 0;

	for (uint32_t i = 0; i < making->all->manifest->devices.count; i++) {
		if (devices[i].owner != making->number)
			continue;
		for (uint32_t j = 0; j < devices[i].range_count; j++)
			making_registers(making, i, j);
		for (uint32_t j = 0; j < devices[i].interrupt_count; j++) {
			making_signals(making);
			making_interrupt(making, i, j, bit++ % 32);
		}
	}
}

/* Gives the process everything that the manifest says, and the start page, then runs it. The loader
 * makes a slot's first thread later. */
static void making_all(struct making *making)
{
	const struct rtos_manifest_program *program =
	    &rtosmanifest_programs(making->all->manifest)[making->number];

	making_ports(making);
	making_shared(making);
	making_heir(making);
	making_devices(making);
	making_dma(making);
	making_reach(making);
	making->page->start.starts = making->all->child[making->number].starts;
	making->page->start.counter_hz = sys_first->counter_hz;
	if (making->status == RTOS_OK &&
	    !page_arguments(making->page, making->all->manifest, making->number))
		making->status = RTOS_NO_ROOM;
	if (making->status == RTOS_OK)
		making->status =
		    spawn_place(&making->spawn, RTOS_START_PAGE, making->page,
		                page_used(making->page), sizeof(*making->page), RTOS_RIGHT_READ);
	if (making->status == RTOS_OK)
		making->status = sys_do(RTOS_PROCESS_WATCH, making->spawn.process, RECOVER_ENDS,
		                        1U << making->number % 32, 0, 0, 0, NULL);
	if (making->status == RTOS_OK && program->loader == 0)
		making->status = spawn_run(&making->spawn, program->cpu);
}

/* Lays the process out, from its version's store or from the boot image. */
static enum rtos_status making_begin(struct making *making)
{
	const struct rtos_manifest_program *program =
	    &rtosmanifest_programs(making->all->manifest)[making->number];

	if (making->all->child[making->number].version.store != 0)
		return version_begin(making->all, making->number, &making->spawn);
	return spawn_begin(&making->spawn, program->pages, program->priority_limit);
}

/* The process runs before it is recorded: if this supervisor ends in between, the next one takes
 * the process back. */
enum rtos_status making_start(struct children *all, uint32_t number)
{
	static struct page page; /* one process is made at a time */
	const struct rtos_manifest_program *program = &rtosmanifest_programs(all->manifest)[number];
	struct making making = {
	    .all = all,
	    .spawn = {.image = all->image,
	              .program = &rtosimage_programs(all->image)[number],
	              .strict = (program->flags & RTOS_PROGRAM_LENIENT) == 0,
	              .own_text = (program->flags & RTOS_PROGRAM_SHARED_TEXT) == 0},
	    .page = &page,
	    .number = number,
	    .memory = RTOS_GIVEN_MEMORY};

	page_begin(&page, all->image, all->manifest, number);
	making.status = making_begin(&making);
	if (making.status != RTOS_OK)
		return making.status;
	making.its.process = making.spawn.process;
	memcpy(making.its.text, making.spawn.text, sizeof(making.its.text));
	making_all(&making);
	if (making.status != RTOS_OK) {
		(void)sys_do(RTOS_PROCESS_KILL, making.its.process, 0, 0, 0, 0, 0, NULL);
		child_reap(&making.its);
		return making.status;
	}
	all->child[number].its = making.its;
	all->child[number].starts++;
	return RTOS_OK;
}
