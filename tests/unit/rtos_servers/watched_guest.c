/* See watched_guest.h. */
#include <stdlib.h>
#include <string.h>
#include <unit/rtos_servers/watched_guest.h>

#define IMAGE_SIZE 0x100000u
#define TABLES     0x80000u /* four pages, then the tramp's */
#define PAGED      0x88000u /* another four, of pages */
#define TASKS      0x90000u
#define TASK_STEP  0x400u
#define PIDS       0xc0000u
#define PID_STEP   0x80u
#define NODE       0xd0000u
#define BANNER     "Linux version 6.1.0 (for tests)"
#define BANNER_AT  0x40000u
#define BASE_AT    0x41000u
#define SPACE      0x42000u /* init_pid_ns */
#define STATE      0x43000u
#define LOCK       0x44004u /* the upper half of a word */
#define NUMBERS    0x44010u
#define TEXT_LOCK  0x44018u
#define PROBES     0x45000u
#define TABLE      3u
#define BLOCK      0x481u /* read-only, executable */
#define PAGE       0x483u
#define ENTRIES    512u

uint8_t *guest_ram;
static struct loader_range guest_range;
static uint64_t guest_home = GUEST_KERNEL, guest_base = GUEST_BASE;

const struct guest_file guest_file = {
    .facts =
        {
            .magic = WATCHFACTS_MAGIC,
            .revision = WATCHFACTS_REVISION,
            .size = sizeof(struct watchfacts) + GUEST_JUMPS * sizeof(struct watchfacts_jump) +
                    GUEST_TRACED * sizeof(uint32_t),
            .banner = BANNER,
            .banner_at = BANNER_AT,
            .image_size = IMAGE_SIZE,
            .base_at = BASE_AT,
            .base_of = 0x10000,
            .text = 0x10000,
            .text_end = 0x30000,
            .constants_end = 0x38000,
            .vectors = 0x10800,
            .vectors_hardened = 0x12800,
            .trampoline = 0x2f000,
            .trampoline_end = 0x30000,
            .init_task = TASKS,
            .init_pid_ns = SPACE,
            .system_state = STATE,
            .running = 3,
            .idr_rt = 8,
            .namespace_idr = 16,
            .root_head = 8,
            .node_shift = 0,
            .node_count = 2,
            .node_free = 552,
            .node_slots = 40,
            .node_size = 576,
            .pid_number = 80,
            .pid_tasks = 16,
            .task_comm = 0x300,
            .task_link = 0x200,
            .task_pid = 0x100,
            .task_tasks = 0x80,
            .tasks_lock = LOCK,
            .tasks_free = 0,
            .numbers_lock = NUMBERS,
            .text_lock = TEXT_LOCK,
            .jumps = GUEST_JUMPS,
            .traced = GUEST_TRACED,
            .trace_caller = {0x18000, 0x18100},
            .trace_call = 0x18204,
            .tracers = 2,
            .tracer = {0x19000, 0x11000},
            .probes = PROBES,
            .probe_addr = 40,
            .probe_link = 8,
            .probe_opcode = 48,
            .task_flags = 0x10,
            .task_pending = 0x40,
            .task_sighand = 0x60,
            .task_mm = 0x70,
            .sighand_lock = 12, /* the upper half of a word */
            .task_cred = 0x110,
            .task_real_cred = 0x118,
            .task_parent = 0x120,
            .cred_users = 0,
            .memory_file = 0x40,
            .file_cred = 0x48,
            .cred_user = 4,
        },
    .jump = {{0x14000, 0x14000040}, {0x20004, 0x17ffffff}},
    .traced = {0x11004, 0x15004, 0x26000},
};

const struct watch_record guest_registers = {
    .changes = 2,
    .ttbr1 = GUEST_KERNEL + TABLES,
    .tcr = 16 | 16ULL << 16 | 2ULL << 30, /* 48 bits, pages of 4 KiB */
    .vbar = GUEST_BASE + 0x10800,
    .sctlr = 1,
};

uint64_t guest_va(uint32_t place)
{
	return guest_base + place;
}

uint32_t guest_task(uint32_t number)
{
	return TASKS + number * TASK_STEP;
}

uint32_t guest_pid(uint32_t number)
{
	return PIDS + number * PID_STEP;
}

uint32_t guest_node(void)
{
	return NODE;
}

static uint8_t *guest_at(uint32_t place)
{
	return guest_ram + (guest_home - GUEST_IPA) + place;
}

void guest_store(uint32_t place, uint64_t value)
{
	memcpy(guest_at(place), &value, sizeof(value));
}

uint64_t guest_load(uint32_t place)
{
	uint64_t value;

	memcpy(&value, guest_at(place), sizeof(value));
	return value;
}

static void guest_link(uint32_t from, uint32_t to)
{
	const uint32_t offset = guest_facts.task_tasks;

	guest_store(guest_task(from) + offset, guest_va(guest_task(to) + offset));
	guest_store(guest_task(to) + offset + 8, guest_va(guest_task(from) + offset));
}

void guest_unlink(uint32_t number)
{
	guest_link(number - 1, (number + 1) % GUEST_TASKS);
}

/* Maps the image by a block of 2 MiB. */
static void guest_map(uint32_t at, uint64_t last)
{
	const uint64_t tables = guest_home + at;

	guest_store(at + 8 * (uint32_t)(GUEST_BASE >> 39 & 511), (tables + 0x1000) | TABLE);
	guest_store(at + 0x1000 + 8 * (uint32_t)(GUEST_BASE >> 30 & 511),
	            (tables + 0x2000) | TABLE);
	guest_store(at + 0x2000 + 8 * (uint32_t)(GUEST_BASE >> 21 & 511), last);
}

void guest_map_pages(uint32_t place, uint32_t to)
{
	const uint32_t pages = PAGED + 0x3000;

	guest_map(PAGED, (guest_home + pages) | TABLE);
	for (uint32_t i = 0; i < ENTRIES; i++)
		guest_store(pages + 8 * i, (guest_home + i * 0x1000) | PAGE);
	guest_store(pages + 8 * (place / 0x1000), (guest_home + to) | PAGE);
}

uint64_t guest_paged_ttbr1(void)
{
	return guest_home + PAGED;
}

void guest_move(uint64_t to)
{
	memcpy(guest_ram + (to - GUEST_IPA), guest_at(0), IMAGE_SIZE);
	guest_home = to;
	guest_map(TABLES, guest_home | BLOCK);
}

/* init_task has no number of its own in the tree. */
static void guest_fill(void)
{
	const uint32_t root =
	    SPACE + guest_facts.namespace_idr + guest_facts.idr_rt + guest_facts.root_head;

	guest_store(root, guest_va(NODE) | 2);
	for (uint32_t i = 0; i < GUEST_TASKS; i++) {
		const uint32_t task = guest_task(i);

		guest_link(i, (i + 1) % GUEST_TASKS);
		guest_store(task + guest_facts.task_pid, i);
		memcpy(guest_at(task + guest_facts.task_comm), "sleep", 6);
		if (i == 0)
			continue;
		guest_store(guest_pid(i) + guest_facts.pid_tasks,
		            guest_va(task + guest_facts.task_link));
		guest_store(task + guest_facts.task_link + 8,
		            guest_va(guest_pid(i) + guest_facts.pid_tasks));
		guest_store(guest_pid(i) + guest_facts.pid_number, i);
		guest_store(NODE + guest_facts.node_slots + 8 * i, guest_va(guest_pid(i)));
	}
	guest_store(NODE, (GUEST_TASKS - 1) << 8 * guest_facts.node_count);
	guest_store(NODE + guest_facts.node_free, UINT64_MAX << GUEST_TASKS | 1);
}

void guest_shift(void)
{
	guest_base += GUEST_SHIFT;
	guest_store(TABLES + 0x2000 + 8 * (uint32_t)(guest_base >> 21 & 511), guest_home | BLOCK);
	guest_store(BASE_AT, guest_va(guest_facts.base_of));
	guest_fill();
}

void guest_build(void)
{
	guest_ram = aligned_alloc(4096, GUEST_SIZE);
	memset(guest_ram, 0, GUEST_SIZE);
	guest_home = GUEST_KERNEL;
	guest_base = GUEST_BASE;
	guest_range = (struct loader_range){(uintptr_t)guest_ram, GUEST_SIZE, GUEST_IPA};
	for (uint32_t at = guest_facts.text; at < guest_facts.text_end; at += 8)
		guest_store(at, 0xd503201fd503201fULL + at);
	memcpy(guest_at(BANNER_AT), BANNER, sizeof(BANNER));
	guest_store(BASE_AT, guest_va(guest_facts.base_of));
	guest_store(STATE, guest_facts.running);
	guest_map(TABLES, guest_home | BLOCK);
	guest_fill();
}

void guest_free(void)
{
	free(guest_ram);
	guest_ram = NULL;
}

struct guest guest_ready(void)
{
	struct guest guest = {.facts = &guest_facts, .walk = {.range = &guest_range, .ranges = 1}};

	if (guest_find(&guest))
		(void)guest_use(&guest, &guest_registers);
	return guest;
}
