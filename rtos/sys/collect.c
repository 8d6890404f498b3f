/* See rtos/collect.h. */
#include <lib/string.h>
#include <rtos/collect.h>
#include <rtos/crash.h>
#include <rtos/sys.h>

/* Where this file maps a piece of the program's memory for a moment: beside the crash record, so
 * that no new page table is needed. */
#define COLLECT_OFFSET (1ULL << 20)
/* How many threads are looked for: the latest ones. */
#define COLLECT_LOOKS 64u

static void collect_order(void)
{
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

/* ---- threads ---- */

/* Reads `count` registers from number `from` on. False: the thread has no such registers, or there
 * is no such thread. While another CPU hasn't left the process yet, asks the kernel again: the
 * kernel has already called that CPU. */
static bool collect_registers(rtos_handle_t process, uint64_t number, uint32_t from, uint64_t *to,
                              uint32_t count)
{
	struct sys_registers call;

	for (uint32_t done = 0; done < count; done += RTOS_WORDS) {
		const uint32_t left = count - done;

		do {
			call = (struct sys_registers){
			    .x = {number, from + done, [8] = RTOS_THREAD_READ, [9] = process}};
			sys_svc(&call);
		} while (call.x[8] == RTOS_BUSY);
		if (call.x[8] != RTOS_OK)
			return false;
		memcpy(&to[done], call.x,
		       (left < RTOS_WORDS ? left : RTOS_WORDS) * sizeof(call.x[0]));
	}
	return true;
}

static void collect_thread(struct rtos_crash *crash, rtos_handle_t process, uint64_t number)
{
	struct rtos_crash_thread *thread = &crash->threads[crash->thread_count];

	if (crash->thread_count == RTOS_CRASH_THREADS)
		return;
	thread->number = number;
	if (!collect_registers(process, number, 0, thread->x, RTOS_CRASH_REGISTERS))
		return;
	thread->has_fp =
	    collect_registers(process, number, RTOS_REGISTERS_FP, thread->fp, RTOS_FP_REGISTERS);
	crash->thread_count++;
}

static void collect_threads(struct rtos_crash *crash, rtos_handle_t process)
{
	struct sys_registers call = {.x = {[8] = RTOS_PROCESS_TIME, [9] = process}};
	const uint64_t guilty = crash->state[1];
	uint64_t made;

	sys_svc(&call);
	made = call.x[8] == RTOS_OK ? call.x[1] : 0;
	if (guilty < made)
		collect_thread(crash, process, guilty);
	for (uint64_t i = made > COLLECT_LOOKS ? made - COLLECT_LOOKS : 0; i < made; i++)
		if (i != guilty)
			collect_thread(crash, process, i);
}

/* ---- memory ---- */

/* Finds the mapping at an address, or else the next one. False: there is none. The caller closes
 * the handle. */
static bool collect_find(rtos_handle_t process, uint64_t address, struct sys_registers *found)
{
	*found = (struct sys_registers){.x = {address, [8] = RTOS_MAPPING, [9] = process}};
	sys_svc(found);
	return found->x[8] == RTOS_OK;
}

static void collect_close(const struct sys_registers *found)
{
	if (found->x[4] != 0)
		(void)sys_do(RTOS_HANDLE_CLOSE, (rtos_handle_t)found->x[4], 0, 0, 0, 0, 0, NULL);
}

static void collect_mappings(struct rtos_crash *crash, rtos_handle_t process)
{
	struct sys_registers found;
	uint64_t address = 0;

	while (crash->mapping_count < RTOS_MAPPINGS_MAX && collect_find(process, address, &found)) {
		crash->mappings[crash->mapping_count++] = (struct rtos_crash_mapping){
		    .address = found.x[0], .pages = found.x[1], .rights = found.x[2]};
		address = found.x[0] + found.x[1] * RTOS_PAGE_SIZE;
		collect_close(&found);
	}
}

/* Copies bytes that lie in one mapping. */
static void collect_bytes(struct rtos_crash *crash, const struct sys_registers *found,
                          uint64_t address, uint64_t size)
{
	const uint64_t window = (uint64_t)crash + COLLECT_OFFSET;
	const uint64_t first = (address - found->x[0]) / RTOS_PAGE_SIZE;
	const uint64_t before = address % RTOS_PAGE_SIZE;
	void *to = found->x[4] != 0 ? crash_piece(crash, address, &size) : NULL;

	if (to == NULL)
		return;
	if (sys_do(RTOS_MAP, (rtos_handle_t)found->x[4], window, found->x[3] + first,
	           (before + size + RTOS_PAGE_SIZE - 1) / RTOS_PAGE_SIZE, RTOS_RIGHT_READ, 0,
	           NULL) != RTOS_OK) {
		crash->piece_count--;
		crash->size -= (uint32_t)size;
		return;
	}
	memcpy(to, (const uint8_t *)window + before, size);
	(void)sys_do(RTOS_UNMAP, 0, window, 0, 0, 0, 0, NULL);
}

/* Copies the stack from SP on: bytes below SP aren't in use. */
static void collect_stack(struct rtos_crash *crash, rtos_handle_t process, uint64_t sp)
{
	struct sys_registers found;
	const uint64_t address = sp & ~15ULL;
	uint64_t size;

	if (!collect_find(process, address, &found))
		return;
	size = found.x[0] + found.x[1] * RTOS_PAGE_SIZE - address;
	if (address >= found.x[0] && address < RTOS_GIVEN_MEMORY &&
	    (found.x[2] & RTOS_RIGHT_WRITE) != 0)
		collect_bytes(crash, &found, address,
		              size < RTOS_CRASH_STACK_BYTES ? size : RTOS_CRASH_STACK_BYTES);
	collect_close(&found);
}

/* Whether the mapping is a stack, which isn't copied whole. A mapping with the program's variables
 * isn't one, even if it holds a stack. */
static bool collect_is_stack(const struct rtos_crash *crash, const struct rtos_program *program,
                             const struct rtos_crash_mapping *mapping)
{
	for (uint32_t i = 0; i < program->segment_count; i++)
		if (program->segment[i].address == mapping->address)
			return false;
	for (uint32_t i = 0; i < crash->thread_count; i++)
		if (crash->threads[i].x[RTOS_CRASH_SP] - mapping->address <
		    mapping->pages * RTOS_PAGE_SIZE)
			return true;
	return false;
}

/* Copies a mapping with the program's own variables. Memory that the program was given lies above
 * RTOS_GIVEN_MEMORY, and isn't copied. */
static void collect_variables(struct rtos_crash *crash, rtos_handle_t process,
                              const struct rtos_program *program,
                              const struct rtos_crash_mapping *mapping)
{
	struct sys_registers found;

	if ((mapping->rights & RTOS_RIGHT_WRITE) == 0 || mapping->address >= RTOS_GIVEN_MEMORY ||
	    collect_is_stack(crash, program, mapping) ||
	    !collect_find(process, mapping->address, &found))
		return;
	collect_bytes(crash, &found, mapping->address, mapping->pages * RTOS_PAGE_SIZE);
	collect_close(&found);
}

/* ---- all of it ---- */

static void collect_begin(struct rtos_crash *crash, const struct collect_who *who,
                          const uint64_t state[5])
{
	const uint64_t before = crash->number;

	crash->magic = 0;
	collect_order();
	memset(crash, 0, sizeof(*crash));
	crash->number = before + 1;
	crash->revision = RTOS_CRASH_REVISION;
	crash->size = sizeof(*crash);
	crash->program = who->number;
	crash->starts = who->starts;
	memcpy(crash->name, who->program->name, sizeof(crash->name));
	crash->ms = sys_milliseconds();
	memcpy(crash->state, state, sizeof(crash->state));
}

/* Notes the call that the program was answering. Its caller is alive: otherwise the call would be
 * gone. */
static void collect_call(struct rtos_crash *crash, rtos_handle_t process)
{
	struct sys_registers oldest = {.x = {[8] = RTOS_OLDEST, [9] = process}};

	sys_svc(&oldest);
	if (oldest.x[8] != RTOS_OK)
		return;
	crash->answering = oldest.x[0];
	memcpy(crash->asker, &oldest.x[2], sizeof(crash->asker));
}

void collect_crash(struct rtos_crash *crash, const struct collect_who *who, const uint64_t state[5])
{
	collect_begin(crash, who, state);
	collect_call(crash, who->process);
	collect_threads(crash, who->process);
	collect_mappings(crash, who->process);
	for (uint32_t i = 0; i < crash->thread_count; i++)
		collect_stack(crash, who->process, crash->threads[i].x[RTOS_CRASH_SP]);
	for (uint32_t i = 0; i < crash->mapping_count; i++)
		collect_variables(crash, who->process, who->program, &crash->mappings[i]);
	crash_callers(crash);
	collect_order();
	crash->magic = RTOS_CRASH_MAGIC;
}
