/* See child.h. */
#include "child.h"
#include <lib/rtosimage.h>
#include <lib/string.h>
#include <proto/recover.h>
#include <rtos/spawn.h>
#include <rtos/sys.h>

const char *child_name(const struct children *all, uint32_t number)
{
	return rtosimage_programs(all->image)[number].name;
}

/* The record is written twice, so that both copies say the same. If one copy is damaged later, an
 * older state doesn't come back. */
void child_record(struct children *all, uint32_t number)
{
	keep_write_twice(&all->records[number], &all->child[number]);
}

static void child_destroy(rtos_handle_t handle)
{
	(void)sys_do(RTOS_DESTROY, handle, 0, 0, 0, 0, 0, NULL);
}

/* Without their objects the interrupts are off. A level that is up comes again with the next
 * object. */
void child_reap(const struct child_process *its)
{
	(void)sys_do(RTOS_PROCESS_REAP, its->process, 0, 0, 0, 0, 0, NULL);
	for (uint32_t i = 0; i < its->interrupt_count; i++)
		child_destroy(its->interrupts[i]);
	if (its->signals != 0)
		child_destroy(its->signals);
}

/* Bits for the badges of the programs that use a port. */
static uint64_t child_users(const struct children *all, uint32_t port)
{
	uint64_t users = 0;

	for (uint32_t i = 0; i < all->manifest->programs.count; i++)
		if ((rtosmanifest_programs(all->manifest)[i].uses >> port & 1) != 0)
			users |= 1ULL << (i + 1) % 64;
	return users;
}

static void child_new_epoch(const struct children *all, uint32_t number)
{
	const uint64_t offers = rtosmanifest_programs(all->manifest)[number].offers;

	for (uint32_t i = 0; i < all->manifest->ports.count; i++)
		if ((offers >> i & 1) != 0)
			(void)sys_do(RTOS_PORT_EPOCH, all->objects.ports[i], child_users(all, i), 0,
			             0, 0, 0, NULL);
}

/* Zeroes the region in place, so that its handle stays the recorded one. Nobody is shown these
 * zeros for what was there. */
enum rtos_status child_wipe(struct children *all, uint32_t number)
{
	const uint64_t pages = rtosmanifest_programs(all->manifest)[number].keep_pages;

	if (pages == 0)
		return RTOS_OK;
	child_new_epoch(all, number);
	(void)sys_do(RTOS_HIDE, all->objects.keeps[number], RTOS_HIDE_ALL, 0, 0, 0, 0, NULL);
	return spawn_fill(all->objects.keeps[number], NULL, 0, pages * RTOS_PAGE_SIZE);
}

void child_use(const struct children *all, uint32_t number, uint64_t use[5])
{
	const rtos_handle_t process = all->child[number].its.process;
	struct sys_registers time = {.x = {[8] = RTOS_PROCESS_TIME, [9] = process}};
	struct sys_registers state = {.x = {[8] = RTOS_PROCESS_STATE, [9] = process}};

	memset(use, 0, 5 * sizeof(use[0]));
	if (process == 0)
		return;
	sys_svc(&time);
	sys_svc(&state);
	if (time.x[8] != RTOS_OK || state.x[8] != RTOS_OK)
		return;
	memcpy(use, time.x, 2 * sizeof(use[0]));
	memcpy(use + 2, &state.x[5], 3 * sizeof(use[0]));
}

uint64_t child_threads(const struct children *all, uint32_t number)
{
	struct sys_registers call = {
	    .x = {[8] = RTOS_PROCESS_TIME, [9] = all->child[number].its.process}};

	if (all->child[number].its.process == 0)
		return 0;
	sys_svc(&call);
	return call.x[8] == RTOS_OK ? call.x[1] : 0;
}

bool child_is_placed(const struct children *all, uint32_t number)
{
	const struct rtos_program *program = &rtosimage_programs(all->image)[number];
	const uint64_t address = RTOS_START_PAGE - program->stack_size;
	struct sys_registers call = {
	    .x = {address, [8] = RTOS_MAPPING, [9] = all->child[number].its.process}};

	sys_svc(&call);
	if (call.x[8] == RTOS_OK && call.x[4] != 0)
		(void)sys_do(RTOS_HANDLE_CLOSE, (rtos_handle_t)call.x[4], 0, 0, 0, 0, 0, NULL);
	return call.x[8] == RTOS_OK && call.x[0] == address;
}

uint64_t child_thread(const struct children *all, uint32_t number)
{
	const struct rtos_program *program = &rtosimage_programs(all->image)[number];

	return RTOS_THREAD(program->priority, rtosmanifest_programs(all->manifest)[number].cpu,
	                   program->flags);
}

enum rtos_status child_run(const struct children *all, uint32_t number)
{
	const struct child *child = &all->child[number];
	uint64_t thread = 0;
	const enum rtos_status status =
	    sys_do(RTOS_THREAD_CREATE, child->its.process, child->entry,
	           RTOS_START_PAGE - RTOS_ARGUMENTS_BELOW_SIZE, RTOS_START_PAGE,
	           child_thread(all, number), child->variables, &thread);

	if (status == RTOS_OK)
		(void)sys_do(RTOS_HANDLE_CLOSE, (rtos_handle_t)thread, 0, 0, 0, 0, 0, NULL);
	return status;
}

static uint64_t child_oldest(rtos_handle_t handle, uint64_t oldest, uint64_t *next)
{
	struct sys_registers call = {.x = {[8] = RTOS_OLDEST, [9] = handle}};

	sys_svc(&call);
	if (call.x[8] != RTOS_OK)
		return oldest;
	*next = call.x[1];
	return call.x[0] != 0 && (oldest == 0 || call.x[0] < oldest) ? call.x[0] : oldest;
}

/* Registers can't be read while a CPU is still in the process, where it may be about to answer. So
 * wait for that first. */
uint64_t child_left_call(const struct children *all, uint32_t number)
{
	struct sys_registers call;
	uint64_t next = 0;

	do {
		call = (struct sys_registers){
		    .x = {[8] = RTOS_THREAD_READ, [9] = all->child[number].its.process}};
		sys_svc(&call);
	} while (call.x[8] == RTOS_BUSY);
	return child_oldest(all->child[number].its.process, 0, &next);
}

void child_kill(struct children *all, uint32_t number, bool blame)
{
	(void)sys_do(RTOS_PROCESS_KILL, all->child[number].its.process, blame, 0, 0, 0, 0, NULL);
}

void child_close_ports(struct children *all, uint32_t number, bool close)
{
	const uint64_t offers = rtosmanifest_programs(all->manifest)[number].offers;

	for (uint32_t i = 0; i < all->manifest->ports.count; i++)
		if ((offers >> i & 1) != 0)
			(void)sys_do(RTOS_PORT_CLOSE, all->objects.ports[i], close, 0, 0, 0, 0,
			             NULL);
}

bool child_has_ended(const struct children *all, uint32_t number, uint64_t state[5])
{
	const rtos_handle_t process = all->child[number].its.process;
	struct sys_registers call = {.x = {[8] = RTOS_PROCESS_STATE, [9] = process}};

	if (process == 0)
		return false;
	sys_svc(&call);
	if (call.x[8] != RTOS_OK || call.x[0] == RTOS_PROCESS_ALIVE)
		return false;
	memcpy(state, call.x, 5 * sizeof(state[0]));
	return true;
}

uint64_t child_oldest_call(const struct children *all, uint32_t number, uint64_t *next)
{
	const uint64_t offers = rtosmanifest_programs(all->manifest)[number].offers;
	uint64_t oldest = child_oldest(all->child[number].its.process, 0, next);

	for (uint32_t i = 0; i < all->manifest->ports.count; i++)
		if ((offers >> i & 1) != 0)
			oldest = child_oldest(all->objects.ports[i], oldest, next);
	return oldest;
}

bool child_awaits(const struct children *all, uint32_t number)
{
	struct sys_registers call = {
	    .x = {RTOS_OLDEST_AWAITED, [8] = RTOS_OLDEST, [9] = all->child[number].its.process}};

	sys_svc(&call);
	return call.x[8] == RTOS_OK && call.x[0] != 0;
}

struct child_work child_work(const struct children *all, uint32_t number)
{
	struct sys_registers call = {
	    .x = {RTOS_OLDEST_COMPUTED, [8] = RTOS_OLDEST, [9] = all->child[number].its.process}};

	sys_svc(&call);
	if (call.x[8] != RTOS_OK)
		return (struct child_work){.call = 0};
	return (struct child_work){call.x[0], call.x[4], call.x[5], call.x[1]};
}
