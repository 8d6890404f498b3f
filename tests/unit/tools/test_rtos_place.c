/*
 * Names of a system's description in a manifest: packed into a partition, each device is where the
 * model has it, and the image's sums are right. A name that isn't there is refused with words. The
 * manifest is tests/manifests/good/watched.dts; the description is in here. Runs from the top of
 * the checkout.
 *
 * Shows: rtos.system-names.
 */
#include <host/rtos.h>
#include <kumiki/rtos/call.h>
#include <lib/bundle.h>
#include <lib/rtosfile.h>
#include <lib/rtosimage.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define MANIFEST      "tests/manifests/good/watched.dts"
#define SYSTEM        "tests/manifests/good/none.dts"
#define IMAGE         "tests/manifests/good/rtos.img"
#define KERNEL_OFFSET 8192

enum { DRIVER = 3, BLOCK = 4 }; /* programs of the manifest */

static const char description[] =
    "/dts-v1/;\n"
    "/include/ \"qemu-virt.dtsi\"\n"
    "/ { domains {\n"
    "my-linux { compatible = \"openamp,domain-v1\"; cpus = <&cpus 0x1>;\n"
    "kumiki,memory = \"16M as 0x80000000\", \"4M at 0x70000000\";\n"
    "kumiki,image = \"../../descriptions/files/raw\"; };\n"
    "rtos { compatible = \"openamp,domain-v1\"; cpus = <&cpus 0x2>;\n"
    "kumiki,memory = \"16M as 0x40000000\";\n"
    "kumiki,image = \"rtos.img\";\n"
    "access = <&medium>;\n"
    "kumiki,watches = \"my-linux\"; };\n"
    "};\n"
    "windows { alarms { kumiki,size = \"12K\"; kumiki,writers = \"rtos\"; kumiki,readers = "
    "\"my-linux\"; }; };\n"
    "channels { disk { compatible = \"kumiki,disk\"; kumiki,provider = \"rtos\"; kumiki,ends = "
    "\"my-linux\"; }; };\n"
    "};\n"
    "&pcie { medium: medium@3 { compatible = \"pci1af4,1041\"; reg = <0x1800 0 0 0 0>;\n"
    "kumiki,qemu-device = \"virtio-net-pci\"; }; };\n";

static const char *const dirs[] = {"frame/board/qemu-virt"};
static struct rtos_bytes image;
static const char *text; /* of SYSTEM */

static const void *place_file(const char *path, size_t *size)
{
	*size = strcmp(path, IMAGE) == 0 ? image.size : strlen(text);
	if (strcmp(path, IMAGE) == 0)
		return image.bytes;
	return strcmp(path, SYSTEM) == 0 ? text : NULL;
}

static int place_read(void *context, struct arena *arena, const char *path, size_t limit,
                      char **data, size_t *size)
{
	size_t length;
	const void *bytes = place_file(path, &length);

	(void)context;
	if (!bytes)
		return file_access_system.read(NULL, arena, path, limit, data, size);
	*data = arena_copy(arena, bytes, length);
	*size = length;
	return 0;
}

static int place_peek(void *context, const char *path, void *head, size_t head_size, uint64_t *size)
{
	size_t length;
	const void *bytes = place_file(path, &length);

	(void)context;
	if (!bytes)
		return file_access_system.peek(NULL, path, head, head_size, size);
	memset(head, 0, head_size);
	memcpy(head, bytes, length < head_size ? length : head_size);
	*size = length;
	return 0;
}

static const struct file_access access_here = {NULL, place_read, place_peek};
static const struct model_options options = {
    .include_dirs = dirs, .include_dir_count = 1, .access = &access_here};

/* Packs the manifest with one device that is called otherwise; NULL: as it is. */
static void pack(const char *name, const char *called, uint32_t owner)
{
	static uint8_t bytes[256];
	const struct arm64_image_header head = {.magic = ARM64_IMAGE_MAGIC,
	                                        .image_size = KERNEL_OFFSET};
	const struct rtos_kernel_header header = {.magic = RTOS_KERNEL_MAGIC,
	                                          .image_revision = RTOS_IMAGE_REVISION,
	                                          .call_revision = RTOS_CALL_REVISION,
	                                          .image_offset = KERNEL_OFFSET,
	                                          .copy_size = sizeof(bytes)};
	const struct rtos_bytes kernel = {bytes, sizeof(bytes)};
	struct rtos_system *system;

	text = description;
	memcpy(bytes, &head, sizeof(head));
	memcpy(bytes + sizeof(head), &header, sizeof(header));
	system = rtos_load(MANIFEST, &options, stderr);
	assert_non_null(system);
	for (uint32_t i = 0; i < system->device_count; i++)
		if (!strcmp(system->devices[i].name, "wire"))
			system->devices[i].end = RTOS_END_PROVIDER; /* as a driver's file says */
	for (uint32_t i = 0; name && i < system->device_count; i++)
		if (!strcmp(system->devices[i].name, name)) {
			system->devices[i].kind = RTOS_CALLED_DEVICE;
			system->devices[i].owner = owner;
			(void)snprintf(system->devices[i].called, RTOS_CALLED_NAME, "%s", called);
		}
	assert_true(rtos_pack_make(system, &kernel, "kernel", &image, stderr));
	rtos_free(system);
}

static void set_up(void)
{
	pack(NULL, NULL, 0);
}

static void tear_down(void)
{
	free(image.bytes);
}

const struct unit_fixture unit_each = {set_up, tear_down};

static const struct model_partition *partition_of(const struct model *model)
{
	for (size_t i = 0; i < model->partition_count; i++)
		if (!strcmp(model->partitions[i].name, "rtos"))
			return &model->partitions[i];
	return NULL;
}

/* The device with this name, of an image that is whole and has all places. */
static const struct rtos_manifest_device *device_of(const char *name)
{
	const struct rtos_image *found;
	const struct rtos_part *part;
	const struct rtos_manifest *manifest;
	const char *why;

	assert_true(rtosfile_find(image.bytes, image.size, &found, &why));
	part = rtosimage_manifest(found);
	assert_true(rtosimage_part_intact(found, part));
	manifest = (const void *)((const uint8_t *)found + part->offset);
	assert_int_equal(rtosmanifest_verify(manifest, (size_t)part->size, found).fault,
	                 RTOSIMAGE_OK);
	for (uint32_t i = 0; i < manifest->devices.count; i++)
		if (!strcmp(rtosmanifest_devices(manifest)[i].name, name))
			return &rtosmanifest_devices(manifest)[i];
	fail_msg("no device %s", name);
	return NULL;
}

static struct model *placed(void)
{
	struct complaints complaints = {.arena = NULL};
	struct model *model = model_load(SYSTEM, &options, stderr);

	assert_non_null(model);
	assert_int_equal(model->warnings, 0);
	complaints.arena = &model->arena;
	assert_true(rtos_place(model, partition_of(model), image.bytes, image.size, &complaints));
	return model;
}

TEST(test_a_channels_end_and_a_window)
{
	struct model *model = placed();
	const struct rtos_manifest_device *wire = device_of("wire"), *alarms = device_of("alarms");

	assert_int_equal(wire->range_count, 1);
	assert_int_equal(wire->ranges[0].base, model->channels[0].ends[0].ipa);
	assert_int_equal(wire->ranges[0].size, BUNDLE_END_SIZE);
	assert_int_equal(wire->interrupt_count, 1);
	assert_int_equal(wire->interrupts[0], model->channels[0].ends[0].intid);
	assert_int_equal(alarms->range_count, 1);
	assert_int_equal(alarms->ranges[0].base, model->windows[0].members[0].ipa);
	assert_int_equal(alarms->ranges[0].size, 0x3000);
	model_free(model);
}

/* Registers, and each piece of memory with the place that the partition itself has it at. */
TEST(test_a_watched_partition)
{
	struct model *model = placed();
	const struct model_partition *self = partition_of(model);
	const struct rtos_manifest_device *device = device_of("linux");

	assert_int_equal(device->range_count, 3);
	assert_int_equal(device->ranges[0].base, self->watch_ipa);
	assert_int_equal(device->ranges[1].base, self->watched_ipa[0]);
	assert_int_equal(device->ranges[1].size, 16 << 20);
	assert_int_equal(device->places[1], 0x80000000);
	assert_int_equal(device->ranges[2].base, self->watched_ipa[1]);
	assert_int_equal(device->places[2], 0x70000000);
	model_free(model);
}

TEST(test_a_function_and_the_watchdog)
{
	struct model *model = placed();
	const struct model_partition *self = partition_of(model);
	const struct model_function *function = self->devices[0]->function;
	const struct rtos_manifest_device *disk = device_of("disk");

	assert_int_equal(disk->range_count, 2);
	assert_int_equal(disk->ranges[0].base, self->pci_ecam_ipa + 0x18 * 0x1000);
	assert_int_equal(disk->ranges[1].base, function->bars[4].base);
	assert_int_equal(disk->ranges[1].size, 0x4000);
	assert_int_equal(disk->interrupts[0], function->intid);
	assert_int_equal(device_of("watchdog")->ranges[0].base, self->watchdog_ipa);
	assert_int_equal(device_of("watchdog")->ranges[0].size, 0x2000);
	model_free(model);
}

/* A placed image stays as it is; a file that is no image, too. */
TEST(test_nothing_to_place)
{
	struct model *model = placed();
	struct complaints complaints = {.arena = &model->arena};
	uint8_t *copy = malloc(image.size), other[64] = {1};

	assert_non_null(copy);
	memcpy(copy, image.bytes, image.size);
	assert_true(rtos_place(model, partition_of(model), image.bytes, image.size, &complaints));
	assert_memory_equal(copy, image.bytes, image.size);
	assert_true(rtos_place(model, partition_of(model), other, sizeof(other), &complaints));
	assert_int_equal(other[0], 1);
	free(copy);
	model_free(model);
}

/* ---- names that aren't there ---- */

struct wrong {
	const char *from, *to; /* the change of the description */
	const char *words;     /* behind "the manifest of this image " */
};

static const struct wrong wrongs[] = {
    {"channels { disk", "channels { disc",
     "wants an end of the channel 'disk', which 'rtos' doesn't have; did you mean 'disc'?"},
    {"channels { disk", "channels { store",
     "wants an end of the channel 'disk', which 'rtos' doesn't have; give the channel that end in "
     "the description, or correct the name in the manifest"},
    {"kumiki,provider = \"rtos\"; kumiki,ends = \"my-linux\"",
     "kumiki,provider = \"my-linux\"; kumiki,ends = \"rtos\"",
     "has a driver for the provider's end of a disk ('wire'), and 'rtos' has a user's end of the "
     "disk 'disk'; name another channel or use another driver in the manifest, or correct the "
     "channel"},
    {"kumiki,watches = \"my-linux\";", "",
     "watches 'my-linux', and 'rtos' watches nobody; add: kumiki,watches = \"my-linux\";"},
    {"\"4M at 0x70000000\"", "\"4M at 0x70000000\", \"4M at 0x71000000\", \"4M at 0x72000000\"",
     "watches 'my-linux', whose memory has 4 pieces, and a program can watch 3; give 'my-linux' "
     "fewer and larger ones in 'kumiki,memory'"},
    {"16M as 0x80000000", "2G as 0x80000000",
     "gives 'watcher' 96 KiB, and with what the program has of 'rtos' it takes 104 KiB before its "
     "first instruction; raise its 'kumiki,memory' there"},
    {"kumiki,size = \"12K\"", "kumiki,size = \"2M\"",
     "gives 'watcher' 96 KiB, and with what the program has of 'rtos' it takes 100 KiB before its "
     "first instruction; raise its 'kumiki,memory' there"},
    {"reg = <0x1800 0 0 0 0>", "reg = <0x1800 0 0 0 0>, <0x43001820 0 0 0 0x4000000>",
     "gives 'block' 128 KiB, and with what the program has of 'rtos' it takes 200 KiB before its "
     "first instruction; raise its 'kumiki,memory' there"},
    {"windows { alarms", "windows { samples",
     "wants the window 'alarms', which 'rtos' doesn't have; name it in the window's "
     "'kumiki,writers' or 'kumiki,readers', or correct the name in the manifest"},
    {"access = <&medium>;", "access = <&pl061>;",
     "wants the device 'medium', which 'rtos' doesn't have; add it to 'access', or correct the "
     "name in the manifest"},
    {"kumiki,image = \"rtos.img\";", "kumiki,image = \"rtos.img\"; kumiki,no-watchdog;",
     "wants the device 'watchdog', which 'rtos' doesn't have; take 'kumiki,no-watchdog' out, or "
     "correct the name in the manifest"},
};

static char *changed(const struct wrong *wrong)
{
	const char *at = strstr(description, wrong->from);
	char *result = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&result, &size);

	assert_non_null(at);
	fprintf(out, "%.*s%s%s", (int)(at - description), description, wrong->to,
	        at + strlen(wrong->from));
	assert_int_equal(fclose(out), 0);
	return result;
}

/* The description, which is refused with these words. */
static void expect_refused(const char *system, const char *words)
{
	char *said = NULL, expected[512];
	size_t size = 0;
	FILE *out = open_memstream(&said, &size);

	text = system;
	assert_null(model_load(SYSTEM, &options, out));
	assert_int_equal(fclose(out), 0);
	(void)snprintf(expected, sizeof(expected), "error: the manifest of this image %s\n", words);
	if (!strstr(said, expected))
		fail_msg("%s'%s' is missing", said, words);
	free(said);
}

TEST(test_each_wrong_name)
{
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		char *system = changed(&wrongs[i]);

		expect_refused(system, wrongs[i].words);
		free(system);
	}
}

/* Two programs have one device, as only its place shows. */
TEST(test_one_owner)
{
	free(image.bytes);
	pack("wire", "medium", DRIVER);
	expect_refused(description, "gives 'disk' to 'block', which has interrupt 38, as 'wire' of "
	                            "'driver'; give out one of them");
	free(image.bytes);
	pack("alarms", "watchdog", BLOCK);
	expect_refused(
	    description,
	    "gives 'watchdog' to 'watcher', which has registers in the page at 0x9040000, as "
	    "'alarms' of 'block'; give both to one program");
}
