/*
 * Pictures: everything has its owner, what is dangerous is marked, nothing stands outside the page
 * or is wider than the terminal, and names of files can't break out of the SVG.
 */
#include <host/draw.h>
#include <kumiki/hold.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <unit/tools/sample_model.h>

static struct sample_model sample;
static char *text;

static void set_up(void)
{
	sample_model_make(&sample);
	text = NULL;
}

static void tear_down(void)
{
	free(text);
	sample_model_free(&sample);
}

const struct unit_fixture unit_each = {set_up, tear_down};

static void draw(void (*with)(const struct model *, FILE *))
{
	size_t size = 0;
	free(text);
	text = NULL;
	FILE *file = open_memstream(&text, &size);
	assert_non_null(file);
	with(&sample.model, file);
	assert_int_equal(fclose(file), 0);
}

static void expect(const char *words)
{
	if (strstr(text, words) == NULL)
		fail_msg("'%s' is not in:\n%s", words, text);
}

static size_t count(const char *words)
{
	size_t found = 0;
	for (const char *at = strstr(text, words); at != NULL; at = strstr(at + 1, words))
		found++;
	return found;
}

/* The longest line, in characters. */
static size_t columns(void)
{
	size_t longest = 0, line = 0;
	for (const char *at = text; *at != '\0'; at++) {
		line = *at == '\n' ? 0 : line + (((unsigned char)*at & 0xc0u) != 0x80u);
		longest = line > longest ? line : longest;
	}
	return longest;
}

TEST(a_terminal_shows_each_things_owner)
{
	sample.heartbeat->memory[0].size = 0x200000;
	draw(draw_text);
	expect("sample on board qemu-virt\n");
	expect("  0   cortex-a57      linux, its CPU 0, console service\n");
	expect("  2   cortex-a53      heartbeat, its CPU 0\n");
	expect("  0x040000000                     2 MiB  free\n");
	expect("  0x040200000  #####              2 MiB  frame: image");
	expect("linux: memory · Image ~4.8 KiB, initrd ~2.9 KiB\n");
	expect("heartbeat: memory · seen at 0x40000000, heartbeat.bin");
	expect("\nDevices\n  Each partition: restart at a crash; by itself at most 5 restarts in "
	       "60 s (the second after 100\n    ms), then stop\n");
	assert_int_equal(count("restart at a crash"), 1);
	expect("  linux: 2 cores, 128 MiB; emulated: GIC, console, clock\n"
	       "      net                  0xa003c00, 512 bytes, interrupt 78\n"
	       "    ! disk                 0xa003e00, 512 bytes, interrupt 79\n");
	expect("  heartbeat: 1 core, 2 MiB; emulated: GIC\n");
	expect("  nobody: gpio, rtc, sensor\n");
	expect("! Nothing confines the DMA of disk:");
	assert_in_range(columns(), 1, 100);
}

TEST(lives_are_told)
{
	sample.linux_os->life = (struct bundle_life){.on_crash = LIFE_DO_HOLD,
	                                             .at_limit = LIFE_DO_OFF,
	                                             .after = 2,
	                                             .manages = 2,
	                                             .limit = 1,
	                                             .window = 1000};
	sample.linux_os->hide_time = true;
	sample.heartbeat->manual = sample.heartbeat->no_restart = true;
	sample_model_keep(&sample, sample.linux_os, 0x4e000000, 0x3000, false);
	sample_model_keep(&sample, sample.linux_os, 0x4f000000, 0x40000, true);
	draw(draw_text);
	expect("hold at a crash; by itself at most 1 restart in 1 s, then power off\n");
	expect("starts after heartbeat; manages heartbeat; doesn't see that it is suspended\n");
	expect("restart at a crash; never restarted\n      starts when it is told to\n");
	expect("  0x04e000000  #                 12 KiB  linux: kept\n");
	expect("  0x04f000000  ####             256 KiB  linux: kept · ramoops\n");
	expect("  0x04f040000  ######         ~15.7 MiB  linux: memory\n");
	assert_in_range(columns(), 1, 100);
	draw(draw_svg);
	expect(">linux: kept</text>");
	expect(">ramoops</text>");
	expect(">hold at a crash; by itself at most 1 restart in 1 s, then power off</text>");
	expect(">starts when it is told to</text>");
}

/* The answer of most partitions is said once, and another one where it counts. */
TEST(the_usual_life_is_told_once)
{
	struct model_partition three[3];

	three[0] = three[1] = sample.model.partitions[0];
	three[2] = sample.model.partitions[1];
	three[2].no_restart = true;
	sample.model.partitions = three;
	sample.model.partition_count = 3;
	draw(draw_text);
	expect("  Where nothing else is said: restart at a crash; by itself");
	assert_int_equal(count("by itself at most"), 1);
	assert_int_equal(count("never restarted"), 1);
	draw(draw_svg);
	assert_int_equal(count(">Where nothing else is said:"), 1);
	expect("never restarted</text>");
}

/* The last core of linux, which heartbeat may get; then nobody has it. */
TEST(cores_that_move_are_told)
{
	struct model_vcpu vcpus[2];

	vcpus[0] = vcpus[1] = sample.heartbeat->vcpus[0];
	vcpus[1].core = 1;
	vcpus[1].cores = 1u << 1;
	sample.heartbeat->vcpus = vcpus;
	sample.heartbeat->vcpu_count = 2;
	sample.heartbeat->may_hold = 1u << 1;
	sample.heartbeat->moves_cores = sample.linux_os->moves_cores = true;
	sample.model.shift = (struct bundle_shift){
	    .by_load = 1, .changes = 1, .least = {1, 1}, .change = {{22 * 60, 1, HOLD_NOBODY}}};
	draw(draw_text);
	expect("      linux 1 (100); heartbeat 1 (200) may come\n");
	expect("  Cores move by load; 22:00 core 1 to nobody (UTC); never below linux 1, heartbeat "
	       "1\n");
	draw(draw_svg);
	expect(
	    ">Cores move by load; 22:00 core 1 to nobody (UTC); never below linux 1, heartbeat 1<");
	sample.linux_os->may_hold = 1u << 1;
	sample.model.free_cores = 1u << 1;
	draw(draw_text);
	expect("      heartbeat 1 (200), linux 1 (100) may come\n");
}

/* On one core three, of which one may also run elsewhere. */
TEST(turns_are_shown_by_urgency)
{
	sample.linux_os->vcpus[1].core = 2;
	sample.linux_os->vcpus[1].cores = 6;
	sample.linux_os->vcpus[0].cores = 5;
	draw(draw_text);
	expect("  0   cortex-a57      linux, its CPU 0, console service\n");
	expect("  1   cortex-a57      \n      linux 1 (100) may come\n");
	expect("  2   cortex-a53      \n      heartbeat 0 (200), linux 1 (100); linux 0 (100) may "
	       "come\n");
	assert_in_range(columns(), 1, 100);
	sample.linux_os->vcpus[0].core = 2;
	draw(draw_text);
	expect("  linux: 2 CPUs on 1 core, 128 MiB;");
	draw(draw_svg);
	expect(">in turns</text>");
	/* Two owners, a stripe each; and no box of the core in one colour. */
	assert_int_equal(count("width=\"65\" height=\"125\""), 2);
	assert_int_equal(count("width=\"130\" height=\"125\" fill=\"none\""), 1);
	expect(">heartbeat 0</text>");
	expect(">200</text>");
	assert_int_equal(count(">linux 1</text>"), 2);
	expect("stroke-dasharray=\"3 2\"");
}

TEST(the_core_that_boots_may_be_nobodys)
{
	sample.linux_os->vcpu_count = 1;
	sample.linux_os->vcpus[0].core = 1;
	sample.linux_os->vcpus[0].cores = 2;
	draw(draw_text);
	expect("  0   cortex-a57      frame, console service\n");
}

TEST(long_words_stay_in_the_terminal)
{
	char name[200];
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	sample.linux_os->image.path = name;
	sample.linux_os->name = "a-partition-with-a-very-long-na";
	for (size_t i = 0; i < 2; i++)
		sample.linux_os->devices[i]->label = name;
	draw(draw_text);
	/* a word that has no place to break is the one thing that may be longer */
	assert_int_equal(count(name), 1);
}

TEST(the_picture_shows_each_things_owner)
{
	draw(draw_svg);
	expect(">linux: memory</text>");
	expect(">heartbeat: memory</text>");
	expect(">seen at 0x40000000, heartbeat.bin 4 bytes</text>");
	expect(">frame: image</text>");
	expect(">core 2</text>");
	expect(">+ console service</text>");
	expect(">Nobody's: gpio, rtc, sensor</text>");
	expect(">Nothing confines the DMA of disk: ");
	assert_int_equal(count(">DMA unconfined</text>"), 1);
	assert_int_equal(count("fill=\"url(#warning)\""), 2); /* the device, the legend */
	expect(">disk</text>");
	sample.disk->qemu_device = "virtio-blk-device,drive=disk0";
	draw(draw_svg);
	expect(">disk (blk)</text>");
	expect(">Nothing confines the DMA of disk: ");
	sample.disk->qemu_device = "sdhci-pci";
	sample.disk->unconfined_dma = false;
	draw(draw_svg);
	expect(">disk (sdhci-pci)</text>");
	assert_int_equal(count("fill=\"url(#warning)\""), 0);
	assert_int_equal(count("Nothing confines"), 0);
}

/* By their places on the bus, wherever their registers came to lie, and behind what has an address.
 */
TEST(functions_stand_in_the_order_of_the_bus)
{
	struct model_function first = {.slot = 1 << 3, .confined = true};
	struct model_function last = {.slot = 10 << 3, .confined = true};
	struct model_device *low = sample.linux_os->devices[0], *high = sample.linux_os->devices[1];
	if (low->ranges[0].base > high->ranges[0].base) {
		low = high;
		high = sample.linux_os->devices[0];
	}
	low->label = "at-the-end";
	low->function = &last;
	draw(draw_svg);
	assert_true(strstr(text, high->label) < strstr(text, low->label));
	high->label = "at-the-beginning";
	high->function = &first;
	draw(draw_svg);
	assert_true(strstr(text, ">at-the-beginning") < strstr(text, ">at-the-end"));
	low->function = &first;
	high->function = &last;
	draw(draw_svg);
	assert_true(strstr(text, ">at-the-beginning") > strstr(text, ">at-the-end"));
}

/* Each element is closed, and attributes hold numbers inside the page. */
TEST(the_picture_is_well_formed)
{
	int width = 0, height = 0, depth = 0;
	draw(draw_svg);
	const char *page = strstr(text, "<svg ");
	assert_non_null(page);
	assert_int_equal(
	    sscanf(strstr(page, " width="), " width=\"%d\" height=\"%d\"", &width, &height), 2);
	for (const char *at = page; (at = strchr(at, '<')) != NULL; at++) {
		const char *end = strchr(at, '>');
		int x = 0, y = 0, w = 0, h = 0;
		assert_non_null(end);
		depth += at[1] == '/' ? -1 : end[-1] == '/' ? 0 : 1;
		assert_true(depth >= 0);
		if (sscanf(at, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"", &x, &y, &w,
		           &h) == 4) {
			assert_true(x >= 0 && y >= 0 && w > 0 && h > 0);
			assert_true(x + w <= width && y + h <= height);
		}
		if (sscanf(at, "<text x=\"%d\" y=\"%d\"", &x, &y) == 2)
			assert_true(x >= 0 && y > 0 && x < width && y < height);
	}
	assert_int_equal(depth, 0);
}

TEST(names_cannot_break_out)
{
	sample.linux_os->image.path = "/x/a<b>&\"\x1b.bin";
	draw(draw_svg);
	expect(">a&lt;b&gt;&amp;&quot;?.bin ~4.8 KiB, initrd");
	draw(draw_text);
	expect("a<b>&\"?.bin");
}

TEST(it_is_the_same_each_time)
{
	draw(draw_svg);
	char *first = text;
	text = NULL;
	draw(draw_svg);
	assert_string_equal(first, text);
	free(first);
}
