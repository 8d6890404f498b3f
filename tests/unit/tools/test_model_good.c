/*
 * Good descriptions: what the model says of those in tests/descriptions/good.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <host/dts.h>
#include <host/model.h>
#include <host/powerplan.h>
#include <host/promises.h>
#include <host/shiftplan.h>
#include <kumiki/hold.h>
#include <lib/bundle.h>
#include <stdlib.h>
#include <string.h>

#define GOOD_FRAME     0x40200000ull /* the first 2 MiB are left to the boot loader's own code */
#define GOOD_FRAME_END 0x40600000ull /* 4 MiB: with a black box 2 MiB are a little too few */

static const char *const good_dirs[] = {"frame/board/qemu-virt"};
static const struct model_options good_options = {.include_dirs = good_dirs,
                                                  .include_dir_count = 1};

/* Also checks that nothing but `warnings` lines is said. */
static struct model *good_load(const char *name, size_t warnings)
{
	char path[256], *said = NULL;
	size_t size = 0, lines = 0;
	FILE *out = open_memstream(&said, &size);
	struct model *model;

	(void)snprintf(path, sizeof(path), "tests/descriptions/good/%s.dts", name);
	model = model_load(path, &good_options, out);
	assert_int_equal(fclose(out), 0);
	if (!model) {
		fail_msg("%s", said);
		abort();
	}
	for (const char *c = said; *c; c++)
		lines += *c == '\n';
	free(said);
	assert_int_equal(lines, warnings);
	assert_int_equal(model->warnings, warnings);
	assert_string_equal(model->name, name);
	return model;
}

static const struct model_partition *good_partition(const struct model *model, const char *name)
{
	for (size_t i = 0; i < model->partition_count; i++)
		if (!strcmp(model->partitions[i].name, name))
			return &model->partitions[i];
	fail_msg("there is no partition %s", name);
	return NULL;
}

static void test_board(void **state)
{
	struct model *model = good_load("smallest", 0);
	const struct bundle_board *board = &model->board;

	(void)state;
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
	assert_int_equal(model->frame_device_count, 6); /* GIC, ITS, UART, RTC, PCI bridge, SMMU */
	model_free(model);
}

static void test_frame_memory(void **state)
{
	struct model *model = good_load("smallest", 0);

	(void)state;
	assert_true(model->image_base == GOOD_FRAME);
	assert_true(model->memory_base == model->image_base + model->image_space);
	assert_true(model->memory_base + model->memory_size == GOOD_FRAME_END);
	assert_true(model->memory_size >= bundle_frame_memory(1, 1));
	assert_int_equal(model->memory_base % 4096, 0);
	model_free(model);
}

/* In the partition's view and in its loader's, each BAR has a table of pages and one of blocks. */
static void test_frame_tables(void **state)
{
	struct model *model = good_load("many-bars", 0);
	size_t bars = 0;

	(void)state;
	for (size_t i = 0; i < model->partitions[0].device_count; i++)
		bars += model->partitions[0].devices[i]->range_count;
	assert_int_equal(bars, 24);
	assert_true(model->memory_size >= bundle_frame_memory(1, 1) + bars * 2 * 2 * 4096);
	model_free(model);
}

/* In memory with an address, an Image lies where QEMU's -kernel puts it, if it fits there. */
static void test_image_places(void **state)
{
	struct model *model = good_load("image-places", 0);

	(void)state;
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
static void test_frame_moves(void **state)
{
	struct model *model = good_load("frame-moves", 0);

	(void)state;
	assert_int_equal(good_partition(model, "low")->memory[0].pa, 0x40000000);
	assert_int_equal(model->image_base, 0x41200000);
	assert_true(good_partition(model, "anywhere")->memory[0].pa >=
	            model->memory_base + model->memory_size);
	model_free(model);
}

static void test_smallest(void **state)
{
	struct model *model = good_load("smallest", 0);
	const struct model_partition *p = &model->partitions[0];

	(void)state;
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

static void test_linux(void **state)
{
	struct model *model = good_load("linux", 0);
	const struct model_partition *p = &model->partitions[0];

	(void)state;
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

static void test_everything_first(void **state)
{
	struct model *model = good_load("everything", 0);
	const struct model_partition *p = good_partition(model, "first");

	(void)state;
	assert_ptr_equal(p, &model->partitions[2]); /* start order 2, 3, 7 */
	assert_true(p->memory[0].pa == 0x80000000 && p->memory[0].size == 0x1000000);
	assert_true(p->image.ipa == 0x80100000 && p->entry_ipa == 0x80100004);
	assert_true(p->initrd.ipa == 0x80fee000 && p->initrd.size == 6000);
	assert_int_equal(p->priority, 200);
	assert_true(!p->rtc && !p->rtc_ipa && !p->console && !p->uart_ipa);
	model_free(model);
}

static void test_everything_others(void **state)
{
	struct model *model = good_load("everything", 0);
	const struct model_partition *second = good_partition(model, "second");
	const struct model_partition *third = good_partition(model, "third");

	(void)state;
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

static void test_nothing_overlaps(void **state)
{
	struct model *model = good_load("everything", 0);

	(void)state;
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

static void test_lives_by_default(void **state)
{
	struct model *model = good_load("lives", 0);
	const struct model_partition *plain = &model->partitions[3]; /* start order 9 */
	const struct model_partition *spare = good_partition(model, "spare");

	(void)state;
	assert_string_equal(plain->name, "plain");
	assert_int_equal(plain->life.on_crash, LIFE_DO_RESTART);
	assert_int_equal(plain->life.at_limit, LIFE_DO_STOP);
	assert_true(plain->life.limit == 5 && plain->life.window == 60000);
	assert_int_equal(plain->life.delay, 100);
	assert_int_equal(plain->life.after | plain->life.manages, 0);
	assert_false(plain->manual || plain->no_restart || plain->hide_time);
	assert_int_equal(plain->keep_count, 0);
	assert_true(spare->manual && spare->keep_count == 1);
	assert_true(model->stay_on);
	model_free(model);
}

static void test_lives_as_described(void **state)
{
	struct model *model = good_load("lives", 0);
	const struct model_partition *p = &model->partitions[0];
	const struct model_partition *board = &model->partitions[1];

	(void)state;
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

/* In start order rt comes first. Each has one CPU on each core, those that may come behind the
 * others; who gives or gets one hears of it. */
static void test_cores_that_move(void **state)
{
	struct model *model = good_load("cores-move", 0);
	const struct model_partition *rt = good_partition(model, "rt");
	const struct model_partition *linux_os = good_partition(model, "linux");
	const struct model_partition *alone = good_partition(model, "alone");
	const struct model_partition *other = good_partition(model, "other");

	(void)state;
	assert_int_equal(rt->vcpu_count, 3);
	assert_int_equal(rt->vcpus[0].cores, 1 << 3);
	assert_int_equal(rt->vcpus[2].cores, 1 << 2);
	assert_int_equal(rt->may_hold, 6);
	assert_int_equal(linux_os->may_hold, 0);
	assert_int_equal(other->may_hold, 4);
	assert_true(rt->moves_cores && linux_os->moves_cores && other->moves_cores);
	assert_int_not_equal(rt->manager_intid, 0);
	assert_int_equal(linux_os->manager_intid, linux_os->panel->intid);
	assert_true(!alone->moves_cores && alone->manager_intid == 0);
	model_free(model);
}

/* They are in use all the same. */
static void test_cores_that_nobody_has(void **state)
{
	struct model *model = good_load("cores-free", 0);
	const struct model_partition *rt = good_partition(model, "rt");
	const struct bundle_shift *shift = &model->shift;
	const struct shiftplan plan = {{"linux", "rt"}, 2, 3};
	char words[SHIFTPLAN_SIZE];

	(void)state;
	assert_int_equal(model->core_count, 4);
	assert_int_equal(model->free_cores, 1 << 1 | 1 << 3);
	assert_int_equal(rt->may_hold, 1 << 1 | 1 << 3);
	assert_int_equal(rt->vcpu_count, 3);
	assert_int_equal(shift->least[0], 1);
	assert_int_equal(shift->change[1].to, HOLD_NOBODY);
	assert_string_equal(shiftplan_words(words, &plan, shift),
	                    "06:30 core 1 to linux, 22:00 core 1 to nobody (UTC); never below "
	                    "linux 1, rt 1");
	model_free(model);
}

static void test_cores_that_move_of_their_own_accord(void **state)
{
	struct model *model = good_load("cores-move", 0);
	const struct bundle_shift *shift = &model->shift;

	(void)state;
	assert_int_equal(shift->by_load, 1);
	assert_int_equal(shift->changes, 3);
	assert_int_equal(shift->change[0].minute, 6 * 60 + 30);
	assert_int_equal(shift->change[1].core, 1);
	assert_ptr_equal(&model->partitions[shift->change[0].to], good_partition(model, "linux"));
	assert_ptr_equal(&model->partitions[shift->change[2].to], good_partition(model, "other"));
	assert_int_equal(shift->least[shift->change[0].to], 2);
	assert_int_equal(shift->least[shift->change[1].to], 1);
	model_free(model);
	model = good_load("shared-cores", 0);
	assert_true(model->shift.by_load == 0 && model->shift.changes == 0);
	model_free(model);
}

/* Those without an address lie at the end of the first piece, in their order from above; then come
 * the tree and the initrd. */
static void test_kept_memory(void **state)
{
	struct model *model = good_load("lives", 0);
	const struct model_partition *p = good_partition(model, "linux");

	(void)state;
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

static void test_own_tree(void **state)
{
	struct model *model = good_load("own-tree", 0);
	const struct model_partition *p = &model->partitions[0];

	(void)state;
	assert_string_equal(p->dtb.path, "tests/descriptions/good/../files/guest.dtb");
	assert_true(p->dtb.size <= p->dtb.space && p->dtb.ipa % 4096 == 0);
	model_free(model);
}

static void test_tree_address(void **state)
{
	struct model *model = good_load("tree-address", 0);
	const struct model_file *begin = &good_partition(model, "begin")->dtb;
	const struct model_partition *between = good_partition(model, "between");
	const struct model_partition *second = good_partition(model, "second");

	(void)state;
	assert_true(begin->ipa == 0x40000000 && begin->space == 0x10000);
	/* As much as there is; the initrd makes way. */
	assert_true(between->dtb.ipa == 0x40ff8008 && between->dtb.space == 0x7ff8);
	assert_int_equal(between->initrd.ipa, 0x40ff6000);
	assert_true(second->dtb.ipa == 0x80000008 && second->dtb.size == 1000);
	assert_true(second->dtb.space == 4096);
	assert_int_equal(second->image.ipa, 0x40080000);
	model_free(model);
}

static void test_uart_given_away(void **state)
{
	struct model *model = good_load("own-uart", 0);

	(void)state;
	assert_true(!model->board.uart_base && !model->board.uart_intid && !model->board.rtc_base);
	assert_false(model->partitions[1].rtc);
	assert_int_equal(model->partitions[0].devices[0]->interrupts[0].intid, 33);
	assert_int_equal(model->frame_device_count, 4);
	model_free(model);
}

static void test_large_pages_are_told(void **state)
{
	(void)state;
	model_free(good_load("pages-64k", 1));
}

static void test_overlays(void **state)
{
	struct model *model = good_load("overlays", 0);
	const struct model_partition *p = &model->partitions[0];

	(void)state;
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

/* Where vCPUs run: as it is said, or in turn; and who has a core, with its debug registers, alone.
 */
static void test_shared_cores(void **state)
{
	static const struct {
		const char *name;
		size_t count;
		uint32_t cores[3];
	} want[] = {
	    {"a", 3, {1, 0, 1}},
	    {"b", 2, {1, 2}},
	    {"c", 2, {3, 3}},
	    {"d", 1, {4}},
	};
	struct model *model = good_load("shared-cores", 0);

	(void)state;
	assert_int_equal(model->core_count, 5);
	for (size_t i = 0; i < 4; i++) {
		const struct model_partition *p = good_partition(model, want[i].name);

		assert_int_equal(p->vcpu_count, want[i].count);
		for (size_t v = 0; v < p->vcpu_count; v++) {
			assert_int_equal(p->vcpus[v].core, want[i].cores[v]);
			assert_int_equal(p->vcpus[v].affinity, v);
		}
	}
	model_free(model);
}

/* Policies, and the cores that may go off: not the console's, nor a real-time vCPU's. */
static void test_power(void **state)
{
	struct model *model = good_load("power", 0);
	const struct bundle_power *power = &model->power;
	char words[POWERPLAN_SIZE];

	(void)state;
	assert_int_equal(power->policy, POWER_BALANCED);
	assert_int_equal(power->changes, 3);
	assert_int_equal(power->change[1].minute, 6 * 60 + 30);
	assert_int_equal(power->change[2].policy, POWER_ISOLATE);
	assert_true(model->cores[0].takes.busy == 1500 && model->cores[0].takes.idle == 200 &&
	            model->cores[0].takes.off == 5);
	assert_true(model->cores[2].takes.busy == 3000 && model->cores[2].takes.off == 0);
	assert_true(good_partition(model, "control")->manages_power &&
	            !good_partition(model, "linux")->manages_power);
	assert_string_equal(powerplan_words(words, power),
	                    "balanced at start; 00:00 powersave, 06:30 balanced, 23:59 isolate "
	                    "(UTC)");
	assert_int_equal(powerplan_fewest(model), 1u << model->console_core | 1u << 2);
	model_free(model);
	model = good_load("shared-cores", 0);
	assert_string_equal(powerplan_words(words, &model->power), "");
	assert_int_equal(powerplan_fewest(model), 0x1f); /* nobody has another place */
	model_free(model);
}

/* Messages to a partition wake its home: one that stays on, unless the description says which. */
static void test_homes(void **state)
{
	struct model *model = good_load("power-homes", 0);

	(void)state;
	assert_int_equal(model->console_core, 0);
	assert_int_equal(powerplan_fewest(model), 0x5);
	assert_int_equal(good_partition(model, "all")->vcpus[0].core, 0);
	assert_int_equal(good_partition(model, "some")->vcpus[0].core, 2);
	assert_int_equal(good_partition(model, "some")->vcpus[1].core, 2);
	assert_int_equal(good_partition(model, "given")->vcpus[0].core, 3);
	assert_int_equal(good_partition(model, "control")->vcpus[0].core, 2);
	model_free(model);
}

/* As many as there can be, everywhere. */
static void test_most_vcpus(void **state)
{
	struct model *model = good_load("vcpus-most", 1);
	const struct model_vcpu *tasks = good_partition(model, "tasks")->vcpus;
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < model->partition_count; i++)
		count += model->partitions[i].vcpu_count;
	assert_int_equal(count, BUNDLE_VCPUS_MAX);
	assert_int_equal(tasks[0].priority_low, 180);
	assert_int_equal(tasks[0].priority_high, 220);
	assert_int_equal(tasks[1].priority_high, 200);
	assert_int_equal(tasks[4].cores, 0x30);
	assert_int_equal(tasks[7].on_miss, BUNDLE_MISS_TELL);
	model_free(model);
}

/* What is said of each vCPU: once for all of them, or for each. */
/* How long the only vCPU of a core takes at the worst, in picoseconds. */
static uint64_t good_response(const struct model *model, uint32_t core)
{
	struct promises *all = calloc(1, sizeof(*all));
	struct promise promise;

	assert_non_null(all);
	promises_on(all, model, core);
	promise = promise_deadline(all, &all->rivals[0]);
	free(all);
	assert_int_equal(promise.verdict, PROMISE_KEPT);
	return promise.response;
}

/* The first vCPU is on the fast core; on the other one everything takes twice as long. */
static void test_speeds(void **state)
{
	struct model *model = good_load("speeds", 0);
	const struct model_partition *pair = good_partition(model, "pair");
	const uint32_t fast = pair->vcpus[0].core, slow = pair->vcpus[1].core;

	(void)state;
	assert_int_equal(model->fastest, 1024);
	assert_int_equal(model->cores[fast].affinity, 1);
	assert_int_equal(model->cores[slow].affinity, 0);
	assert_int_equal(pair->vcpus[0].work_us, 100);
	assert_true(good_response(model, fast) > 100000000);
	assert_true(good_response(model, slow) == 2 * good_response(model, fast));
	model_free(model);
}

/* The second and third core are of a kind of their own, and so is the sixth, which is nobody's. */
static void test_kinds(void **state)
{
	struct model *model = good_load("kinds", 0);
	const struct model_partition *large = good_partition(model, "large");
	const struct model_partition *small = good_partition(model, "small");
	static const uint64_t others[] = {0, 3, 4, 6, 7};

	(void)state;
	assert_int_equal(large->vcpu_count, 3);
	assert_int_equal(model->cores[large->vcpus[0].core].affinity, 1);
	assert_int_equal(model->cores[large->vcpus[1].core].affinity, 2);
	assert_int_equal(large->may_hold, 1 << 5);
	assert_int_equal(small->vcpu_count, 5);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(model->cores[small->vcpus[i].core].affinity, others[i]);
	model_free(model);
}

static void test_times(void **state)
{
	struct model *model = good_load("times", 1);
	const struct model_partition *linux_os = good_partition(model, "linux");
	const struct model_vcpu *rt = good_partition(model, "rt")->vcpus;
	const struct model_vcpu *places = good_partition(model, "places")->vcpus;
	const struct model_vcpu *sure = good_partition(model, "sure")->vcpus;

	(void)state;
	assert_int_equal(model->instruction_ps, 1000);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(linux_os->vcpus[i].core, i % 2);
		assert_int_equal(linux_os->vcpus[i].cores, 3);
		assert_int_equal(linux_os->vcpus[i].budget_us, 4000);
		assert_int_equal(linux_os->vcpus[i].budget_period_us, 10000);
		assert_int_equal(linux_os->vcpus[i].flags, 0);
	}
	assert_int_equal(rt[0].priority, 200);
	assert_int_equal(rt[0].priority_low, 200);
	assert_int_equal(rt[0].priority_high, 220);
	assert_int_equal(rt[0].deadline_us, 500);
	assert_int_equal(rt[0].on_miss, BUNDLE_MISS_RESTART);
	assert_int_equal(rt[0].flags, BUNDLE_VCPU_REALTIME);
	assert_int_equal(rt[1].priority, 150);
	assert_int_equal(rt[1].priority_low, 150);
	assert_int_equal(rt[1].priority_high, 150);
	assert_int_equal(rt[1].period_us, 20000);
	assert_int_equal(rt[1].work_us, 2000);
	assert_int_equal(rt[1].deadline_us, 0);
	assert_int_equal(rt[1].on_miss, BUNDLE_MISS_LOG);
	assert_int_equal(rt[1].flags, 0);
	assert_int_equal(sure[0].flags, BUNDLE_VCPU_GUARANTEE | BUNDLE_VCPU_REALTIME);
	/* In turn, as far as they may. */
	assert_int_equal(places[0].core, 3);
	assert_int_equal(places[1].core, 4);
	assert_int_equal(places[2].core, 5);
	assert_int_equal(places[3].core, 5);
	assert_int_equal(places[1].cores, 0x30);
	model_free(model);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_shared_cores),
	    cmocka_unit_test(test_board),
	    cmocka_unit_test(test_frame_memory),
	    cmocka_unit_test(test_frame_tables),
	    cmocka_unit_test(test_image_places),
	    cmocka_unit_test(test_frame_moves),
	    cmocka_unit_test(test_smallest),
	    cmocka_unit_test(test_linux),
	    cmocka_unit_test(test_everything_first),
	    cmocka_unit_test(test_everything_others),
	    cmocka_unit_test(test_nothing_overlaps),
	    cmocka_unit_test(test_lives_by_default),
	    cmocka_unit_test(test_lives_as_described),
	    cmocka_unit_test(test_kept_memory),
	    cmocka_unit_test(test_own_tree),
	    cmocka_unit_test(test_tree_address),
	    cmocka_unit_test(test_uart_given_away),
	    cmocka_unit_test(test_large_pages_are_told),
	    cmocka_unit_test(test_overlays),
	    cmocka_unit_test(test_times),
	    cmocka_unit_test(test_speeds),
	    cmocka_unit_test(test_kinds),
	    cmocka_unit_test(test_power),
	    cmocka_unit_test(test_homes),
	    cmocka_unit_test(test_cores_that_move),
	    cmocka_unit_test(test_cores_that_nobody_has),
	    cmocka_unit_test(test_cores_that_move_of_their_own_accord),
	    cmocka_unit_test(test_most_vcpus),
	};

	unsetenv("KUMIKI_PATH");
	return cmocka_run_group_tests_name("good descriptions", tests, NULL, NULL);
}
