/*
 * Good descriptions: what the model says of those in tests/descriptions/good; of cores and time,
 * see test_model_cores.c.
 */
#include "good_model.h"

#include <kumiki/hold.h>
#include <lib/bundle.h>
#include <stdint.h>
#include <stdlib.h>
#include <unit.h>

#define GOOD_FRAME     0x40200000ull /* the first 2 MiB are left to the boot loader's own code */
#define GOOD_FRAME_END 0x40600000ull /* 4 MiB: with a black box 2 MiB are a little too few */

TEST(test_board)
{
	struct model *model = good_load("smallest", 0);
	const struct bundle_board *board = &model->board;

	assert_string_equal(board->name, "qemu-virt");
	assert_string_equal(model->qemu_cpu, "cortex-a57");
	assert_string_equal(model->qemu_machine,
	                    "virt,virtualization=on,gic-version=3,iommu=smmuv3");
	assert_true(board->ram_base == 0x40000000 && board->ram_size == 4ull << 30);
	assert_true(board->gicd_base == 0x8000000 && board->gicr_base == 0x80a0000);
	assert_true(board->gicr_size == 0xf60000);
	assert_true(board->uart_base == 0x9000000 && board->uart_intid == 33);
	assert_true(board->rtc_base == 0x9010000);
	assert_int_equal(board->gic_maintenance_intid, 25);
	assert_int_equal(board->physical_timer_intid, 30);
	assert_int_equal(board->virtual_timer_intid, 27);
	assert_int_equal(board->hyp_timer_intid, 26);
	assert_int_equal(board->pmu_intid, 23);
	assert_true(board->virtio_base == 0xa000000);
	assert_true(board->virtio_slots == 32 && board->virtio_version == 2);
	assert_int_equal(model->frame_device_count, 6); /* GIC, ITS, UART, RTC, PCI bridge, SMMU */
	model_free(model);
}

TEST(test_frame_memory)
{
	struct model *model = good_load("smallest", 0);

	assert_true(model->image_base == GOOD_FRAME);
	assert_true(model->memory_base == model->image_base + model->image_space);
	assert_true(model->memory_base + model->memory_size == GOOD_FRAME_END);
	assert_true(model->memory_size >= bundle_frame_memory(1, 1));
	assert_int_equal(model->memory_base % 4096, 0);
	model_free(model);
}

/* In the partition's view and in its loader's, each BAR has a table of pages and one of blocks. */
TEST(test_frame_tables)
{
	struct model *model = good_load("many-bars", 0);
	size_t bars = 0;

	for (size_t i = 0; i < model->partitions[0].device_count; i++)
		bars += model->partitions[0].devices[i]->range_count;
	assert_int_equal(bars, 24);
	assert_true(model->memory_size >= bundle_frame_memory(1, 1) + bars * 2 * 2 * 4096);
	model_free(model);
}

/* In memory with an address, an Image lies where QEMU's -kernel puts it, if it fits there. */
TEST(test_image_places)
{
	struct model *model = good_load("image-places", 0);

	assert_int_equal(good_partition(model, "viewed")->image.ipa, 0x40200000);
	assert_int_equal(good_partition(model, "fixed")->image.ipa, 0x80200000);
	assert_int_equal(good_partition(model, "little")->image.ipa, 0x40000000);
	assert_int_equal(good_partition(model, "linked")->image.ipa, 0x40000000);
	assert_int_equal(good_partition(model, "anywhere")->image.ipa % 0x200000, 0);
	assert_int_equal(good_partition(model, "anywhere")->image.ipa,
	                 good_partition(model, "anywhere")->memory[0].pa);
	model_free(model);
}

/* A partition that needs the beginning of RAM gets it: the frame goes behind. */
TEST(test_frame_moves)
{
	struct model *model = good_load("frame-moves", 0);

	assert_int_equal(good_partition(model, "low")->memory[0].pa, 0x40000000);
	assert_int_equal(model->image_base, 0x41200000);
	assert_true(good_partition(model, "anywhere")->memory[0].pa >=
	            model->memory_base + model->memory_size);
	model_free(model);
}

TEST(test_smallest)
{
	struct model *model = good_load("smallest", 0);
	const struct model_partition *p = &model->partitions[0];

	assert_int_equal(model->partition_count, 1);
	assert_string_equal(p->name, "heartbeat");
	assert_int_equal(p->priority, 100);
	assert_true(p->console && p->rtc);
	assert_true(p->memory[0].ipa == 0x40000000 && p->memory[0].pa == 0x40000000);
	assert_true(p->memory[0].size == 1 << 20);
	/* Headerless: where QEMU's -kernel would put it. */
	assert_true(p->image.ipa == 0x40080000 && p->entry_ipa == 0x40080000);
	assert_false(p->image.arm64_image);
	assert_true(p->image.size == 64 && p->image.space == 64);
	assert_true(p->dtb.ipa == 0x400f0000 && p->dtb.space == 0x10000);
	assert_null(p->dtb.path);
	assert_null(p->initrd.path);
	assert_string_equal(p->bootargs, "");
	assert_true(p->gicd_ipa == 0x8000000 && p->gicr_ipa == 0x80a0000);
	assert_true(p->uart_ipa == 0x9000000 && p->uart_intid == 33);
	assert_true(p->rtc_ipa == 0x9010000 && p->rtc_intid == 34);
	model_free(model);
}

TEST(test_linux)
{
	struct model *model = good_load("linux", 0);
	const struct model_partition *p = &model->partitions[0];

	assert_int_equal(model->core_count, 3);
	assert_true(model->cores[2].affinity == 3);
	assert_int_equal(p->vcpu_count, 2);
	assert_true(p->vcpus[1].core == 1 && p->vcpus[1].affinity == 1);
	assert_true(model->partitions[1].vcpus[0].core == 2);
	assert_true(model->partitions[1].vcpus[0].affinity == 0);
	assert_true(p->memory[0].pa % (2 << 20) == 0 && p->memory[0].ipa == p->memory[0].pa);
	assert_true(p->image.arm64_image && p->image.ipa == p->memory[0].ipa);
	assert_int_equal(p->image.space, 0x2000); /* image_size of its header */
	assert_string_equal(p->bootargs, "console=ttyAMA0");
	assert_int_equal(p->device_count, 2);
	assert_string_equal(p->devices[0]->label, "virtio_mmio31");
	assert_true(p->devices[0]->dma && p->devices[0]->unconfined_dma);
	/* Named in kumiki,unconfined-dma alone: that gives access, too. */
	assert_string_equal(p->devices[1]->label, "virtio_mmio23");
	assert_true(p->devices[1]->dma && p->devices[1]->unconfined_dma);
	assert_true(p->devices[0]->ranges[0].base == 0xa003e00 &&
	            p->devices[0]->ranges[0].size == 0x200);
	assert_int_equal(p->devices[0]->interrupt_count, 1);
	assert_true(p->devices[0]->interrupts[0].intid == 79 && p->devices[0]->interrupts[0].edge);
	assert_int_equal(model->console_core, 0); /* of the partition with the most cores */
	model_free(model);
}

TEST(test_everything_first)
{
	struct model *model = good_load("everything", 0);
	const struct model_partition *p = good_partition(model, "first");

	assert_ptr_equal(p, &model->partitions[2]); /* start order 2, 3, 7 */
	assert_true(p->memory[0].pa == 0x80000000 && p->memory[0].size == 0x1000000);
	assert_true(p->image.ipa == 0x80100000 && p->entry_ipa == 0x80100004);
	assert_true(p->initrd.ipa == 0x80fee000 && p->initrd.size == 6000);
	assert_int_equal(p->priority, 200);
	assert_true(!p->rtc && !p->rtc_ipa && !p->console && !p->uart_ipa);
	model_free(model);
}

TEST(test_everything_others)
{
	struct model *model = good_load("everything", 0);
	const struct model_partition *second = good_partition(model, "second");
	const struct model_partition *third = good_partition(model, "third");

	assert_true(second->memory[0].pa == 0x90000000 && second->memory[0].size == 8 << 20);
	assert_int_equal(second->memory_count, 2);
	assert_int_equal(second->devices[0]->interrupts[0].intid, 39);
	assert_false(second->devices[0]->interrupts[0].edge);
	assert_false(second->devices[0]->dma);
	assert_int_equal(third->dtb.ipa, 0);
	assert_int_equal(third->dtb.space, 0);
	/* Too small for 512 KiB below the image. */
	assert_true(third->image.ipa == third->memory[0].ipa);
	/* Nobody has core 0, and the machine boots there; core 4 of the board is the fifth in use.
	 */
	assert_int_equal(model->core_count, 5);
	assert_int_equal(model->cores[0].affinity, 0);
	assert_int_equal(model->cores[model->console_core].affinity, 4);
	model_free(model);
}

TEST(test_nothing_overlaps)
{
	struct model *model = good_load("everything", 0);

	for (size_t i = 0; i < model->partition_count; i++)
		for (size_t j = 0; j < model->partitions[i].memory_count; j++) {
			const struct model_memory *a = &model->partitions[i].memory[j];

			assert_true(a->pa >= model->memory_base + model->memory_size ||
			            a->pa + a->size <= model->image_base);
			for (size_t k = 0; k < model->partition_count; k++)
				for (size_t l = 0; l < model->partitions[k].memory_count; l++) {
					const struct model_memory *b =
					    &model->partitions[k].memory[l];

					assert_true(a == b || a->pa + a->size <= b->pa ||
					            b->pa + b->size <= a->pa);
				}
		}
	model_free(model);
}

TEST(test_lives_by_default)
{
	struct model *model = good_load("lives", 0);
	const struct model_partition *plain = &model->partitions[3]; /* start order 9 */
	const struct model_partition *spare = good_partition(model, "spare");

	assert_string_equal(plain->name, "plain");
	assert_int_equal(plain->life.on_crash, LIFE_DO_RESTART);
	assert_int_equal(plain->life.at_limit, LIFE_DO_STOP);
	assert_true(plain->life.limit == 5 && plain->life.window == 60000);
	assert_int_equal(plain->life.delay, 100);
	assert_int_equal(plain->life.after | plain->life.manages, 0);
	assert_false(plain->manual || plain->no_restart || plain->hide_time);
	assert_int_equal(plain->keep_count, 0);
	assert_true(spare->manual && spare->keep_count == 1);
	assert_true(model->stay_on && model->resets);
	model_free(model);
}

TEST(test_lives_as_described)
{
	struct model *model = good_load("lives", 0);
	const struct model_partition *p = &model->partitions[0];
	const struct model_partition *board = &model->partitions[1];

	assert_string_equal(p->name, "linux");
	assert_int_equal(p->life.on_crash, LIFE_DO_HOLD);
	assert_int_equal(p->life.at_limit, LIFE_DO_OFF);
	assert_true(p->life.limit == 3 && p->life.window == 10000);
	assert_int_equal(p->life.delay, 0);
	/* By their places in start order: board is 1, plain is 3. */
	assert_int_equal(p->life.after, 1 << 1 | 1 << 3);
	assert_int_equal(p->life.manages, 1 << 1 | 1 << 3);
	assert_true(p->hide_time && !p->manual);
	assert_string_equal(board->name, "board");
	assert_true(board->no_restart);
	assert_int_equal(board->life.on_crash, LIFE_DO_STOP);
	assert_int_equal(board->life.after, 1 << 3);
	assert_int_equal(board->devices[0]->silence, BUNDLE_SILENCE_UNKNOWN);
	assert_int_equal(p->devices[0]->silence, BUNDLE_SILENCE_VIRTIO);
	model_free(model);
}

/* Those without an address lie at the end of the first piece, in their order from above; then come
 * the tree and the initrd. */
TEST(test_kept_memory)
{
	struct model *model = good_load("lives", 0);
	const struct model_partition *p = good_partition(model, "linux");

	assert_int_equal(p->keep_count, 4);
	assert_true(p->keeps[0].ipa == 0x82000000 && p->keeps[0].size == 1 << 20);
	assert_true(p->keeps[1].ipa == 0x83fb0000 && p->keeps[1].size == 256 << 10);
	assert_true(p->keeps[1].ramoops && !p->keeps[2].ramoops);
	assert_true(p->keeps[2].ipa == 0x83ff0000 && p->keeps[2].size == 64 << 10);
	assert_true(p->keeps[3].ipa == 0x90001000 && p->keeps[3].size == 8 << 10);
	assert_int_equal(p->dtb.ipa, 0x83fa0000);
	assert_int_equal(p->initrd.ipa, 0x83f9e000);
	model_free(model);
}

TEST(test_own_tree)
{
	struct model *model = good_load("own-tree", 0);
	const struct model_partition *p = &model->partitions[0];

	assert_string_equal(p->dtb.path, "tests/descriptions/good/../files/guest.dtb");
	assert_true(p->dtb.size <= p->dtb.space && p->dtb.ipa % 4096 == 0);
	model_free(model);
}

TEST(test_tree_address)
{
	struct model *model = good_load("tree-address", 0);
	const struct model_file *begin = &good_partition(model, "begin")->dtb;
	const struct model_partition *between = good_partition(model, "between");
	const struct model_partition *second = good_partition(model, "second");

	assert_true(begin->ipa == 0x40000000 && begin->space == 0x10000);
	/* As much as there is; the initrd makes way. */
	assert_true(between->dtb.ipa == 0x40ff8008 && between->dtb.space == 0x7ff8);
	assert_int_equal(between->initrd.ipa, 0x40ff6000);
	assert_true(second->dtb.ipa == 0x80000008 && second->dtb.size == 1000);
	assert_true(second->dtb.space == 4096);
	assert_int_equal(second->image.ipa, 0x40080000);
	model_free(model);
}

TEST(test_uart_given_away)
{
	struct model *model = good_load("own-uart", 0);

	assert_true(!model->board.uart_base && !model->board.uart_intid && !model->board.rtc_base);
	assert_false(model->partitions[1].rtc);
	assert_int_equal(model->partitions[0].devices[0]->interrupts[0].intid, 33);
	assert_int_equal(model->frame_device_count, 4);
	model_free(model);
}

TEST(test_slots_of_virtio)
{
	struct model *legacy = good_load("slots-legacy", 0), *gap = good_load("slots-gap", 0);

	assert_true(legacy->board.virtio_base == 0xa000200);
	assert_true(legacy->board.virtio_slots == 31 && legacy->board.virtio_version == 1);
	assert_true(!gap->board.virtio_base && !gap->board.virtio_slots);
	assert_int_equal(gap->board.virtio_version, 0);
	model_free(legacy);
	model_free(gap);
}

TEST(test_large_pages_are_told)
{
	model_free(good_load("pages-64k", 1));
}

TEST(test_overlays)
{
	struct model *model = good_load("overlays", 0);
	const struct model_partition *p = &model->partitions[0];

	assert_int_equal(p->device_count, 3);
	assert_string_equal(p->devices[0]->label, "timer");
	assert_string_equal(p->devices[1]->label, "gpio");
	assert_true(p->devices[1]->ranges[0].base == 0x9031000);
	/* The other one is the PL061's affair. */
	assert_int_equal(p->devices[1]->interrupt_count, 1);
	assert_int_equal(p->devices[1]->interrupts[0].intid, 92);
	assert_false(p->devices[1]->dma); /* by its second compatible */
	model_free(model);
}
