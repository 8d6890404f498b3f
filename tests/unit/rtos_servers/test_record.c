/*
 * A supervisor's record for its successor: the last written state is found again, each program's
 * apart from all others'. Also the handles in it, and those that the successor doesn't take back.
 *
 * Shows: rtos.kept.
 */
#include <proto/recover.h>
#include <servers/supervisor/record.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define PROGRAMS 5

static struct children *new_children(void)
{
	struct children *all = calloc(1, sizeof(*all));

	assert_non_null(all);
	return all;
}

static uint8_t *new_memory(void)
{
	uint8_t *memory = calloc(RECOVER_PAGES(PROGRAMS), RTOS_PAGE_SIZE);

	assert_non_null(memory);
	return memory;
}

/*
 * Makes the record of a supervisor that has made everything, and runs each program as process 100 +
 * number.
 */
static struct children *new_supervisor(uint8_t *memory)
{
	struct children *all = new_children();

	assert_int_equal(record_open_objects(all, memory), KEEP_NOTHING);
	all->objects.ports[0] = 20;
	all->objects.port = 21;
	all->objects.registers[1][2] = 22;
	all->objects.keeps[3] = 23;
	all->objects.dma[4] = 24;
	keep_write(&all->objects_record, &all->objects);
	for (uint32_t i = 0; i < PROGRAMS; i++) {
		assert_int_equal(record_open_child(all, memory, i), KEEP_NOTHING);
		all->child[i].its.process = 100 + i;
		all->child[i].its.interrupts[0] = (uint16_t)(200 + i);
		all->child[i].its.interrupt_count = 1;
		all->child[i].its.text[1] = 300 + i;
		all->child[i].version.store = 400 + i;
		all->child[i].version.keep = 500 + i;
		all->child[i].starts = 7;
		keep_write(&all->records[i], &all->child[i]);
	}
	return all;
}

/* Shows: rtos.supervisor. */
TEST(test_a_successor_finds_the_record)
{
	uint8_t *memory = new_memory();
	struct children *left = new_supervisor(memory), *found = new_children();

	assert_int_equal(record_open_objects(found, memory), KEEP_FOUND);
	assert_memory_equal(&found->objects, &left->objects, sizeof(left->objects));
	for (uint32_t i = 0; i < PROGRAMS; i++) {
		assert_int_equal(record_open_child(found, memory, i), KEEP_FOUND);
		assert_memory_equal(&found->child[i], &left->child[i], sizeof(left->child[i]));
	}
	free(found);
	free(left);
	free(memory);
}

/*
 * A start that was begun and isn't recorded as done has no asking program: that program asks again.
 */
TEST(test_a_start_that_was_begun)
{
	uint8_t *memory = new_memory();
	struct children *left = new_supervisor(memory), *found = new_children();

	for (uint32_t i = 0; i < 2; i++) {
		left->child[i].policy.state = i == 0 ? POLICY_STARTS : POLICY_RUNS;
		left->child[i].call = 1000 + i;
		keep_write(&left->records[i], &left->child[i]);
	}
	for (uint32_t i = 0; i < 2; i++)
		assert_int_equal(record_open_child(found, memory, i), KEEP_FOUND);
	assert_int_equal(found->child[0].call, 0);
	assert_int_equal(found->child[1].call, 1001);
	free(found);
	free(left);
	free(memory);
}

/* The last of the programs fits, and no record reaches into the next one. */
TEST(test_a_damaged_record_concerns_one_program)
{
	uint8_t *memory = new_memory();
	struct children *left = new_supervisor(memory), *found = new_children();

	memset(memory + RECOVER_OBJECTS_SIZE + RECOVER_WORDS_SIZE + 2 * RECOVER_PROGRAM_SIZE, 0x5a,
	       RECOVER_PROGRAM_SIZE);
	assert_int_equal(record_open_objects(found, memory), KEEP_FOUND);
	for (uint32_t i = 0; i < PROGRAMS; i++) {
		found->child[i].its.process = 77; /* of no program */
		assert_int_equal(record_open_child(found, memory, i),
		                 i == 2 ? KEEP_DAMAGED : KEEP_FOUND);
		assert_int_equal(found->child[i].its.process, i == 2 ? 0 : 100 + i);
	}
	free(found);
	free(left);
	free(memory);
}

static bool is_known(uint32_t handle)
{
	return handle == RTOS_HANDLE_PROCESS ||
	       (handle >= RTOS_HANDLE_MACHINE && handle <= RECOVER_INIT) ||
	       (handle >= 20 && handle <= 24) || (handle >= 100 && handle < 100 + PROGRAMS) ||
	       (handle >= 200 && handle < 200 + PROGRAMS) ||
	       (handle >= 300 && handle < 300 + PROGRAMS) ||
	       (handle >= 400 && handle < 400 + PROGRAMS) ||
	       (handle >= 500 && handle < 500 + PROGRAMS);
}

/* Shows: rtos.supervisor. */
TEST(test_named_handles)
{
	uint8_t *memory = new_memory();
	struct children *left = new_supervisor(memory);
	struct record_names names;

	record_names(left, &names);
	for (uint32_t handle = 1; handle < RECORD_HANDLES; handle++)
		assert_int_equal(record_is_named(&names, handle), is_known(handle));
	assert_false(record_is_named(&names, RECORD_HANDLES));
	free(left);
	free(memory);
}
