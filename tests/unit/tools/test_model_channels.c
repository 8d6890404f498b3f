/*
 * Channels: their ends' addresses, interrupts and MAC addresses, and what each side's device tree
 * says of them. The description is tests/descriptions/good/channels.dts.
 */
#include <host/model.h>
#include <libfdt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <unit/tools/tree_expect.h>

static const char *const channels_dirs[] = {"frame/board/qemu-virt"};
static const struct model_options channels_options = {.include_dirs = channels_dirs,
                                                      .include_dir_count = 1};
static struct model *model;

/* In start order: 'right' says that it comes last. */
enum { LEFT, THIRD, RIGHT };

static void set_up(void)
{
	model = model_load("tests/descriptions/good/channels.dts", &channels_options, stderr);
	assert_non_null(model);
}

static void tear_down(void)
{
	model_free(model);
}

const struct unit_fixture unit_all = {set_up, tear_down};

TEST(test_ends)
{
	const struct model_channel *lan = &model->channels[0], *cable = &model->channels[1],
	                           *wire = &model->channels[2];

	assert_int_equal(model->channel_count, 3);
	assert_string_equal(lan->name, "lan");
	assert_int_equal(lan->kind, BUNDLE_NETWORK);
	assert_int_equal(lan->end_count, 3);
	assert_int_equal(lan->ends[0].partition, LEFT);
	assert_int_equal(lan->ends[1].partition, RIGHT);
	assert_int_equal(lan->ends[2].partition, THIRD);
	assert_int_equal(cable->end_count, 2);
	assert_int_equal(cable->ends[0].partition, RIGHT);
	assert_int_equal(cable->ends[1].partition, LEFT);
	assert_int_equal(wire->kind, BUNDLE_CHANNEL_CONSOLE);
	assert_int_equal(wire->end_count, 2);
	assert_int_equal(wire->ends[0].partition, THIRD);
	assert_int_equal(wire->ends[1].partition, LEFT);
}

/* Outside of the board's RAM and devices, and of the partition's memory. */
TEST(test_places)
{
	const struct bundle_board *board = &model->board;

	for (size_t i = 0; i < model->channel_count; i++)
		for (size_t j = 0; j < model->channels[i].end_count; j++) {
			const struct model_end *end = &model->channels[i].ends[j];

			assert_int_equal(end->ipa % 0x10000, 0);
			assert_true(end->ipa < board->ram_base ||
			            end->ipa >= board->ram_base + board->ram_size);
			assert_true(end->ipa >= board->virtio_base + 0x4000 ||
			            end->ipa < board->virtio_base);
			assert_true(end->intid >= BUNDLE_SPI_FIRST);
			assert_int_not_equal(end->intid,
			                     model->partitions[end->partition].watchdog_intid);
		}
	/* Of one partition, apart from each other. */
	assert_true(model->channels[0].ends[0].ipa != model->channels[1].ends[1].ipa);
	assert_true(model->channels[0].ends[0].intid != model->channels[1].ends[1].intid);
}

/* They are those of this description for ever, locally administered, and each is another one; but
 * one is given. */
TEST(test_mac_addresses)
{
	const struct model_end *ends = model->channels[0].ends;
	struct model *again =
	    model_load("tests/descriptions/good/channels.dts", &channels_options, stderr);

	assert_non_null(again);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(ends[i].mac[0], 2);
		assert_memory_equal(ends[i].mac, again->channels[0].ends[i].mac, BUNDLE_MAC_SIZE);
		assert_memory_not_equal(ends[i].mac, ends[(i + 1) % 3].mac, BUNDLE_MAC_SIZE);
	}
	assert_memory_not_equal(ends[0].mac, model->channels[1].ends[1].mac, BUNDLE_MAC_SIZE);
	assert_memory_equal(model->channels[1].ends[1].mac,
	                    ((uint8_t[BUNDLE_MAC_SIZE]){2, 0, 0x5e, 0, 0, 1}), BUNDLE_MAC_SIZE);
	assert_memory_equal(model->channels[2].ends[0].mac, ((uint8_t[BUNDLE_MAC_SIZE]){0}),
	                    BUNDLE_MAC_SIZE);
	model_free(again);
}

static uint64_t number_at(const struct guest_tree *tree, int node, const char *name, int cell)
{
	int length = 0;
	const fdt32_t *value = fdt_getprop(tree->blob, node, name, &length);

	assert_non_null(value);
	assert_true(length >= 4 * (cell + 1));
	return fdt32_to_cpu(value[cell]);
}

/* A node of virtio-mmio's binding for each end, and for nothing else. */
TEST(test_trees)
{
	static const size_t counts[] = {[LEFT] = 3, [THIRD] = 2, [RIGHT] = 2};
	const struct model_end *lan = &model->channels[0].ends[2],
	                       *wire = &model->channels[2].ends[0];

	assert_int_equal(model->partition_count, 3);
	for (size_t p = 0; p < 3; p++) {
		struct guest_tree tree = {NULL, 0};
		const struct model_end *third;
		size_t count = 0;
		int node = -1;

		assert_true(
		    guest_tree_make(model, &model->partitions[p], &tree, &(struct complaints){0}));
		while ((node = fdt_node_offset_by_compatible(tree.blob, node, "virtio,mmio")) >=
		       0) {
			assert_true(count < counts[p]);
			count++;
			assert_non_null(fdt_getprop(tree.blob, node, "dma-coherent", NULL));
			assert_int_equal(number_at(&tree, node, "interrupts", 2), 4);
			if (p != THIRD)
				continue;
			third = count == 1 ? lan : wire;
			assert_int_equal(number_at(&tree, node, "reg", 1), third->ipa);
			assert_int_equal(number_at(&tree, node, "interrupts", 1),
			                 third->intid - BUNDLE_SPI_FIRST);
		}
		assert_int_equal(count, counts[p]);
		free(tree.blob);
	}
}
