/*
 * The process with which a version begins: the one that was laid out for it, and for no other.
 *
 * Shows: rtos.replace.
 */
#include <lib/rtosimage.h>
#include <rtos/svc.h>
#include <servers/supervisor/version.h>
#include <stdint.h>
#include <unit.h>

#define REPLACED 0u /* the program that a new version is prepared for */
#define OTHER    1u

enum { FORMER = 11, NEW = 12, OTHERS = 13 }; /* stores */

static struct rtos_program programs[2];
static struct rtos_manifest_program manifest[2];
static struct children all;
static rtos_handle_t laid_out; /* the last process */
static uint32_t reaps;         /* reaps of laid out processes */

/* ---- the kernel and the image ---- */

const struct rtos_program *rtosimage_programs(const struct rtos_image *image)
{
	(void)image;
	return programs;
}

const struct rtos_manifest_program *rtosmanifest_programs(const struct rtos_manifest *own)
{
	(void)own;
	return manifest;
}

/* A store's mappings are at their end at once. */
void sys_svc(struct sys_registers *call)
{
	call->x[8] = RTOS_GONE;
}

enum rtos_status sys_do(enum rtos_call number, rtos_handle_t handle, uint64_t x0, uint64_t x1,
                        uint64_t x2, uint64_t x3, uint64_t x4, uint64_t *made)
{
	reaps += number == RTOS_PROCESS_REAP && handle > 100;
	(void)x0;
	(void)x1;
	(void)x2;
	(void)x3;
	(void)x4;
	(void)made;
	return RTOS_OK;
}

uint64_t rtosimage_pages(const struct rtos_program *program)
{
	(void)program;
	return 1;
}

enum rtos_status spawn_begin(struct spawn *spawn, uint64_t pages, uint8_t priority_limit)
{
	(void)pages;
	(void)priority_limit;
	spawn->process = ++laid_out;
	return RTOS_OK;
}

enum rtos_status spawn_place(struct spawn *spawn, uint64_t address, const void *from, uint64_t size,
                             uint64_t memory, uint32_t rights)
{
	(void)spawn;
	(void)address;
	(void)from;
	(void)size;
	(void)memory;
	(void)rights;
	return RTOS_OK;
}

void spawn_undo(struct spawn *spawn)
{
	(void)spawn;
}

/* ---- the tests ---- */

static rtos_handle_t begun(uint32_t number)
{
	struct spawn spawn = {.strict = false};

	assert_int_equal(version_begin(&all, number, &spawn), RTOS_OK);
	return spawn.process;
}

static rtos_handle_t prepared(void)
{
	struct version version = {.store = NEW};

	assert_int_equal(version_prepare(&all, REPLACED, &version), RTOS_OK);
	return laid_out;
}

static void set_up(void)
{
	version_unprepare();
	laid_out = 100;
	reaps = 0;
	all.child[REPLACED].version.store = FORMER;
	all.child[OTHER].version.store = OTHERS;
}

const struct unit_fixture unit_each = {set_up, NULL};

TEST(test_the_new_version_takes_its_process)
{
	rtos_handle_t process = prepared();

	all.child[REPLACED].version.store = NEW; /* the switch */
	assert_int_equal(begun(REPLACED), process);
	assert_int_equal(begun(REPLACED), process + 1);
}

/* While the new version waits for the former one to be quiet, programs end and are started. */
TEST(test_other_starts_leave_the_process)
{
	rtos_handle_t process = prepared();

	assert_int_equal(begun(OTHER), process + 1);
	assert_int_equal(begun(REPLACED), process + 2); /* the former version */
	all.child[REPLACED].version.store = NEW;
	assert_int_equal(begun(REPLACED), process);
}

TEST(test_taken_back)
{
	rtos_handle_t process = prepared();

	version_unprepare();
	all.child[REPLACED].version.store = NEW;
	assert_int_equal(begun(REPLACED), process + 1);
}

TEST(test_dropped_before_it_began)
{
	const struct version former = {.store = FORMER}, new = {.store = NEW};
	rtos_handle_t process;

	(void)prepared();
	version_drop(&former);
	assert_int_equal(reaps, 0);
	version_drop(&new);
	assert_int_equal(reaps, 1);
	version_drop(&new);
	assert_int_equal(reaps, 1);
	process = prepared(); /* another process, whose store has the same handle */
	all.child[REPLACED].version.store = NEW;
	assert_int_equal(begun(REPLACED), process);
	version_drop(&new);
	assert_int_equal(reaps, 1);
}
