/* See child.h. */
#include "child.h"
#include "page.h"
#include <lib/rtosimage.h>
#include <lib/string.h>
#include <rtos/spawn.h>
#include <rtos/sys.h>

#define CHILD_READ_WRITE ((uint32_t)(RTOS_RIGHT_READ | RTOS_RIGHT_WRITE))

static enum rtos_status child_make(enum rtos_call number, rtos_handle_t handle, uint64_t x0,
                                   uint64_t x1, rtos_handle_t *made)
{
	uint64_t answer = 0;
	enum rtos_status status = sys_do(number, handle, x0, x1, 0, 0, 0, &answer);

	*made = status == RTOS_OK ? (rtos_handle_t)answer : 0;
	return status;
}

/* ---- what outlives processes ---- */

static enum rtos_status child_ports(struct children *all)
{
	const struct rtos_manifest_port *ports = rtosmanifest_ports(all->manifest);
	enum rtos_status status = child_make(RTOS_PORT_CREATE, 0, 0, 0, &all->port);

	for (uint32_t i = 0; i < all->manifest->ports.count && status == RTOS_OK; i++)
		status = child_make(RTOS_PORT_CREATE, 0, ports[i].blame, 0, &all->ports[i]);
	return status;
}

static enum rtos_status child_notifications(struct children *all)
{
	enum rtos_status status = child_make(RTOS_NOTIFICATION_CREATE, 0, 0, 0, &all->ends);

	for (uint32_t i = 0; i < 2 && status == RTOS_OK; i++)
		status = child_make(RTOS_NOTIFICATION_CREATE, 0, 0, 0, &all->beats[i]);
	return status == RTOS_OK ? sys_do(RTOS_THREAD_BIND, all->ends, 0, 0, 0, 0, 0, NULL)
	                         : status;
}

static enum rtos_status child_memory(struct children *all)
{
	const struct rtos_manifest_window *windows = rtosmanifest_windows(all->manifest);
	const struct rtos_manifest_program *programs = rtosmanifest_programs(all->manifest);
	enum rtos_status status = RTOS_OK;

	for (uint32_t i = 0; i < all->manifest->windows.count && status == RTOS_OK; i++)
		status = child_make(RTOS_REGION_CREATE, 0, windows[i].pages, 0, &all->windows[i]);
	for (uint32_t i = 0; i < all->manifest->programs.count && status == RTOS_OK; i++)
		if (programs[i].keep_pages != 0)
			status = child_make(RTOS_REGION_CREATE, 0, programs[i].keep_pages, 0,
			                    &all->child[i].keep);
	return status;
}

/* Whole pages from the one on where the registers begin. */
static uint64_t child_register_pages(const struct rtos_manifest_device *device, uint32_t range)
{
	const uint64_t before = device->ranges[range].base % RTOS_PAGE_SIZE;

	return (before + device->ranges[range].size + RTOS_PAGE_SIZE - 1) / RTOS_PAGE_SIZE;
}

static enum rtos_status child_registers(struct children *all)
{
	const struct rtos_manifest_device *devices = rtosmanifest_devices(all->manifest);
	enum rtos_status status = RTOS_OK;

	for (uint32_t i = 0; i < all->manifest->devices.count; i++)
		for (uint32_t j = 0; j < devices[i].range_count && status == RTOS_OK; j++)
			status =
			    child_make(RTOS_REGION_DEVICE, RTOS_HANDLE_MACHINE,
			               devices[i].ranges[j].base / RTOS_PAGE_SIZE * RTOS_PAGE_SIZE,
			               child_register_pages(&devices[i], j), &all->registers[i][j]);
	return status;
}

enum rtos_status child_objects(struct children *all, const char **what)
{
	enum rtos_status status;

	*what = "ports";
	status = child_ports(all);
	if (status != RTOS_OK)
		return status;
	*what = "notifications";
	status = child_notifications(all);
	if (status != RTOS_OK)
		return status;
	*what = "kept and shared memory";
	status = child_memory(all);
	if (status != RTOS_OK)
		return status;
	*what = "devices";
	return child_registers(all);
}

/* ---- a process ---- */

/* One being made. The first thing that goes wrong is kept; what comes behind it does nothing. */
struct making {
	struct children *all;
	struct spawn spawn;
	struct page *page;
	uint32_t number;
	uint64_t memory; /* where the next memory that it is given goes */
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

static void making_memory(struct making *making, enum rtos_given_kind kind, const char *name,
                          rtos_handle_t region, uint64_t pages, uint32_t rights, uint64_t offset,
                          uint64_t size)
{
	if (making->status == RTOS_OK)
		making->status = spawn_map(&making->spawn, region, making->memory, pages, rights);
	making_note(making, kind, name, 0, making->memory + offset, size);
	making->memory += (pages + 1) * RTOS_PAGE_SIZE;
}

static void making_ports(struct making *making)
{
	const struct rtos_manifest_port *ports = rtosmanifest_ports(making->all->manifest);
	const struct rtos_manifest_program *program =
	    &rtosmanifest_programs(making->all->manifest)[making->number];

	for (uint32_t i = 0; i < making->all->manifest->ports.count; i++) {
		if ((program->offers >> i & 1) != 0)
			making_handle(making, RTOS_GIVEN_OFFER, ports[i].name,
			              making->all->ports[i], RTOS_RIGHT_RECEIVE, 0, 0);
		if ((program->uses >> i & 1) != 0)
			making_handle(making, RTOS_GIVEN_USE, ports[i].name, making->all->ports[i],
			              RTOS_RIGHT_CALL, making->number + 1, i);
	}
	making_handle(making, RTOS_GIVEN_SUPERVISOR, "supervisor", making->all->port,
	              RTOS_RIGHT_CALL, making->number + 1, 0);
	if (program->heartbeat_ms != 0)
		making_handle(making, RTOS_GIVEN_BEAT, "beat",
		              making->all->beats[making->number / 32], RTOS_RIGHT_SIGNAL,
		              1U << making->number % 32, 0);
}

static void making_shared(struct making *making)
{
	const struct rtos_manifest *manifest = making->all->manifest;
	const struct rtos_manifest_window *windows = rtosmanifest_windows(manifest);
	const struct rtos_manifest_program *program =
	    &rtosmanifest_programs(manifest)[making->number];

	if (program->keep_pages != 0)
		making_memory(making, RTOS_GIVEN_KEEP, "keep",
		              making->all->child[making->number].keep, program->keep_pages,
		              CHILD_READ_WRITE, 0, program->keep_pages * (uint64_t)RTOS_PAGE_SIZE);
	for (uint32_t i = 0; i < manifest->windows.count; i++)
		if (((windows[i].writers | windows[i].readers) >> making->number & 1) != 0)
			making_memory(making, RTOS_GIVEN_WINDOW, windows[i].name,
			              making->all->windows[i], windows[i].pages,
			              (windows[i].writers >> making->number & 1) != 0
			                  ? CHILD_READ_WRITE
			                  : RTOS_RIGHT_READ,
			              0, windows[i].pages * (uint64_t)RTOS_PAGE_SIZE);
}

/* An interrupt object lasts as long as the process, so that one that came and wasn't served is
 * forgotten with it; a level comes again. */
static void making_interrupt(struct making *making, uint32_t device, uint32_t index, uint32_t bit)
{
	const struct rtos_manifest_device *entry =
	    &rtosmanifest_devices(making->all->manifest)[device];
	const struct rtos_manifest_program *program =
	    &rtosmanifest_programs(making->all->manifest)[making->number];
	const uint32_t interrupt = entry->interrupts[index];
	rtos_handle_t *handle = &making->all->interrupts[device][index];
	uint64_t made = 0;

	if (making->status == RTOS_OK)
		making->status = sys_do(
		    RTOS_INTERRUPT_CREATE, RTOS_HANDLE_MACHINE, interrupt & ~RTOS_DEVICE_EDGE,
		    making->all->child[making->number].signals, 1U << bit,
		    (interrupt & RTOS_DEVICE_EDGE) != 0 ? (uint64_t)RTOS_INTERRUPT_EDGE : 0,
		    program->cpu, &made);
	if (making->status != RTOS_OK)
		return;
	*handle = (rtos_handle_t)made;
	making_handle(making, RTOS_GIVEN_INTERRUPT, entry->name, *handle, RTOS_RIGHT_USE, 0,
	              1U << bit);
}

static void making_signals(struct making *making)
{
	struct child *child = &making->all->child[making->number];

	if (making->status != RTOS_OK || child->signals != 0)
		return;
	making->status = child_make(RTOS_NOTIFICATION_CREATE, 0, 0, 0, &child->signals);
	making_handle(making, RTOS_GIVEN_SIGNALS, "interrupts", child->signals,
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
			making_memory(making, RTOS_GIVEN_DEVICE, devices[i].name,
			              making->all->registers[i][j],
			              child_register_pages(&devices[i], j), CHILD_READ_WRITE,
			              devices[i].ranges[j].base % RTOS_PAGE_SIZE,
			              devices[i].ranges[j].size);
		for (uint32_t j = 0; j < devices[i].interrupt_count; j++) {
			making_signals(making);
			making_interrupt(making, i, j, bit++ % 32);
		}
	}
}

/* Own pages of the quota, and those of what is given, apart: what the file takes is in the quota.
 */
static void making_all(struct making *making)
{
	const struct rtos_manifest_program *program =
	    &rtosmanifest_programs(making->all->manifest)[making->number];
	struct child *child = &making->all->child[making->number];

	making_ports(making);
	making_shared(making);
	making_devices(making);
	making->page->start.starts = child->starts;
	making->page->start.counter_hz = sys_first->counter_hz;
	if (making->status == RTOS_OK &&
	    !page_arguments(making->page, making->all->manifest, making->number))
		making->status = RTOS_NO_ROOM;
	if (making->status == RTOS_OK)
		making->status =
		    spawn_place(&making->spawn, RTOS_START_PAGE, making->page,
		                sizeof(*making->page), sizeof(*making->page), RTOS_RIGHT_READ);
	if (making->status == RTOS_OK)
		making->status =
		    sys_do(RTOS_PROCESS_WATCH, making->spawn.process, making->all->ends,
		           1U << making->number % 32, 0, 0, 0, NULL);
	if (making->status == RTOS_OK)
		making->status = spawn_run(&making->spawn, program->cpu);
}

/* Interrupts are off from here on; a line that is up comes again with the next object. */
static void child_forget(struct children *all, uint32_t number)
{
	const struct rtos_manifest_device *devices = rtosmanifest_devices(all->manifest);
	struct child *child = &all->child[number];

	for (uint32_t i = 0; i < all->manifest->devices.count; i++)
		for (uint32_t j = 0; j < devices[i].interrupt_count; j++) {
			if (devices[i].owner != number || all->interrupts[i][j] == 0)
				continue;
			(void)sys_do(RTOS_DESTROY, all->interrupts[i][j], 0, 0, 0, 0, 0, NULL);
			(void)sys_do(RTOS_HANDLE_CLOSE, all->interrupts[i][j], 0, 0, 0, 0, 0, NULL);
			all->interrupts[i][j] = 0;
		}
	if (child->signals != 0) {
		(void)sys_do(RTOS_DESTROY, child->signals, 0, 0, 0, 0, 0, NULL);
		(void)sys_do(RTOS_HANDLE_CLOSE, child->signals, 0, 0, 0, 0, 0, NULL);
	}
	child->signals = 0;
	child->process = 0;
}

enum rtos_status child_start(struct children *all, uint32_t number)
{
	static struct page page; /* of one that is made at a time */
	const struct rtos_manifest_program *program = &rtosmanifest_programs(all->manifest)[number];
	struct making making = {
	    .all = all,
	    .spawn = {.image = all->image, .program = &rtosimage_programs(all->image)[number]},
	    .page = &page,
	    .number = number,
	    .memory = RTOS_GIVEN_MEMORY};

	page_begin(&page, all->image, all->manifest, number);
	making.status = spawn_begin(&making.spawn, program->pages, program->priority_limit);
	if (making.status != RTOS_OK)
		return making.status;
	all->child[number].process = making.spawn.process;
	making_all(&making);
	if (making.status != RTOS_OK) {
		spawn_undo(&making.spawn);
		child_forget(all, number);
		return making.status;
	}
	all->child[number].starts++;
	return RTOS_OK;
}

enum rtos_status child_wipe(struct children *all, uint32_t number)
{
	const struct rtos_manifest_program *program = &rtosmanifest_programs(all->manifest)[number];
	struct child *child = &all->child[number];

	if (child->keep == 0)
		return RTOS_OK;
	(void)sys_do(RTOS_DESTROY, child->keep, 0, 0, 0, 0, 0, NULL);
	(void)sys_do(RTOS_HANDLE_CLOSE, child->keep, 0, 0, 0, 0, 0, NULL);
	return child_make(RTOS_REGION_CREATE, 0, program->keep_pages, 0, &child->keep);
}

void child_kill(struct children *all, uint32_t number, bool blame)
{
	(void)sys_do(RTOS_PROCESS_KILL, all->child[number].process, blame, 0, 0, 0, 0, NULL);
}

void child_close_ports(struct children *all, uint32_t number, bool close)
{
	const uint64_t offers = rtosmanifest_programs(all->manifest)[number].offers;

	for (uint32_t i = 0; i < all->manifest->ports.count; i++)
		if ((offers >> i & 1) != 0)
			(void)sys_do(RTOS_PORT_CLOSE, all->ports[i], close, 0, 0, 0, 0, NULL);
}

bool child_reap(struct children *all, uint32_t number, uint64_t state[5])
{
	struct child *child = &all->child[number];
	struct sys_registers call = {.x = {[8] = RTOS_PROCESS_STATE, [9] = child->process}};

	if (child->process == 0)
		return false;
	sys_svc(&call);
	if (call.x[8] != RTOS_OK || call.x[0] == RTOS_PROCESS_ALIVE)
		return false;
	memcpy(state, call.x, 5 * sizeof(state[0]));
	(void)sys_do(RTOS_PROCESS_REAP, child->process, 0, 0, 0, 0, 0, NULL);
	child_forget(all, number);
	return true;
}
