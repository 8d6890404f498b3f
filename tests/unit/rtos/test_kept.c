/*
 * Memory that outlives the kernel: pieces by their places, and what the next kernel takes over.
 *
 * Shows: rtos.kernel-kept.
 */
#include "world.h"

#include <kernel/kept.h>
#include <string.h>
#include <unit.h>

#define RANGE_ORDER 5u
#define RANGE       (1u << RANGE_ORDER)
#define PAGES       3u
#define PLACE       7u

static struct thread *thread;
static struct kept header;
static char *range;

static void begin(void)
{
	thread = world_begin(300, 1, 100);
	sched_choose(&cpus[0]);
	range = memory_at(pool_take(&process_first->pool, RANGE_ORDER));
	header = (struct kept){
	    .kernel = 1, .tree = 2, .at = memory_pa(range).at, .pages = RANGE, .image_crc = 3};
	kept_begin((struct kept *)(void *)range, &header);
}

static void end(void)
{
	kept = NULL;
	world_end();
}

static uint64_t ask(uint64_t pages, uint64_t place)
{
	return world_call(RTOS_REGION_KEPT, RTOS_HANDLE_MACHINE, pages, place, 0, 0, 0);
}

static struct region *asked(bool found)
{
	uint64_t handle = thread->registers.x[0];

	assert_int_equal(thread->registers.x[1], found);
	return (struct region *)handle_at(&process_first->handles, handle)->object;
}

static char *bytes_of(const struct region *region)
{
	return memory_at(region->first);
}

static void let_go(void)
{
	uint64_t handle = thread->registers.x[0];

	assert_int_equal(world_call(RTOS_DESTROY, handle, 0, 0, 0, 0, 0), RTOS_OK);
}

TEST(test_found_again)
{
	struct region *region;
	char *bytes;

	begin();
	assert_int_equal(ask(PAGES, PLACE), RTOS_OK);
	region = asked(false);
	assert_int_equal(region->pages, PAGES);
	bytes = bytes_of(region);
	for (uint64_t i = 0; i < PAGES * PAGE_SIZE; i++)
		assert_int_equal(bytes[i], 0);
	memset(bytes, 0x5a, PAGES * PAGE_SIZE);
	let_go();
	assert_int_equal(ask(PAGES, PLACE), RTOS_OK);
	assert_ptr_equal(bytes_of(asked(true)), bytes);
	assert_int_equal(bytes[PAGES * PAGE_SIZE - 1], 0x5a);
	end();
}

TEST(test_refused)
{
	uint64_t handle;

	begin();
	assert_int_equal(ask(0, PLACE), RTOS_BAD_ARGUMENT);
	assert_int_equal(ask(1, KEPT_PIECES), RTOS_BAD_ARGUMENT);
	assert_int_equal(ask(1, ~0ULL), RTOS_BAD_ARGUMENT);
	assert_int_equal(ask(RANGE - KEPT_OWN + 1, PLACE), RTOS_NO_MEMORY);
	assert_int_equal(ask(~0ULL, PLACE), RTOS_NO_MEMORY);
	assert_int_equal(ask(RANGE - KEPT_OWN, PLACE), RTOS_OK);
	handle = thread->registers.x[0];
	assert_int_equal(ask(RANGE - KEPT_OWN, PLACE), RTOS_BUSY);
	assert_int_equal(ask(1, PLACE), RTOS_BAD_ARGUMENT);
	assert_int_equal(ask(1, PLACE + 1), RTOS_NO_MEMORY);
	assert_int_equal(world_call(RTOS_REGION_CREATE, handle, RANGE, 0, 0, 0, 0), RTOS_DENIED);
	end();
}

TEST(test_nothing_is_kept)
{
	begin();
	kept = NULL;
	assert_int_equal(ask(PAGES, PLACE), RTOS_NO_MEMORY);
	assert_int_equal(world_call(RTOS_REGION_KEPT, RTOS_HANDLE_PROCESS, 1, 0, 0, 0, 0),
	                 RTOS_BAD_HANDLE);
	end();
}

/* The next kernel's first look. */
static const char *resume(void)
{
	kept = NULL;
	return kept_resume((struct kept *)(void *)range, &header);
}

static void leave(uint64_t counter)
{
	const struct rtos_kernel_crash crash = {.starts = 1, .counter = counter};

	assert_true(kept_leave(&crash));
}

TEST(test_next_kernel)
{
	begin();
	assert_int_equal(ask(PAGES, PLACE), RTOS_OK);
	memset(bytes_of(asked(false)), 0x5a, PAGES * PAGE_SIZE);
	let_go();
	leave(5);
	assert_null(resume());
	assert_int_equal(kept->last.counter, 5);
	assert_int_equal(ask(PAGES, PLACE), RTOS_OK);
	assert_int_equal(bytes_of(asked(true))[PAGES * PAGE_SIZE - 1], 0x5a);
	assert_int_equal(ask(1, 0), RTOS_OK);
	assert_ptr_equal(bytes_of(asked(false)), range + (KEPT_OWN + PAGES) * PAGE_SIZE);
	assert_non_null(resume()); /* nobody left it */
	end();
}

TEST(test_each_damaged_bit)
{
	begin();
	assert_int_equal(ask(PAGES, PLACE), RTOS_OK);
	leave(5);
	for (uint32_t bit = 0; bit < 8 * sizeof(struct kept); bit++) {
		range[bit / 8] ^= (char)(1 << bit % 8);
		assert_non_null(resume());
		range[bit / 8] ^= (char)(1 << bit % 8);
	}
	for (uint32_t bit = 0; bit < 8 * sizeof(struct kept_piece); bit++) {
		char *byte = range + PAGE_SIZE + PLACE * sizeof(struct kept_piece) + bit / 8;

		*byte ^= (char)(1 << bit % 8);
		assert_non_null(resume());
		*byte ^= (char)(1 << bit % 8);
	}
	assert_null(resume());
	end();
}

/* The kernel crashed while it made a piece: at first nothing of the entry is written, then some
 * bytes, then all but the state. */
TEST(test_crash_while_made)
{
	const size_t at = offsetof(struct kept_piece, state);
	struct kept_piece *piece, whole;

	begin();
	assert_int_equal(ask(PAGES, 0), RTOS_OK);
	let_go();
	assert_int_equal(ask(PAGES, PLACE), RTOS_OK);
	let_go();
	piece = (struct kept_piece *)(void *)(range + PAGE_SIZE);
	whole = piece[PLACE];
	for (size_t written = 0; written <= sizeof(whole); written++) {
		memset(&piece[PLACE], 0, sizeof(whole));
		memcpy(&piece[PLACE], &whole, written);
		memset((char *)&piece[PLACE] + at, 0, sizeof(whole.state));
		leave((written + 1) * KEPT_SECONDS * machine_hz());
		assert_null(resume());
		assert_int_equal(ask(PAGES, 0), RTOS_OK);
		(void)asked(true);
		let_go();
		assert_int_equal(ask(PAGES, PLACE), RTOS_OK);
		assert_ptr_equal(bytes_of(asked(false)), range + (KEPT_OWN + PAGES) * PAGE_SIZE);
		let_go();
	}
	end();
}

/* A piece is filled by one store, before and behind which the entry is right. */
TEST(test_crash_while_filled)
{
	struct kept_piece *piece;
	struct kept_piece filled;

	begin();
	assert_int_equal(ask(PAGES, PLACE), RTOS_OK);
	piece = (struct kept_piece *)(void *)(range + PAGE_SIZE) + PLACE;
	filled = *piece;
	piece->state = KEPT_FRESH;
	memset(bytes_of(asked(false)), 0x5a, PAGES * PAGE_SIZE);
	let_go();
	leave(5);
	assert_null(resume());
	assert_int_equal(ask(PAGES, PLACE), RTOS_OK);
	assert_int_equal(bytes_of(asked(false))[0], 0);
	assert_memory_equal(piece, &filled, sizeof(filled));
	end();
}

TEST(test_pieces_overlap)
{
	struct kept_piece *piece;

	begin();
	assert_int_equal(ask(PAGES, PLACE), RTOS_OK);
	piece = (struct kept_piece *)(void *)(range + PAGE_SIZE);
	piece[PLACE + 1] = piece[PLACE];
	leave(5);
	assert_non_null(resume());
	end();
}

TEST(test_another_image)
{
	begin();
	leave(5);
	header.image_crc++;
	assert_non_null(resume());
	header.image_crc--;
	header.tree_crc++;
	assert_non_null(resume());
	end();
}

/* Three in a minute. */
TEST(test_too_many_crashes)
{
	const uint64_t second = machine_hz();
	struct rtos_kernel_crash crash = {.counter = 1};

	begin();
	for (uint32_t i = 0; i < KEPT_CRASHES; i++, crash.counter += second)
		assert_true(kept_leave(&crash));
	assert_false(kept_leave(&crash));
	crash.counter += KEPT_SECONDS * second;
	assert_true(kept_leave(&crash));
	end();
}
