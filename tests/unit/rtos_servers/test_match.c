/*
 * Pieces of later versions that are compared with their stores: each byte that isn't writable, once
 * a round, and nothing of another process. A difference is damage. So is a difference between two
 * looks at the text of a slot's program.
 *
 * Shows: rtos.scrub.
 */
#include <kumiki/rtos/manifest.h>
#include <rtos/svc.h>
#include <servers/supervisor/match.h>
#include <servers/supervisor/patrol.h>
#include <stdint.h>
#include <string.h>
#include <unit.h>

#define PAGE     ((uint64_t)RTOS_PAGE_SIZE)
#define PROGRAMS 4u
#define ONE      1u
#define SLOT     2u
#define OTHER    3u
#define MAPPINGS 4u

/*
 * A process with its mappings, of as many pages as its text has. A region's handle is a number made
 * of process, mapping and a count of requests.
 */
struct process {
	struct {
		uint64_t address, pages, rights;
	} mapping[MAPPINGS];
	uint64_t damaged; /* an address; 0: none */
	bool closed;      /* no handles of its regions are given */
};

enum { STORE = 10, VERSION = 11, OTHERS_STORE = 12, OTHERS_VERSION = 13, PROCESSES = 14 };

static struct process processes[PROCESSES];
static struct rtos_manifest manifest = {.programs.count = PROGRAMS};
static struct rtos_manifest_program programs[PROGRAMS] = {[SLOT] = {.loader = ONE}};
static struct children all;
static struct match match;
static uint32_t open_handles;
static uint64_t looked; /* summed bytes of the store */

const struct rtos_manifest_program *rtosmanifest_programs(const struct rtos_manifest *of)
{
	assert_ptr_equal(of, &manifest);
	return programs;
}

/* ---- the kernel ---- */

void sys_svc(struct sys_registers *call)
{
	const uint64_t handle = call->x[9];

	assert_int_equal(call->x[8], RTOS_MAPPING);
	assert_true(handle < PROCESSES);
	for (uint32_t i = 0; i < MAPPINGS; i++) {
		const uint64_t address = processes[handle].mapping[i].address;
		const uint64_t pages = processes[handle].mapping[i].pages;

		if (pages == 0 || address + pages * PAGE <= call->x[0])
			continue;
		call->x[0] = address;
		call->x[1] = pages;
		call->x[2] = processes[handle].mapping[i].rights;
		call->x[3] = 0;
		call->x[4] = processes[handle].closed ? 0 : handle * MAPPINGS + i;
		call->x[8] = RTOS_OK;
		open_handles += call->x[4] != 0;
		return;
	}
	call->x[8] = RTOS_GONE;
}

enum rtos_status sys_do(enum rtos_call number, rtos_handle_t handle, uint64_t x0, uint64_t x1,
                        uint64_t x2, uint64_t x3, uint64_t x4, uint64_t *made)
{
	(void)x0;
	(void)x1;
	(void)x2;
	(void)x3;
	(void)x4;
	(void)made;
	assert_int_equal(number, RTOS_HANDLE_CLOSE);
	assert_int_not_equal(handle, 0);
	open_handles--;
	return RTOS_OK;
}

bool spawn_sum(rtos_handle_t region, uint64_t offset, uint64_t size, uint32_t *crc)
{
	const struct process *process = &processes[region / MAPPINGS];
	const uint64_t at = process->mapping[region % MAPPINGS].address + offset;

	assert_true(size > 0 && size <= PATROL_PIECE && offset % PAGE == 0);
	assert_int_equal(process->mapping[region % MAPPINGS].rights & RTOS_RIGHT_WRITE, 0);
	*crc = *crc * 3 + 77u + (process->damaged >= at && process->damaged < at + size);
	if (region / MAPPINGS % 2 == 0)
		looked += size;
	return true;
}

/* ---- the tests ---- */

static void run(uint32_t program, uint32_t store, uint64_t pages)
{
	struct process *process = &processes[store];

	memset(process, 0, sizeof(*process));
	process->mapping[0].address = 16 * PAGE;
	process->mapping[0].pages = pages;
	process->mapping[0].rights = RTOS_RIGHT_READ | RTOS_RIGHT_EXECUTE;
	process->mapping[1].address = (20 + pages) * PAGE;
	process->mapping[1].pages = 3;
	process->mapping[1].rights = RTOS_RIGHT_READ | RTOS_RIGHT_WRITE;
	process->mapping[2].address = (30 + pages) * PAGE;
	process->mapping[2].pages = 1;
	process->mapping[2].rights = RTOS_RIGHT_READ;
	processes[store + 1] = *process;
	processes[store + 1].mapping[3].address = 1000 * PAGE; /* its start page */
	processes[store + 1].mapping[3].pages = 1;
	processes[store + 1].mapping[3].rights = RTOS_RIGHT_READ;
	all.child[program].version.store = store;
	all.child[program].its.process = store + 1;
	all.child[program].policy.state = POLICY_RUNS;
}

static void begin(void)
{
	memset(&all, 0, sizeof(all));
	all.manifest = &manifest;
	memset(&match, 0, sizeof(match));
	open_handles = 0;
	looked = 0;
}

const struct unit_fixture unit_each = {begin, NULL};

static uint32_t look(uint32_t steps)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < steps && found == 0; i++) {
		found = match_step(&match, &all);
		assert_int_equal(open_handles, 0);
	}
	return found;
}

TEST(test_nothing)
{
	assert_int_equal(look(100), 0);
	assert_int_equal(looked, 0);
}

/*
 * Nine pages make three pieces. Then come one piece of constants, and the other program's two
 * pieces.
 */
TEST(test_each_byte_once)
{
	run(ONE, STORE, 9);
	run(OTHER, OTHERS_STORE, 4);
	for (uint64_t round = 1; round <= 3; round++) {
		assert_int_equal(look(6), 0);
		assert_int_equal(looked, round * (9 + 1 + 4 + 1) * PAGE);
	}
}

/* Damage of each page, in the version or in its store, is found within a round. */
TEST(test_damage)
{
	static const uint64_t pages[] = {16, 19, 20, 24, 39};

	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		for (uint32_t which = STORE; which <= VERSION; which++) {
			begin();
			run(ONE, STORE, 9);
			processes[which].damaged = pages[i] * PAGE + 123;
			assert_int_equal(look(4), ONE);
		}
	begin();
	run(ONE, STORE, 9);
	processes[VERSION].damaged = 30 * PAGE; /* variables */
	assert_int_equal(look(100), 0);
}

/*
 * Nothing is compared for a former version that ends, a program without a process, and regions that
 * can't be read.
 */
TEST(test_no_other_memory)
{
	run(ONE, STORE, 9);
	processes[VERSION].damaged = 16 * PAGE;
	all.child[ONE].policy.state = POLICY_ENDS;
	assert_int_equal(look(100), 0);
	all.child[ONE].policy.state = POLICY_RUNS;
	all.child[ONE].its.process = 0;
	assert_int_equal(look(100), 0);
	assert_int_equal(looked, 0);
	all.child[ONE].its.process = VERSION;
	processes[VERSION].closed = true;
	assert_int_equal(look(100), 0);
	processes[VERSION].closed = false;
	processes[VERSION].mapping[0].pages = 8; /* another mapping is there */
	assert_int_equal(look(100), 0);
	processes[VERSION].mapping[0].pages = 9;
	assert_int_equal(look(4), ONE);
}

/* ---- slots ---- */

/* A process of the slot, with nine pages of text: three pieces. */
static struct process *load(void)
{
	run(SLOT, STORE, 9);
	all.child[SLOT].version.store = 0;
	all.child[SLOT].entry = 18 * PAGE + 4;
	all.child[SLOT].starts++;
	return &processes[VERSION];
}

/* Damage of the text is found in each piece. Damage of variables and constants isn't found. */
TEST(test_damage_in_a_slot)
{
	static const uint64_t pages[] = {16, 19, 20, 24};

	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		struct process *process;

		begin();
		process = load();
		assert_int_equal(look(3 * 3), 0);
		process->damaged = 30 * PAGE;
		assert_int_equal(look(3 * 3), 0);
		process->damaged = 39 * PAGE;
		assert_int_equal(look(3 * 3), 0);
		process->damaged = pages[i] * PAGE + 123;
		assert_int_equal(look(2 * 3), SLOT);
	}
}

/* The next program in the slot has text of its own, also in the middle of a look. */
TEST(test_next_in_a_slot)
{
	for (uint32_t steps = 3; steps <= 6; steps++) {
		struct process *process = load();

		process->damaged = 24 * PAGE * (steps % 2);
		assert_int_equal(look(steps), 0);
	}
}

/* A program replaces its own code by as much other code. That isn't looked at. */
TEST(test_own_code_in_a_slot)
{
	struct process *process = load();

	process->mapping[2].rights |= RTOS_RIGHT_EXECUTE;
	assert_int_equal(look(9), 0);
	process->damaged = 39 * PAGE;
	assert_int_equal(look(9), 0);
	process->damaged = 24 * PAGE;
	assert_int_equal(look(9), SLOT);
}

/* Text couldn't be read, or isn't executed any more. Then the earlier look counts no more. */
TEST(test_other_text_in_a_slot)
{
	struct process *process = load();

	process->closed = true;
	assert_int_equal(look(7), 0);
	process->closed = false;
	assert_int_equal(look(7), 0);
	process->mapping[0].rights &= ~(uint64_t)RTOS_RIGHT_EXECUTE;
	assert_int_equal(look(7), 0);
	process->mapping[0].address += 5 * PAGE; /* the entry isn't in it */
	process->mapping[0].rights |= RTOS_RIGHT_EXECUTE;
	assert_int_equal(look(7), 0);
	process->mapping[0].address -= 5 * PAGE;
	assert_int_equal(look(7), 0);
	process->damaged = 24 * PAGE;
	assert_int_equal(look(8), SLOT);
	all.child[SLOT].policy.state = POLICY_ENDS;
	assert_int_equal(look(8), 0);
}

/* A slot's program and a later version are both looked at. */
TEST(test_slot_and_version)
{
	struct process *slot = load();

	run(OTHER, OTHERS_STORE, 4);
	assert_int_equal(look(20), 0);
	processes[OTHERS_VERSION].damaged = 16 * PAGE;
	assert_int_equal(look(10), OTHER);
	processes[OTHERS_VERSION].damaged = 0;
	slot->damaged = 16 * PAGE;
	assert_int_equal(look(10), SLOT);
}
