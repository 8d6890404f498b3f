/*
 * The packed image: headers and tables say what the model says, every part is there with its sums,
 * the same input gives the same bytes, and what cannot be packed is refused with a reason and
 * leaves nothing behind.
 */
#include <host/pack.h>
#include <lib/bundle.h>
#include <lib/sha256.h>
#include <libfdt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unit.h>
#include <unit/tools/sample_model.h>

#define FRAME_SIZE 12288 /* of the sample's frame, rounded up */

static struct sample_model sample;
static struct pack_image image;

static void set_up(void)
{
	sample_model_make(&sample);
	image = (struct pack_image){0};
}

static void tear_down(void)
{
	free(image.bytes);
	sample_model_free(&sample);
}

const struct unit_fixture unit_each = {set_up, tear_down};

static const struct bundle_header *pack(void)
{
	assert_true(pack_make(&sample.model, NULL, sample.frame, &image, stderr));
	const void *bundle = (const char *)image.bytes + FRAME_SIZE;
	assert_int_equal(bundle_verify(bundle, image.size - FRAME_SIZE).fault, BUNDLE_OK);
	return bundle;
}

/* Packing fails and says this. */
static void refuse(const char *expected)
{
	char *complaints = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&complaints, &size);
	assert_non_null(file);
	assert_false(pack_make(&sample.model, NULL, sample.frame, &image, file));
	assert_int_equal(fclose(file), 0);
	if (strstr(complaints, expected) == NULL)
		fail_msg("'%s' instead of '%s'", complaints, expected);
	free(complaints);
	assert_null(image.bytes);
}

TEST(the_file_is_an_arm64_image)
{
	const struct arm64_image_header *header;
	const struct bundle_header *bundle = pack();
	header = image.bytes;
	assert_int_equal(header->magic, ARM64_IMAGE_MAGIC);
	assert_int_equal(header->code0, 0x14000020); /* the frame's own */
	assert_int_equal(header->text_offset, 0x200000);
	assert_int_equal(header->image_size, 0x400000);
	assert_int_equal(header->flags, 2);
	assert_int_equal(image.size, bundle->image_size);
	assert_int_equal(bundle->image_size, FRAME_SIZE + bundle->bundle_size);
	assert_int_equal(((const char *)image.bytes)[5999], 'f');
	for (size_t i = 6000; i < FRAME_SIZE; i++)
		assert_int_equal(((const char *)image.bytes)[i], 0);
}

TEST(the_tables_agree_with_the_model)
{
	const struct bundle_header *bundle = pack();
	assert_string_equal(bundle->system, "sample");
	assert_memory_equal(&bundle->board, &sample.model.board, sizeof(bundle->board));
	assert_int_equal(bundle->cores.count, 3);
	assert_int_equal(bundle_cores(bundle)[2].affinity, 2);
	assert_int_equal(bundle->partitions.count, 2);
	const struct bundle_partition *linux_os = &bundle_partitions(bundle)[0];
	assert_string_equal(linux_os->name, "linux");
	assert_int_equal(linux_os->flags, BUNDLE_CONSOLE | BUNDLE_RTC | BUNDLE_UNCONFINED);
	assert_int_equal(linux_os->dtb_ipa, 0x4fe00000);
	assert_int_equal(linux_os->vcpus.count, 2);
	const struct bundle_partition *heartbeat = &bundle_partitions(bundle)[1];
	assert_int_equal(heartbeat->flags, 0);
	assert_int_equal(heartbeat->uart_ipa, 0);
	assert_int_equal(heartbeat->priority, 200);
	assert_int_equal(bundle_vcpus(bundle)[2].core, 2);
	assert_int_equal(bundle_vcpus(bundle)[2].affinity, 0);
	assert_int_equal(bundle_vcpus(bundle)[2].cores, 4);
	assert_int_equal(bundle_vcpus(bundle)[2].priority, 200);
	const struct bundle_region *region = &bundle_regions(bundle)[heartbeat->regions.first];
	assert_int_equal(region->pa, 0x50000000);
	assert_int_equal(region->ipa, 0x40000000);
}

/* virtio_mmio30 and 31 lie in one page: one region, both names, and both interrupts in order. */
TEST(devices_become_whole_pages)
{
	const struct bundle_header *bundle = pack();
	const struct bundle_partition *linux_os = &bundle_partitions(bundle)[0];
	assert_int_equal(linux_os->regions.count, 2);
	const struct bundle_region *region = &bundle_regions(bundle)[1];
	assert_int_equal(region->kind, BUNDLE_DEVICE);
	assert_int_equal(region->pa, 0x0a003000);
	assert_int_equal(region->ipa, 0x0a003000);
	assert_int_equal(region->size, 0x1000);
	assert_string_equal(region->label, "disk net");
	assert_int_equal(linux_os->interrupts.count, 2);
	assert_int_equal(bundle_interrupts(bundle)[0].intid, 78);
	assert_int_equal(bundle_interrupts(bundle)[1].intid, 79);
	assert_int_equal(bundle_interrupts(bundle)[1].flags, BUNDLE_EDGE);
}

static void expect_region(const struct bundle_header *bundle, uint32_t index, uint32_t kind,
                          uint64_t pa, uint64_t size)
{
	const struct bundle_region *region = &bundle_regions(bundle)[index];
	assert_int_equal(region->kind, kind);
	assert_int_equal(region->pa, pa);
	assert_int_equal(region->size, size);
	assert_string_equal(region->label, kind == BUNDLE_KEPT ? "kept" : "memory");
}

/* In the middle of a remapped piece, one behind the other, and at its very end. */
TEST(what_is_kept_is_cut_out)
{
	sample_model_keep(&sample, sample.heartbeat, 0x40010000, 0x1000, false);
	sample_model_keep(&sample, sample.heartbeat, 0x40011000, 0x2000, false);
	sample_model_keep(&sample, sample.heartbeat, 0x400ff000, 0x1000, false);
	sample.heartbeat->dtb.ipa = 0x400e0000;
	const struct bundle_header *bundle = pack();
	const struct bundle_range range = bundle_partitions(bundle)[1].regions;
	assert_int_equal(range.count, 5);
	expect_region(bundle, range.first, BUNDLE_RAM, 0x50000000, 0x10000);
	expect_region(bundle, range.first + 1, BUNDLE_KEPT, 0x50010000, 0x1000);
	expect_region(bundle, range.first + 2, BUNDLE_KEPT, 0x50011000, 0x2000);
	expect_region(bundle, range.first + 3, BUNDLE_RAM, 0x50013000, 0xec000);
	expect_region(bundle, range.first + 4, BUNDLE_KEPT, 0x500ff000, 0x1000);
	assert_int_equal(bundle_regions(bundle)[range.first + 4].ipa, 0x400ff000);
}

/* Nothing holds such a core where it is. */
TEST(what_has_another_core_is_never_suspended)
{
	static const struct dts_node remote;

	sample.heartbeat->remote_core = &remote;
	const struct bundle_partition *partitions = bundle_partitions(pack());
	assert_int_equal(partitions[0].flags & BUNDLE_NO_SUSPEND, 0);
	assert_int_not_equal(partitions[1].flags & BUNDLE_NO_SUSPEND, 0);
}

/* One page is silenced in one way, or not at all. */
TEST(a_page_of_two_kinds_is_not_silenced)
{
	sample.net->silence = BUNDLE_SILENCE_NOTHING;
	sample.linux_os->no_restart = true;
	assert_int_equal(bundle_regions(pack())[1].silence, BUNDLE_SILENCE_UNKNOWN);
}

TEST(the_life_is_the_models)
{
	sample.linux_os->life = (struct bundle_life){.on_crash = LIFE_DO_HOLD,
	                                             .at_limit = LIFE_DO_OFF,
	                                             .after = 2,
	                                             .manages = 2,
	                                             .limit = 1,
	                                             .window = 1000,
	                                             .delay = 7};
	sample.heartbeat->manual = sample.heartbeat->hide_time = true;
	sample.heartbeat->no_restart = true;
	sample.model.stay_on = sample.model.resets = true;
	sample.model.power = (struct bundle_power){
	    .policy = POWER_BALANCED, .changes = 1, .change = {{.minute = 7, .policy = 2}}};
	const struct bundle_header *bundle = pack();
	const struct bundle_partition *partitions = bundle_partitions(bundle);
	assert_memory_equal(&partitions[0].life, &sample.linux_os->life,
	                    sizeof(partitions[0].life));
	assert_int_equal(partitions[1].flags, BUNDLE_MANUAL | BUNDLE_NO_RESTART | BUNDLE_HIDE_TIME);
	assert_int_equal(bundle->flags, BUNDLE_STAY_ON | BUNDLE_RESETS);
	assert_memory_equal(&bundle->power, &sample.model.power, sizeof(bundle->power));
}

TEST(a_shared_interrupt_is_one)
{
	sample.disk->interrupts[0] = (struct model_interrupt){78, false};
	const struct bundle_header *bundle = pack();
	assert_int_equal(bundle->interrupts.count, 1);
	assert_int_equal(bundle_interrupts(bundle)[0].flags, 0);
}

TEST(every_part_has_its_sums)
{
	const struct bundle_header *bundle = pack();
	assert_int_equal(bundle->parts.count, 5);
	for (uint32_t i = 0; i < bundle->parts.count; i++) {
		const struct bundle_part *part = &bundle_parts(bundle)[i];
		struct sha256 hash;
		uint8_t digest[SHA256_SIZE];
		assert_true(bundle_part_intact(bundle, part));
		sha256_begin(&hash);
		sha256_add(&hash, (const char *)bundle + part->offset, part->size);
		sha256_end(&hash, digest);
		assert_memory_equal(digest, part->sha256, SHA256_SIZE);
	}
	assert_string_equal(bundle_parts(bundle)[0].name, "Image");
	assert_string_equal(bundle_parts(bundle)[2].name, "linux.dtb");
	assert_int_equal(bundle_parts(bundle)[2].kind, BUNDLE_DTB);
	assert_int_equal(((const char *)bundle)[bundle_parts(bundle)[0].offset], 'i');
}

TEST(loads_say_where_parts_go)
{
	const struct bundle_header *bundle = pack();
	const struct bundle_load *loads = bundle_loads(bundle);
	assert_int_equal(bundle->loads.count, 5);
	assert_int_equal(loads[0].pa, 0x48000000);
	assert_int_equal(loads[0].space, 0x10000);
	assert_int_equal(loads[1].pa, 0x4a000000);
	assert_int_equal(loads[3].pa, 0x50080000); /* through the remapped view */
	const struct bundle_part *tree = &bundle_parts(bundle)[loads[2].part];
	const char *blob = (const char *)bundle + tree->offset;
	int size = 0;
	const char *seed = fdt_getprop(blob, fdt_path_offset(blob, "/chosen"), "rng-seed", &size);
	assert_int_equal(loads[2].rng_seed, seed - blob);
	assert_int_equal(loads[0].rng_seed, 0);
}

TEST(equal_files_share_a_part)
{
	char bytes[5000];
	memset(bytes, 'i', sizeof(bytes));
	sample.heartbeat->image.path = sample_model_file(&sample, "same", bytes, sizeof(bytes));
	sample.heartbeat->image.size = sample.heartbeat->image.space = sizeof(bytes);
	const struct bundle_header *bundle = pack();
	assert_int_equal(bundle->parts.count, 4);
	assert_int_equal(bundle_loads(bundle)[3].part, bundle_loads(bundle)[0].part);
}

TEST(a_partition_may_go_without_a_tree)
{
	sample.heartbeat->dtb = (struct model_file){0};
	const struct bundle_header *bundle = pack();
	assert_int_equal(bundle->loads.count, 4);
	assert_int_equal(bundle_partitions(bundle)[1].dtb_ipa, 0);
}

/* A tree of the user's goes in as it is; its seeds are found if it has room for them. */
TEST(a_tree_of_the_users_own)
{
	char blob[512];
	assert_int_equal(fdt_create_empty_tree(blob, sizeof(blob)), 0);
	int chosen = fdt_add_subnode(blob, 0, "chosen");
	assert_int_equal(fdt_setprop_u64(blob, chosen, "kaslr-seed", 0), 0);
	assert_int_equal(fdt_setprop_u64(blob, chosen, "rng-seed", 0), 0); /* too short */
	sample.heartbeat->dtb.path = sample_model_file(&sample, "my.dtb", blob, sizeof(blob));
	sample.heartbeat->dtb.size = sizeof(blob);
	const struct bundle_header *bundle = pack();
	const struct bundle_load *load = &bundle_loads(bundle)[4];
	const struct bundle_part *part = &bundle_parts(bundle)[load->part];
	assert_string_equal(part->name, "my.dtb");
	assert_memory_equal((const char *)bundle + part->offset, blob, sizeof(blob));
	assert_int_not_equal(load->kaslr_seed, 0);
	assert_int_equal(load->rng_seed, 0);
}

TEST(names_are_made_printable)
{
	sample.heartbeat->image.path = sample_model_file(
	    &sample, "a-very-long-n\xc3\xa4me-\x1b[31m-for-an-image-file.bin", "beat", 4);
	const struct bundle_header *bundle = pack();
	assert_string_equal(bundle_parts(bundle)[3].name, "a-very-long-n??me-?[31m-for-an-");
}

TEST(it_is_the_same_each_time)
{
	struct pack_image again;
	pack();
	assert_true(pack_make(&sample.model, NULL, sample.frame, &again, stderr));
	assert_int_equal(again.size, image.size);
	assert_memory_equal(again.bytes, image.bytes, image.size);
	free(again.bytes);
}

TEST(another_frame_is_refused)
{
	char bytes[6000];
	struct frame_header *header = (void *)(bytes + sizeof(struct arm64_image_header));
	struct frame_header good;
	FILE *file = fopen(sample.frame, "rb");
	assert_non_null(file);
	assert_int_equal(fread(bytes, 1, sizeof(bytes), file), sizeof(bytes));
	assert_int_equal(fclose(file), 0);
	good = *header;

	header->board[0] = 'Q';
	sample_model_file(&sample, "frame.img", bytes, sizeof(bytes));
	refuse("this frame is for board 'Qemu-virt', not for 'qemu-virt'");
	*header = good, header->bundle_revision = 77;
	sample_model_file(&sample, "frame.img", bytes, sizeof(bytes));
	refuse("reads bundles of revision 77");
	*header = good, header->uart_base = 0xff000000;
	sample_model_file(&sample, "frame.img", bytes, sizeof(bytes));
	refuse("this frame speaks at 0xff000000, and the board file has its UART at 0x9000000");
	*header = good, header->uart_registers = 2;
	sample_model_file(&sample, "frame.img", bytes, sizeof(bytes));
	refuse("this frame is for a UART with its registers at other places than the board file's");
	*header = good, header->image_size = 5999;
	sample_model_file(&sample, "frame.img", bytes, sizeof(bytes));
	refuse("the file and the size that it tells disagree");
	*header = good, header->magic++;
	sample_model_file(&sample, "frame.img", bytes, sizeof(bytes));
	refuse("not an image of the frame");
	*header = good;
	sample_model_file(&sample, "frame.img", bytes, 119);
	refuse("not an image of the frame");
	unlink(sample.frame);
	refuse("No such file or directory");
}

/* The sample's frame becomes one for any board with a GICv3 and a PL011. */
static void give_frame_for_any(void)
{
	char bytes[6000];
	struct frame_header *header = (void *)(bytes + sizeof(struct arm64_image_header));
	FILE *file = fopen(sample.frame, "rb");
	assert_non_null(file);
	assert_int_equal(fread(bytes, 1, sizeof(bytes), file), sizeof(bytes));
	assert_int_equal(fclose(file), 0);

	strcpy(header->board, "any-gicv3-pl011");
	header->uart_base = 0;
	sample_model_file(&sample, "frame.img", bytes, sizeof(bytes));
	sample.model.uart_at = 0x09000000;
}

TEST(a_frame_for_any_board_becomes_the_boards)
{
	const struct frame_header *packed;

	give_frame_for_any();
	sample.model.any_frame = "gicv3-pl011";
	sample.model.board.uart_registers = BUNDLE_UART_WORDS | 2;
	pack();
	packed = (const void *)((const char *)image.bytes + sizeof(struct arm64_image_header));
	assert_string_equal(packed->board, "qemu-virt");
	assert_int_equal(packed->uart_base, 0x09000000);
	assert_int_equal(packed->uart_registers, BUNDLE_UART_WORDS | 2);
}

TEST(a_frame_for_any_other_board_is_refused)
{
	give_frame_for_any();
	sample.model.any_frame = "gicv3-imx";
	refuse("this frame is for any board with gicv3-pl011, and 'qemu-virt' needs one for "
	       "gicv3-imx");
	sample.model.any_frame = "gicv3-pl0110";
	refuse("this frame is for any board with gicv3-pl011, and");
	sample.model.any_frame = NULL;
	refuse("this frame is for boards whose cores start by PSCI, and those of 'qemu-virt' "
	       "don't");
}

/* A UART that is given away is nobody's business of the frame's. */
TEST(a_frame_without_its_uart)
{
	sample.model.board.uart_base = 0;
	sample.linux_os->console = false;
	pack();
}

TEST(files_that_change_are_refused)
{
	sample_model_file(&sample, "initrd", "short", 5);
	refuse("linux: error: '");
	refuse("initrd' has changed while it was packed; pack again");
	sample_model_file(&sample, "initrd", "", 0);
	unlink(sample.linux_os->image.path);
	refuse("Image' can't be read: No such file or directory");
}

TEST(too_large_is_refused)
{
	sample.model.image_space = 0x8000;
	refuse("were kept for it");
}

/* What the model must never say, and what would harm the machine if it did. */
TEST(a_bad_model_is_caught_by_the_verification)
{
	sample.heartbeat->memory[0].pa = 0x48000000;
	refuse("the packed bundle fails its own verification: region overlaps another");
}

TEST(a_file_appears_whole_or_not_at_all)
{
	char *out = sample_model_path(&sample, "system.img");
	struct stat status;
	FILE *complaints = tmpfile();
	assert_true(pack_write(&sample.model, NULL, sample.frame, out, stderr));
	assert_int_equal(stat(out, &status), 0);
	pack();
	assert_int_equal(status.st_size, image.size);
	assert_int_equal(status.st_mode & 0600, 0600);
	unlink(out);
	sample.model.image_space = 0;
	assert_false(pack_write(&sample.model, NULL, sample.frame, out, complaints));
	assert_int_not_equal(stat(out, &status), 0);
	sample.model.image_space = 0x200000;
	/* a folder stands where the file should go: the temporary file is removed again, or
	 * sample_model_free() would find the folder not empty */
	assert_false(pack_write(&sample.model, NULL, sample.frame, sample.folder, complaints));
	assert_false(pack_write(&sample.model, NULL, sample.frame,
	                        sample_model_path(&sample, "no/where"), complaints));
	assert_int_equal(fclose(complaints), 0);
}
