/* See sample_model.h. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <unit.h>
#include <unit/tools/sample_model.h>

#define SAMPLE_DEVICES_MAX 8

static const char sample_board[] =
    "/dts-v1/;\n"
    "/ {\n"
    "	#address-cells = <2>; #size-cells = <2>; interrupt-parent = <&intc>;\n"
    "	compatible = \"linux,dummy-virt\"; model = \"dummy\"; kumiki,board = \"qemu-virt\";\n"
    "	domains { kumiki,hidden; };\n"
    "	chosen { stdout-path = \"/pl011@9000000\"; };\n"
    "	memory@40000000 { device_type = \"memory\"; reg = <0 0x40000000 0 0x40000000>; };\n"
    "	cpus { #address-cells = <1>; #size-cells = <0>;\n"
    "		cpu0: cpu@0 { device_type = \"cpu\"; compatible = \"arm,cortex-a57\"; reg = <0>; "
    "};\n"
    "		cpu1: cpu@1 { device_type = \"cpu\"; compatible = \"arm,cortex-a57\"; reg = <1>; "
    "};\n"
    "		cpu2: cpu@2 { device_type = \"cpu\"; compatible = \"arm,cortex-a53\"; reg = <2>; "
    "};\n"
    "	};\n"
    "	psci { compatible = \"arm,psci-1.0\"; method = \"smc\"; };\n"
    "	timer { compatible = \"arm,armv8-timer\"; always-on;\n"
    "		interrupts = <1 13 4 1 14 4 1 11 4 1 10 4>; };\n"
    "	intc: intc@8000000 { compatible = \"arm,gic-v3\"; interrupt-controller;\n"
    "		#interrupt-cells = <3>; #address-cells = <2>; #size-cells = <2>; ranges;\n"
    "		reg = <0 0x08000000 0 0x10000 0 0x080a0000 0 0xf60000>;\n"
    "		its: its@8080000 { compatible = \"arm,gic-v3-its\"; msi-controller;\n"
    "			#msi-cells = <1>; reg = <0 0x08080000 0 0x20000>; };\n"
    "	};\n"
    "	apb_pclk: apb-pclk { compatible = \"fixed-clock\"; #clock-cells = <0>;\n"
    "		clock-frequency = <24000000>; };\n"
    "	uart: pl011@9000000 { compatible = \"arm,pl011\", \"arm,primecell\";\n"
    "		reg = <0 0x09000000 0 0x1000>; interrupts = <0 1 4>;\n"
    "		clock-names = \"uartclk\", \"apb_pclk\"; clocks = <&apb_pclk &apb_pclk>; };\n"
    "	rtc: pl031@9010000 { compatible = \"arm,pl031\", \"arm,primecell\";\n"
    "		reg = <0 0x09010000 0 0x1000>; interrupts = <0 2 4>;\n"
    "		clock-names = \"apb_pclk\"; clocks = <&apb_pclk>; };\n"
    "	gpio: pl061@9030000 { compatible = \"arm,pl061\", \"arm,primecell\";\n"
    "		reg = <0 0x09030000 0 0x1000>; interrupts = <0 7 4>; gpio-controller;\n"
    "		#gpio-cells = <2>; interrupt-controller; #interrupt-cells = <2>; #address-cells = "
    "<0>;\n"
    "		clock-names = \"apb_pclk\"; clocks = <&apb_pclk>; };\n"
    "	keys: gpio-keys { compatible = \"gpio-keys\";\n"
    "		poweroff { label = \"Poweroff\"; linux,code = <116>; gpios = <&gpio 3 0>; }; };\n"
    "	disk: virtio_mmio@a003e00 { compatible = \"virtio,mmio\"; dma-coherent;\n"
    "		kumiki,qemu-device = \"virtio-blk-device\";\n"
    "		reg = <0 0x0a003e00 0 0x200>; interrupts = <0 47 1>; };\n"
    "	net: virtio_mmio@a003c00 { compatible = \"virtio,mmio\"; dma-coherent;\n"
    "		msi-parent = <&its>; reg = <0 0x0a003c00 0 0x200>; interrupts = <0 46 1>; };\n"
    "	soc@c000000 { compatible = \"simple-bus\"; #address-cells = <1>; #size-cells = <1>;\n"
    "		ranges = <0 0 0x0c000000 0x2000000>;\n"
    "		sensor: sensor@1000 { compatible = \"vendor,sensor\"; reg = <0x1000 0x100>;\n"
    "			interrupts = <0 112 4>; }; };\n"
    "};\n";

static int sample_read(void *context, struct arena *arena, const char *path, size_t limit,
                       char **data, size_t *size)
{
	(void)context, (void)path, (void)limit;
	*size = sizeof(sample_board) - 1;
	*data = arena_copy(arena, sample_board, *size);
	return 0;
}

static int sample_peek(void *context, const char *path, void *head, size_t head_size,
                       uint64_t *size)
{
	(void)context, (void)path;
	memset(head, 0, head_size);
	*size = sizeof(sample_board) - 1;
	return 0;
}

static void sample_tree(struct sample_model *sample)
{
	static const struct file_access access = {.read = sample_read, .peek = sample_peek};
	const struct file_search search = {.access = &access};
	struct complaints complaints = {.arena = &sample->model.arena};
	sample->tree = dts_parse("board.dts", &search, &sample->model.arena, &complaints);
	complaints_print(&complaints, stderr);
	assert_int_equal(complaints.errors, 0);
	sample->model.root = sample->tree->root;
}

char *sample_model_path(struct sample_model *sample, const char *name)
{
	return arena_format(&sample->model.arena, "%s/%s", sample->folder, name);
}

char *sample_model_file(struct sample_model *sample, const char *name, const void *bytes,
                        size_t size)
{
	char *path = sample_model_path(sample, name);
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	return path;
}

struct model_device *sample_model_device(struct sample_model *sample, const char *label)
{
	struct arena *arena = &sample->model.arena;
	struct model_device *device = arena_alloc(arena, sizeof(*device));
	const struct dts_property *interrupts;
	struct dts_range range;
	device->label = arena_copy(arena, label, strlen(label));
	device->node = dts_by_label(sample->tree, label);
	assert_non_null(device->node);
	device->ranges = arena_array(arena, 1, sizeof(*device->ranges));
	if (dts_reg_count(device->node) > 0 && dts_reg(device->node, 0, &range))
		device->ranges[device->range_count++] =
		    (struct model_range){range.base, range.size};
	device->interrupts = arena_array(arena, 1, sizeof(*device->interrupts));
	interrupts = dts_property(device->node, "interrupts");
	if (interrupts != NULL)
		device->interrupts[device->interrupt_count++] = (struct model_interrupt){
		    dts_cell(interrupts, 1, 0) + 32, dts_cell(interrupts, 2, 0) == 1};
	return device;
}

void sample_model_give(struct sample_model *sample, struct model_partition *partition,
                       struct model_device *device)
{
	if (partition->devices == NULL)
		partition->devices = arena_array(&sample->model.arena, SAMPLE_DEVICES_MAX,
		                                 sizeof(struct model_device *));
	assert_true(partition->device_count < SAMPLE_DEVICES_MAX);
	partition->devices[partition->device_count++] = device;
}

static void sample_machine(struct sample_model *sample)
{
	struct model *model = &sample->model;
	strcpy(model->name, "sample");
	model->board = (struct bundle_board){.name = "qemu-virt",
	                                     .ram_base = 0x40000000,
	                                     .ram_size = 0x40000000,
	                                     .gicd_base = 0x08000000,
	                                     .gicr_base = 0x080a0000,
	                                     .gicr_size = 0x00f60000,
	                                     .uart_base = 0x09000000,
	                                     .rtc_base = 0x09010000,
	                                     .uart_intid = 33,
	                                     .gic_maintenance_intid = 25,
	                                     .hyp_timer_intid = 26,
	                                     .virtual_timer_intid = 27,
	                                     .physical_timer_intid = 30,
	                                     .pmu_intid = 23};
	model->image_base = 0x40200000;
	model->image_space = 0x00200000;
	model->memory_base = 0x40400000;
	model->memory_size = 0x00200000;
	model->core_count = 3;
	model->cores = arena_array(&model->arena, 3, sizeof(*model->cores));
	for (uint32_t i = 0; i < 3; i++) {
		const char *label = arena_format(&model->arena, "cpu%u", i);
		model->cores[i] =
		    (struct model_core){.affinity = i, .node = dts_by_label(sample->tree, label)};
	}
	model->frame_device_count = 2;
	model->frame_devices = arena_array(&model->arena, 2, sizeof(*model->frame_devices));
	model->frame_devices[0] = *sample_model_device(sample, "intc");
	model->frame_devices[1] = *sample_model_device(sample, "uart");
}

static void sample_vcpus(struct sample_model *sample, struct model_partition *partition,
                         uint32_t first, uint32_t count)
{
	partition->vcpus = arena_array(&sample->model.arena, count, sizeof(*partition->vcpus));
	partition->vcpu_count = count;
	for (uint32_t i = 0; i < count; i++)
		partition->vcpus[i] =
		    (struct model_vcpu){.core = first + i,
		                        .affinity = i,
		                        .cores = 1u << (first + i),
		                        .priority = (uint8_t)partition->priority,
		                        .priority_low = (uint8_t)partition->priority,
		                        .priority_high = (uint8_t)partition->priority};
}

static void sample_memory(struct sample_model *sample, struct model_partition *partition,
                          uint64_t pa, uint64_t ipa, uint64_t size)
{
	partition->memory = arena_array(&sample->model.arena, 1, sizeof(*partition->memory));
	partition->memory[0] = (struct model_memory){pa, ipa, size};
	partition->memory_count = 1;
}

void sample_model_keep(struct sample_model *sample, struct model_partition *partition, uint64_t ipa,
                       uint64_t size, bool ramoops)
{
	struct model_keep *keeps =
	    arena_array(&sample->model.arena, partition->keep_count + 1, sizeof(*keeps));
	for (size_t i = 0; i < partition->keep_count; i++)
		keeps[i] = partition->keeps[i];
	keeps[partition->keep_count++] = (struct model_keep){ipa, size, ramoops};
	partition->keeps = keeps;
}

static void sample_linux(struct sample_model *sample)
{
	struct model_partition *partition = sample->linux_os;
	char image[5000], initrd[3000];
	memset(image, 'i', sizeof(image));
	memset(initrd, 'r', sizeof(initrd));
	*partition = (struct model_partition){
	    .name = "linux",
	    .priority = 100,
	    .life = {.at_limit = LIFE_DO_STOP, .limit = 5, .window = 60000, .delay = 100},
	    .console = true,
	    .rtc = true,
	    .bootargs = "console=ttyAMA0",
	    .entry_ipa = 0x48000000,
	    .gicd_ipa = 0x08000000,
	    .gicr_ipa = 0x080a0000,
	    .uart_ipa = 0x09000000,
	    .rtc_ipa = 0x09010000,
	    .uart_intid = 33,
	    .rtc_intid = 34};
	sample_vcpus(sample, partition, 0, 2);
	sample_memory(sample, partition, 0x48000000, 0x48000000, 0x08000000);
	partition->image =
	    (struct model_file){sample_model_file(sample, "Image", image, sizeof(image)),
	                        sizeof(image), 0x48000000, 0x10000, true};
	partition->initrd =
	    (struct model_file){sample_model_file(sample, "initrd", initrd, sizeof(initrd)),
	                        sizeof(initrd), 0x4a000000, sizeof(initrd), false};
	partition->dtb = (struct model_file){.ipa = 0x4fe00000, .space = 0x10000};
	sample->disk = sample_model_device(sample, "disk");
	sample->net = sample_model_device(sample, "net");
	sample->disk->dma = sample->disk->unconfined_dma = true;
	sample->disk->silence = sample->net->silence = BUNDLE_SILENCE_VIRTIO;
	sample_model_give(sample, partition, sample->disk);
	sample_model_give(sample, partition, sample->net);
}

static void sample_heartbeat(struct sample_model *sample)
{
	struct model_partition *partition = sample->heartbeat;
	*partition = (struct model_partition){
	    .name = "heartbeat",
	    .priority = 200,
	    .life = {.at_limit = LIFE_DO_STOP, .limit = 5, .window = 60000, .delay = 100},
	    .bootargs = "",
	    .entry_ipa = 0x40080000,
	    .gicd_ipa = 0x08000000,
	    .gicr_ipa = 0x080a0000};
	sample_vcpus(sample, partition, 2, 1);
	sample_memory(sample, partition, 0x50000000, 0x40000000, 0x00100000);
	partition->image = (struct model_file){
	    sample_model_file(sample, "heartbeat.bin", "beat", 4), 4, 0x40080000, 4, false};
	partition->dtb = (struct model_file){.ipa = 0x400f0000, .space = 0x10000};
}

static void sample_frame(struct sample_model *sample)
{
	union {
		struct {
			struct arm64_image_header image;
			struct frame_header frame;
		} headers;
		char bytes[6000];
	} file;
	memset(&file, 'f', sizeof(file));
	file.headers.image =
	    (struct arm64_image_header){.code0 = 0x14000020, .magic = ARM64_IMAGE_MAGIC};
	file.headers.frame = (struct frame_header){.magic = FRAME_HEADER_MAGIC,
	                                           .bundle_revision = BUNDLE_REVISION,
	                                           .image_size = 9000,
	                                           .board = "qemu-virt",
	                                           .uart_base = 0x09000000,
	                                           .version = "1.2.3-dev"};
	sample->frame = sample_model_file(sample, "frame.img", &file, sizeof(file));
}

void sample_model_make(struct sample_model *sample)
{
	memset(sample, 0, sizeof(*sample));
	strcpy(sample->folder, "/tmp/kumiki-test-XXXXXX");
	assert_non_null(mkdtemp(sample->folder));
	sample_tree(sample);
	sample->model.partition_count = 2;
	sample->model.partitions =
	    arena_array(&sample->model.arena, 2, sizeof(*sample->model.partitions));
	sample->linux_os = &sample->model.partitions[0];
	sample->heartbeat = &sample->model.partitions[1];
	sample_machine(sample);
	sample_linux(sample);
	sample_heartbeat(sample);
	sample_frame(sample);
}

void sample_model_free(struct sample_model *sample)
{
	DIR *folder = opendir(sample->folder);
	assert_non_null(folder);
	for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
		if (entry->d_name[0] != '.')
			(void)unlink(sample_model_path(sample, entry->d_name));
	(void)closedir(folder);
	assert_int_equal(rmdir(sample->folder), 0);
	arena_free(&sample->model.arena);
}
