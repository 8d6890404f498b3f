/* What `kumiki show` tells of a good image, and of every kind of damaged one. */
#include <host/pack.h>
#include <host/show.h>
#include <kumiki/hold.h>
#include <kumiki/rtos/image.h>
#include <lib/bundle.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <unit/tools/sample_model.h>

static struct sample_model sample;
static struct pack_image packed;
static struct show_image image;
static char *text;

static void set_up(void)
{
	sample_model_make(&sample);
	assert_true(pack_make(&sample.model, NULL, sample.frame, &packed, stderr));
	text = NULL;
}

static void tear_down(void)
{
	free(packed.bytes);
	free(text);
	sample_model_free(&sample);
}

const struct unit_fixture unit_each = {set_up, tear_down};

static bool report(void)
{
	size_t size = 0;
	free(text);
	text = NULL;
	FILE *file = open_memstream(&text, &size);
	assert_non_null(file);
	bool good = show_report(&image, "system.img", file);
	assert_int_equal(fclose(file), 0);
	return good;
}

static void expect(const char *words)
{
	if (strstr(text, words) == NULL)
		fail_msg("'%s' is not in:\n%s", words, text);
}

TEST(a_good_image_is_told_in_full)
{
	assert_true(show_open(&image, packed.bytes, packed.size));
	assert_true(report());
	expect("system      sample\n");
	expect("board       qemu-virt, 3 cores in use, RAM 0x040000000–0x07fffffff  1 GiB\n");
	expect("frame       ~8.7 KiB, version 1.2.3-dev, bundle revision ");
	expect("partition 1: linux, priority 100\n"
	       "  cores     0, 1\n"
	       "  begins    by itself\n"
	       "  policy    restart at a crash; by itself at most 5 restarts in 60 s (the second "
	       "after 100 ms), then stop\n"
	       "  DMA       NOT CONFINED: one of its devices reaches all memory\n"
	       "  memory    0x048000000–0x04fffffff  128 MiB\n"
	       "  device    0x00a003000–0x00a003fff  4 KiB  disk net\n"
	       "  interrupt 78 (edge), 79 (edge)\n"
	       "  emulated  GIC 0x8000000 0x80a0000, UART 0x9000000 (interrupt 33), clock "
	       "0x9010000 (interrupt 34)\n"
	       "  image     0x048000000–0x04800ffff  64 KiB  part 0, Image\n");
	expect("  memory    0x050000000–0x0500fffff  1 MiB  seen at 0x40000000\n");
	expect("part 1: initrd initrd, ~2.9 KiB (3000), for linux\n");
	expect("  verdict   intact\n\ntables ");
	expect("\nverdict     intact\n");
	assert_null(strstr(text, "DAMAGED"));
}

/* One that linux has, and heartbeat may get; then nobody has it. */
TEST(cores_that_move_are_told)
{
	struct model_vcpu vcpus[2];

	free(packed.bytes);
	vcpus[0] = vcpus[1] = sample.heartbeat->vcpus[0];
	vcpus[1].affinity = 1;
	vcpus[1].core = 1;
	vcpus[1].cores = 1u << 1;
	sample.heartbeat->vcpus = vcpus;
	sample.heartbeat->vcpu_count = 2;
	sample.heartbeat->may_hold = 1u << 1;
	sample.heartbeat->moves_cores = sample.linux_os->moves_cores = true;
	sample.heartbeat->manager_intid = sample.linux_os->manager_intid = 40;
	sample.model.shift = (struct bundle_shift){
	    .by_load = 1, .changes = 1, .least = {1, 1}, .change = {{22 * 60, 1, HOLD_NOBODY}}};
	assert_true(pack_make(&sample.model, NULL, sample.frame, &packed, stderr));
	assert_true(show_open(&image, packed.bytes, packed.size));
	assert_true(report());
	expect("\n  cores     move by load; 22:00 core 1 to nobody (UTC); never below linux 1, "
	       "heartbeat 1\n");
	expect("  CPU 1     core 1 is its own at the start, may be that of heartbeat\n");
	expect("  CPU 1     core 1 is another one's at the start, may be that of linux\n");
	free(packed.bytes);
	sample.linux_os->may_hold = 1u << 1;
	sample.model.free_cores = 1u << 1;
	assert_true(pack_make(&sample.model, NULL, sample.frame, &packed, stderr));
	assert_true(show_open(&image, packed.bytes, packed.size));
	assert_true(report());
	expect("  CPU 1     core 1 is nobody's at the start, may be that of heartbeat\n");
}

TEST(lives_are_told)
{
	static const struct dts_node remote;

	free(packed.bytes);
	sample.linux_os->life.after = sample.linux_os->life.manages = 2;
	sample.linux_os->hide_time = true;
	sample.heartbeat->manual = sample.heartbeat->no_restart = true;
	sample.heartbeat->life.on_crash = LIFE_DO_STOP;
	sample.model.stay_on = sample.model.resets = true;
	sample.model.power = (struct bundle_power){.policy = POWER_POWERSAVE};
	sample.model.cores[0].takes = sample.model.cores[1].takes =
	    (struct bundle_milliwatts){3, 0, 0};
	sample.model.cores[0].speed = 300;
	sample.model.cores[1].speed = sample.model.fastest = 400;
	sample.model.cores[2].takes = (struct bundle_milliwatts){7, 2, 1};
	sample.heartbeat->manages_power = true;
	sample.heartbeat->remote_core = &remote;
	sample_model_keep(&sample, sample.linux_os, 0x4e000000, 0x3000, false);
	assert_true(pack_make(&sample.model, NULL, sample.frame, &packed, stderr));
	assert_true(show_open(&image, packed.bytes, packed.size));
	assert_true(report());
	expect("\n  power     powersave at start\n"
	       "  speed     of 1024: 768 1024 1024\n"
	       "  power     cores 0 to 1: 3 mW busy, 0 idle, 0 off each\n"
	       "  power     cores 2 to 2: 7 mW busy, 2 idle, 1 off each\n");
	expect("\n  stays on  when the last partition has stopped\n"
	       "  is reset  when the frame has failed\n");
	expect("\n  begins    by itself, after heartbeat\n"
	       "  policy    restart at a crash; by itself at most 5 restarts in 60 s (the second "
	       "after 100 ms), then stop; doesn't see that it is suspended\n"
	       "  DMA       NOT CONFINED: one of its devices reaches all memory\n"
	       "  manages   heartbeat\n"
	       "  memory    0x048000000–0x04dffffff  96 MiB\n"
	       "  kept      0x04e000000–0x04e002fff  12 KiB\n"
	       "  memory    0x04e003000–0x04fffffff  ~31.9 MiB\n");
	expect("\n  begins    when it is told to\n"
	       "  policy    stop at a crash; never restarted\n"
	       "  remote    its image runs on a foreign core, its vCPU is that core's minder\n"
	       "  suspend   can't be: nothing holds its foreign core\n"
	       "  power     may change which cores are on\n  memory ");
}

/* Where vCPUs may run, how urgent they are, and what time is theirs: what is out of the ordinary.
 */
TEST(times_of_vcpus_are_told)
{
	struct model_vcpu *vcpus = sample.linux_os->vcpus, *heartbeat = sample.heartbeat->vcpus;
	free(packed.bytes);
	vcpus[0].priority = vcpus[0].priority_high = 150;
	vcpus[1].cores = 7;
	vcpus[1].budget_us = 2000, vcpus[1].budget_period_us = 10000;
	heartbeat->budget_us = 300, heartbeat->budget_period_us = 1000;
	heartbeat->period_us = 1000, heartbeat->deadline_us = 500;
	heartbeat->flags = BUNDLE_VCPU_GUARANTEE | BUNDLE_VCPU_REALTIME;
	heartbeat->on_miss = BUNDLE_MISS_RESTART;
	assert_true(pack_make(&sample.model, NULL, sample.frame, &packed, stderr));
	assert_true(show_open(&image, packed.bytes, packed.size));
	assert_true(report());
	expect("\n  cores     0, 1\n"
	       "  CPU 0     starts on core 0; priority 150; its tasks 100 to 150\n"
	       "  CPU 1     starts on core 1; may run on cores 0, 1, 2; at most 2000 us in 10000 "
	       "us\n  begins ");
	expect("\n  cores     2\n"
	       "  CPU 0     starts on core 2; at least 300 us in 1000 us; work each 1000 us, done "
	       "in 500 us, a miss restarts it; real-time\n  begins ");
	heartbeat->on_miss = BUNDLE_MISS_TELL;
	free(packed.bytes);
	assert_true(pack_make(&sample.model, NULL, sample.frame, &packed, stderr));
	assert_true(show_open(&image, packed.bytes, packed.size));
	assert_true(report());
	expect(", a miss is told to its managers; ");
}

TEST(a_damaged_part_is_named)
{
	assert_true(show_open(&image, packed.bytes, packed.size));
	const struct bundle_part *initrd = &bundle_parts(image.bundle)[1];
	char *bundle = (char *)packed.bytes + ((const uint8_t *)image.bundle - image.bytes);
	bundle[initrd->offset + 2999] ^= 1;
	assert_true(show_open(&image, packed.bytes, packed.size));
	assert_false(report());
	expect("verdict     DAMAGED: part 1 (initrd);");
	assert_non_null(show_find_tree(&image, "linux", stderr));
}

/* Each byte of it counts: the arm64 header as packed, the code, the padding behind it. */
TEST(a_damaged_frame_is_named)
{
	static const size_t places[] = {8, 16, 24, 200, 5999, 6000, 12287};
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char *bytes = packed.bytes;
		bytes[places[i]] ^= 1;
		assert_true(show_open(&image, packed.bytes, packed.size));
		assert_false(report());
		expect(", DAMAGED: its bytes don't have this sum\n  image ");
		expect("\nverdict     DAMAGED: the frame; don't start it\n");
		bytes[places[i]] ^= 1;
	}
	assert_true(show_open(&image, packed.bytes, packed.size));
	assert_true(report());
}

TEST(frame_and_part_are_both_named)
{
	assert_true(show_open(&image, packed.bytes, packed.size));
	char *bytes = packed.bytes;
	bytes[(const uint8_t *)image.bundle - image.bytes +
	      (ptrdiff_t)bundle_parts(image.bundle)[0].offset] ^= 1;
	bytes[200] ^= 1;
	assert_true(show_open(&image, packed.bytes, packed.size));
	assert_false(report());
	expect("DAMAGED: the frame, part 0 (Image); don't start it\n");
}

TEST(damaged_tables_are_named)
{
	assert_true(show_open(&image, packed.bytes, packed.size));
	char *bundle = (char *)packed.bytes + ((const uint8_t *)image.bundle - image.bytes);
	bundle[300] ^= 1;
	assert_false(show_open(&image, packed.bytes, packed.size));
	assert_false(report());
	expect("verdict     DAMAGED: tables damaged: wrong CRC-32C\n");
	bundle[0] ^= 1;
	assert_false(show_open(&image, packed.bytes, packed.size));
	assert_false(report());
	expect("DAMAGED: no bundle: wrong magic");
}

TEST(a_cut_file_is_told)
{
	for (size_t size = 0; size < packed.size; size += 501) {
		void *cut = malloc(size + 1);
		assert_non_null(cut);
		memcpy(cut, packed.bytes, size);
		assert_false(show_open(&image, cut, size));
		assert_false(report());
		expect("DAMAGED: ");
		free(cut);
	}
	assert_false(show_open(&image, packed.bytes, 5000));
	assert_false(report());
	expect("a frame without a bundle, or cut short");
	assert_false(show_open(&image, packed.bytes, packed.size - 1));
	assert_false(report());
	expect("bundle cut short");
}

TEST(an_image_of_the_rtos_is_known)
{
	uint64_t words[12] = {[8] = RTOS_KERNEL_MAGIC};
	assert_false(show_is_rtos(packed.bytes, packed.size));
	assert_false(show_is_rtos(words, 72));
	assert_true(show_is_rtos(words, sizeof(words)));
}

TEST(trees_are_found_by_name)
{
	char *said = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&said, &size);
	assert_true(show_open(&image, packed.bytes, packed.size));
	assert_string_equal(show_find_tree(&image, "heartbeat", file)->name, "heartbeat.dtb");
	assert_null(show_find_tree(&image, "lunix", file));
	assert_int_equal(fclose(file), 0);
	assert_string_equal(
	    said, "error: there is no partition 'lunix' in it; there are 'linux' 'heartbeat'\n");
	free(said);
}
