/*
 * Windows, doorbells, watchdogs and managers' signals: where they lie, which numbers they get, and
 * what each side's device tree says of them. The description is
 * tests/descriptions/good/windows.dts.
 */
#include <host/model.h>
#include <libfdt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <unit/tools/tree_expect.h>

static const char *const windows_dirs[] = {"frame/board/qemu-virt"};
static const struct model_options windows_options = {.include_dirs = windows_dirs,
                                                     .include_dir_count = 1};
static struct model *model;
static struct guest_tree tree;

/* In start order: 'right' says that it comes last. */
enum { LEFT, MONITOR, RIGHT };

static void set_up(void)
{
	model = model_load("tests/descriptions/good/windows.dts", &windows_options, stderr);
	assert_non_null(model);
}

static void tear_down(void)
{
	free(tree.blob);
	tree = (struct guest_tree){0};
	model_free(model);
}

TEST_WITH(test_memory, set_up, tear_down)
{
	const struct model_window *pipe = &model->windows[0], *large = &model->windows[1];

	assert_int_equal(model->window_count, 2);
	assert_string_equal(pipe->name, "pipe");
	assert_int_equal(pipe->size, 0x10000);
	/* Outside of everything else. */
	assert_true(pipe->pa + pipe->size <= model->image_base ||
	            pipe->pa >= model->memory_base + model->memory_size);
	for (size_t i = 0; i < model->partition_count; i++) {
		const struct model_memory *memory = &model->partitions[i].memory[0];

		assert_true(pipe->pa + pipe->size <= memory->pa ||
		            pipe->pa >= memory->pa + memory->size);
		assert_true(large->pa + large->size <= memory->pa ||
		            large->pa >= memory->pa + memory->size);
	}
	assert_int_equal(large->pa, 0x60000000);
	assert_int_equal(large->size, 4 << 20);
}

TEST_WITH(test_views, set_up, tear_down)
{
	const struct model_window *pipe = &model->windows[0], *large = &model->windows[1];

	assert_int_equal(pipe->member_count, 3);
	assert_int_equal(pipe->members[0].partition, LEFT);
	assert_int_equal(pipe->members[0].ipa, 0x50000000);
	assert_false(pipe->members[0].read_only);
	/* Something else is seen where they lie: behind 1 GiB at 0x40000000. */
	assert_int_equal(pipe->members[1].partition, RIGHT);
	assert_int_equal(pipe->members[1].ipa, 0x80000000);
	assert_int_equal(pipe->members[2].partition, MONITOR);
	assert_int_equal(pipe->members[2].ipa, pipe->pa);
	assert_true(pipe->members[2].read_only);
	assert_int_equal(large->members[0].partition, RIGHT);
	assert_int_equal(large->members[0].ipa, 0x80200000);
	assert_int_equal(large->members[1].ipa, 0x60000000);
}

static void expect_doorbell(size_t index, uint32_t from, uint32_t to, uint32_t window)
{
	const struct model_doorbell *bell = &model->doorbells[index];

	assert_int_equal(bell->from, from);
	assert_int_equal(bell->to, to);
	assert_int_equal(bell->window, window);
}

TEST_WITH(test_doorbells, set_up, tear_down)
{
	assert_int_equal(model->doorbell_count, 8);
	expect_doorbell(0, LEFT, RIGHT, 0);
	expect_doorbell(1, LEFT, MONITOR, 0);
	expect_doorbell(2, RIGHT, LEFT, 0);
	expect_doorbell(3, RIGHT, MONITOR, 0);
	expect_doorbell(4, MONITOR, LEFT, 0);
	expect_doorbell(5, MONITOR, RIGHT, 0);
	expect_doorbell(6, MONITOR, LEFT, MODEL_NO_WINDOW);
	expect_doorbell(7, MONITOR, RIGHT, MODEL_NO_WINDOW);
	assert_string_equal(model->doorbells[7].name, "wake");
}

/* All numbers of one partition differ, and none belongs to the board. */
TEST_WITH(test_interrupts, set_up, tear_down)
{
	for (uint32_t i = 0; i < model->partition_count; i++) {
		const struct model_partition *p = &model->partitions[i];
		uint32_t numbers[16] = {33, 34, p->watchdog_intid, p->manager_intid}, count = 4;

		for (size_t j = 0; j < model->doorbell_count; j++)
			if (model->doorbells[j].to == i)
				numbers[count++] = model->doorbells[j].intid;
		for (uint32_t a = 2; a < count; a++) {
			assert_true(numbers[a] == 0 || (numbers[a] > 79 && numbers[a] < 128));
			for (uint32_t b = 0; b < a; b++)
				assert_true(numbers[a] == 0 || numbers[a] != numbers[b]);
		}
	}
}

TEST_WITH(test_watchdogs_and_managers, set_up, tear_down)
{
	assert_true(model->partitions[LEFT].watchdog_ipa == 0x9040000);
	assert_int_not_equal(model->partitions[LEFT].watchdog_intid, 0);
	assert_int_equal(model->partitions[RIGHT].watchdog_ipa, 0);
	assert_int_equal(model->partitions[RIGHT].watchdog_intid, 0);
	assert_int_equal(model->partitions[LEFT].life.manages, 1 << RIGHT);
	assert_int_not_equal(model->partitions[LEFT].manager_intid, 0);
	assert_int_equal(model->partitions[MONITOR].manager_intid, 0);
}

/* ---- device trees ---- */

static void make(uint32_t partition)
{
	free(tree.blob);
	assert_true(
	    guest_tree_make(model, &model->partitions[partition], &tree, &(struct complaints){0}));
	assert_int_equal(fdt_check_full(tree.blob, tree.size), 0);
}

TEST_WITH(test_trees_of_both_sides, set_up, tear_down)
{
	const char *window = "/window@50000000";
	int size;

	make(LEFT);
	EXPECT_TEXTS(window, "compatible", "kumiki,window-1.0");
	EXPECT_TEXTS(window, "label", "pipe");
	EXPECT_CELLS(window, "reg", 0, 0x50000000, 0, 0x10000);
	EXPECT_TEXTS(window, "kumiki,peers", "right\0monitor");
	EXPECT_CELLS(window, "kumiki,rings", 0, 1);
	EXPECT_CELLS(window, "interrupts", 0, model->doorbells[2].intid - 32, 1, 0,
	             model->doorbells[4].intid - 32, 1);
	assert_null(tree_value(&tree, window, "kumiki,read-only", &size));
	assert_non_null(tree_value(&tree, "/window@60000000", "kumiki,read-only", &size));
	assert_null(tree_value(&tree, "/window@60000000", "kumiki,rings", &size));
	EXPECT_CELLS("/watchdog@9040000", "reg", 0, 0x9040000, 0, 0x1000, 0, 0x9041000, 0, 0x1000);
	EXPECT_CELLS("/watchdog@9040000", "interrupts", 0,
	             model->partitions[LEFT].watchdog_intid - 32, 4);
	EXPECT_TEXTS("/hypervisor/manager", "kumiki,manages", "right");
	EXPECT_CELLS("/hypervisor/manager", "interrupts", 0,
	             model->partitions[LEFT].manager_intid - 32, 1);

	make(RIGHT);
	EXPECT_TEXTS("/window@80000000", "kumiki,peers", "left\0monitor");
	EXPECT_CELLS("/window@80000000", "kumiki,rings", 2, 3);
	EXPECT_CELLS("/window@80000000", "interrupts", 0, model->doorbells[0].intid - 32, 1, 0,
	             model->doorbells[5].intid - 32, 1);
	assert_true(fdt_path_offset(tree.blob, "/watchdog@9040000") < 0);
	assert_true(fdt_path_offset(tree.blob, "/hypervisor/manager") < 0);
}

TEST_WITH(test_trees_of_doorbells_alone, set_up, tear_down)
{
	int size;

	make(MONITOR);
	EXPECT_TEXTS("/doorbell-6", "compatible", "kumiki,doorbell-1.0");
	EXPECT_TEXTS("/doorbell-6", "label", "wake");
	EXPECT_TEXTS("/doorbell-6", "kumiki,peers", "left");
	EXPECT_CELLS("/doorbell-6", "kumiki,rings", 6);
	assert_null(tree_value(&tree, "/doorbell-6", "interrupts", &size));
	EXPECT_CELLS("/doorbell-7", "kumiki,rings", 7);
	make(RIGHT);
	EXPECT_TEXTS("/doorbell-7", "kumiki,peers", "monitor");
	EXPECT_CELLS("/doorbell-7", "interrupts", 0, model->doorbells[7].intid - 32, 1);
	assert_null(tree_value(&tree, "/doorbell-7", "kumiki,rings", &size));
	assert_true(fdt_path_offset(tree.blob, "/doorbell-6") < 0);
}

/* What a guest is to find is never at 0, though that is the first free address. The manager has a
 * window whose own address it sees as something else, and black boxes. */
TEST(test_where_ram_begins_at_zero)
{
	struct model *zero =
	    model_load("tests/descriptions/second-board/ram-at-zero.dts", &windows_options, stderr);

	assert_non_null(zero);
	assert_int_equal(zero->board.ram_base, 0);
	/* Its tree has them in another order. */
	assert_true(zero->board.virtio_base == 0xa0000000 && zero->board.virtio_slots == 8);
	assert_int_equal(zero->windows[0].pa, 0x70000000);
	assert_int_equal(zero->windows[0].members[0].ipa, BUNDLE_ALIGN);
	assert_int_equal(zero->windows[0].members[1].ipa, 0x70000000);
	assert_int_equal(zero->partitions[0].blackbox_ipa, BUNDLE_ALIGN + zero->windows[0].size);
	model_free(zero);
}

/* A watcher reads at the physical address, or where nothing of its own is. Shows: watch.memory. */
TEST(test_what_is_watched)
{
	struct model *watch =
	    model_load("tests/descriptions/good/watch.dts", &windows_options, stderr);
	const struct model_partition *watcher;

	assert_non_null(watch);
	watcher = &watch->partitions[0];
	assert_int_equal(watcher->watches, 1);
	assert_int_equal(watcher->watched_ipa[0], 0x40000000); /* 0x60000000 is its own memory */
	assert_int_equal(watcher->watched_ipa[1], 0x80000000);
	assert_int_equal(watcher->watch_ipa, 0x41000000);
	assert_int_equal(watch->partitions[1].watch_ipa, 0);
	free(tree.blob);
	assert_true(guest_tree_make(watch, watcher, &tree, &(struct complaints){0}));
	EXPECT_TEXTS("/watched@41000000", "compatible", "kumiki,watched-1.0");
	EXPECT_TEXTS("/watched@41000000", "label", "watched");
	EXPECT_CELLS("/watched@41000000", "reg", 0, 0x41000000, 0, 0x1000, 0, 0x40000000, 0,
	             0x1000000, 0, 0x80000000, 0, 0x400000);
	EXPECT_CELLS("/watched@41000000", "kumiki,places", 0, 0x40000000, 0, 0x80000000);
	free(tree.blob);
	tree = (struct guest_tree){0};
	model_free(watch);
}
