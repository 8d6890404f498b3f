/*
 * See sample_rtosimage.h. There are four programs with three segments each; two of these programs
 * have devices, ports and kept memory. So every table has an entry that a test can spoil.
 */
#include <kumiki/rtos/call.h>
#include <lib/crc32c.h>
#include <stddef.h>
#include <string.h>
#include <unit/lib/sample_rtosimage.h>

static struct rtos_program sample_program(const char *name)
{
	struct rtos_program program = {
	    .entry = 0x10010,
	    .segment_count = 3,
	    .segment = {{0x10000, 0x800, 0, RTOS_RIGHT_READ | RTOS_RIGHT_EXECUTE},
	                {0x11000, 0x2800, 1, RTOS_RIGHT_READ | RTOS_RIGHT_WRITE},
	                {0x200000, 0x200000, SAMPLE_PARTS, RTOS_RIGHT_READ | RTOS_RIGHT_WRITE}},
	    .stack = RTOS_START_PAGE - 0x4000,
	    .stack_size = 0x4000,
	    .priority = 100,
	    .handle_pages = 1,
	};

	memcpy(program.name, name, strlen(name));
	return program;
}

static struct rtos_manifest_table sample_table(size_t offset, uint32_t count)
{
	return (struct rtos_manifest_table){(uint32_t)offset, count};
}

static void sample_devices(struct sample_manifest *manifest)
{
	manifest->devices[0] = (struct rtos_manifest_device){
	    .name = "uart", .owner = 2, .range_count = 1, .interrupt_count = 1};
	manifest->devices[0].ranges[0].base = 0x9000000;
	manifest->devices[0].ranges[0].size = 0x1000;
	manifest->devices[0].interrupts[0] = 33;
	manifest->devices[1] = (struct rtos_manifest_device){
	    .name = "disk", .owner = 2, .dma = 1, .range_count = 1, .interrupt_count = 1};
	manifest->devices[1].ranges[0].base = 0xa003e00;
	manifest->devices[1].ranges[0].size = 0x200;
	manifest->devices[1].interrupts[0] = 79 | RTOS_DEVICE_EDGE;
}

static void sample_programs(struct sample_manifest *manifest)
{
	const struct rtos_manifest_program child = {.pages = 64,
	                                            .delay_ms = 10,
	                                            .delay_most_ms = 1000,
	                                            .limit = 5,
	                                            .limit_s = 10,
	                                            .levels = {RTOS_LEVEL_STOP}};

	manifest->programs[0].role = RTOS_ROLE_INIT;
	manifest->programs[1].role = RTOS_ROLE_SUPERVISOR;
	manifest->programs[2] = child;
	manifest->programs[2].offers = 1;
	manifest->programs[2].keep_pages = 1;
	manifest->programs[2].levels[0] = RTOS_LEVEL_ANEW;
	manifest->programs[2].levels[1] = RTOS_LEVEL_REBOOT;
	manifest->programs[2].flags = RTOS_PROGRAM_ON_DEMAND;
	manifest->programs[3] = child;
	manifest->programs[3].offers = 2;
	manifest->programs[3].uses = 1;
	manifest->programs[3].manages = 4 | 2;
	manifest->programs[3].argument_count = 2;
}

static void sample_manifest(struct sample_manifest *manifest)
{
	manifest->header = (struct rtos_manifest){
	    .magic = RTOS_MANIFEST_MAGIC,
	    .revision = RTOS_MANIFEST_REVISION,
	    .header_size = sizeof(struct rtos_manifest),
	    .size = sizeof(*manifest),
	    .supervisor = 1,
	    .programs = sample_table(offsetof(struct sample_manifest, programs), SAMPLE_PROGRAMS),
	    .devices = sample_table(offsetof(struct sample_manifest, devices), 2),
	    .ports = sample_table(offsetof(struct sample_manifest, ports), 2),
	    .windows = sample_table(offsetof(struct sample_manifest, windows), 1),
	    .strings = sample_table(offsetof(struct sample_manifest, strings), 6),
	};
	sample_programs(manifest);
	sample_devices(manifest);
	manifest->ports[0] = (struct rtos_manifest_port){"disk", 2, 3};
	manifest->ports[1] = (struct rtos_manifest_port){"shell", 3, 3};
	manifest->windows[0] = (struct rtos_manifest_window){"frames", 16, 0, 8, 4};
	memcpy(manifest->strings, "-v\0-x", 6);
}

void sample_rtosimage_make(struct sample_rtosimage *sample)
{
	static const char *const names[SAMPLE_PROGRAMS] = {"init", "supervisor", "disk", "shell"};

	memset(sample, 0, sizeof(*sample));
	sample->header = (struct rtos_image){
	    .magic = RTOS_IMAGE_MAGIC,
	    .revision = RTOS_IMAGE_REVISION,
	    .header_size = sizeof(struct rtos_image),
	    .tables_size = offsetof(struct sample_rtosimage, padding),
	    .image_size = sizeof(*sample),
	    .programs = offsetof(struct sample_rtosimage, programs),
	    .program_count = SAMPLE_PROGRAMS,
	    .parts = offsetof(struct sample_rtosimage, parts),
	    .part_count = SAMPLE_PARTS,
	    .manifest = 2,
	    .kernel = SAMPLE_PARTS,
	};
	for (size_t i = 0; i < SAMPLE_PROGRAMS; i++)
		sample->programs[i] = sample_program(names[i]);
	sample_manifest(&sample->manifest);
	sample->parts[0] = (struct rtos_part){.offset = 0x1000, .size = 0x800};
	sample->parts[1] = (struct rtos_part){.offset = 0x2000, .size = 0x100};
	sample->parts[2] =
	    (struct rtos_part){.offset = 0x3000, .size = sizeof(struct sample_manifest)};
	for (size_t i = 0; i < SAMPLE_PARTS; i++)
		sample->parts[i].crc =
		    crc32c(0, (uint8_t *)sample + sample->parts[i].offset, sample->parts[i].size);
	sample_rtosimage_seal(sample);
}

void sample_rtosimage_seal(struct sample_rtosimage *sample)
{
	sample->header.tables_crc = 0;
	sample->header.tables_crc = crc32c(0, sample, offsetof(struct sample_rtosimage, padding));
}
