/* See sample_bundle.h. */
#include <kumiki/panel.h>
#include <lib/bundle.h>
#include <lib/crc32c.h>
#include <string.h>
#include <unit/lib/sample_bundle.h>

static void *sample_table(struct sample_bundle *sample, struct bundle_table *table, uint32_t count,
                          size_t entry)
{
	table->offset = sample->header.tables_size;
	table->count = count;
	sample->header.tables_size += (uint32_t)(count * entry);
	return sample->bytes + table->offset;
}

static void sample_board(struct bundle_board *board)
{
	strcpy(board->name, "qemu-virt");
	board->ram_base = 0x40000000;
	board->ram_size = 0x40000000;
	board->gicd_base = 0x08000000;
	board->gicr_base = 0x080a0000;
	board->gicr_size = 0x00f60000;
	board->uart_base = 0x09000000;
	board->rtc_base = 0x09010000;
	board->uart_intid = 33;
	board->gic_maintenance_intid = 25;
	board->hyp_timer_intid = 26;
	board->virtual_timer_intid = 27;
	board->physical_timer_intid = 30;
	board->pmu_intid = 23;
	board->pci_ecam = 0x4010000000;
	board->pci_window = 0x10000000;
	board->pci_window_size = 0x2eff0000;
	board->its_base = 0x08080000;
	board->smmu_base = 0x09050000;
	board->smmu_event_intid = 106;
	board->smmu_error_intid = 109;
	board->virtio_base = 0x0a000000;
	board->virtio_slots = 32;
	board->virtio_version = 2;
}

static void sample_header(struct bundle_header *header)
{
	header->magic = BUNDLE_MAGIC;
	header->revision = BUNDLE_REVISION;
	header->header_size = sizeof(*header);
	header->tables_size = sizeof(*header);
	header->bundle_size = SAMPLE_BUNDLE_SIZE;
	strcpy(header->system, "sample");
	header->image_base = 0x40000000;
	header->image_size = 0x00100000;
	header->memory_base = 0x40200000;
	header->memory_size = 0x00278000;
	header->console_core = 0;
	for (uint32_t i = 0; i < 3; i++)
		header->speed[i] = BUNDLE_SPEED_FASTEST;
	sample_board(&header->board);
}

static void sample_partitions(struct sample_bundle *sample)
{
	sample->partitions[0] =
	    (struct bundle_partition){.name = "linux",
	                              .flags = BUNDLE_CONSOLE | BUNDLE_RTC | BUNDLE_WATCHDOG,
	                              .priority = 100,
	                              .life = {.at_limit = LIFE_DO_STOP},
	                              .vcpus = {0, 2},
	                              .regions = {0, 2},
	                              .interrupts = {0, 2},
	                              .loads = {0, 3},
	                              .entry_ipa = 0x48000000,
	                              .dtb_ipa = 0x4b000000,
	                              .gicd_ipa = 0x08000000,
	                              .gicr_ipa = 0x080a0000,
	                              .uart_ipa = 0x09000000,
	                              .rtc_ipa = 0x09010000,
	                              .uart_intid = 33,
	                              .rtc_intid = 34,
	                              .manager_intid = 200,
	                              .watchdog_intid = 201,
	                              .watchdog_ipa = 0x09100000};
	sample->partitions[1] = (struct bundle_partition){.name = "heartbeat",
	                                                  .flags = BUNDLE_PANEL,
	                                                  .priority = 200,
	                                                  .life = {.at_limit = LIFE_DO_STOP},
	                                                  .vcpus = {2, 1},
	                                                  .regions = {2, 4},
	                                                  .interrupts = {2, 1},
	                                                  .loads = {3, 1},
	                                                  .entry_ipa = 0x40080000,
	                                                  .gicd_ipa = 0x08000000,
	                                                  .gicr_ipa = 0x080a0000,
	                                                  .functions = {0, 2},
	                                                  .pci_ecam_ipa = 0x4010000000,
	                                                  .message_intid = 220,
	                                                  .message_count = 16,
	                                                  .message_ipa = 0x08090000};
}

static void sample_memory(struct sample_bundle *sample)
{
	sample->regions[0] = (struct bundle_region){.ipa = 0x48000000,
	                                            .pa = 0x48000000,
	                                            .size = 0x04000000,
	                                            .kind = BUNDLE_RAM,
	                                            .label = "memory"};
	sample->regions[1] = (struct bundle_region){.ipa = 0x0a003000,
	                                            .pa = 0x0a003000,
	                                            .size = 0x1000,
	                                            .kind = BUNDLE_DEVICE,
	                                            .silence = BUNDLE_SILENCE_VIRTIO,
	                                            .label = "virtio_mmio31"};
	sample->regions[2] = (struct bundle_region){.ipa = 0x40000000,
	                                            .pa = 0x4c000000,
	                                            .size = 0x00100000,
	                                            .kind = BUNDLE_RAM,
	                                            .label = "memory"};
	sample->regions[3] = (struct bundle_region){.ipa = 0x10040000,
	                                            .pa = 0x4d000000,
	                                            .size = 0x2000,
	                                            .kind = BUNDLE_WINDOW_READ,
	                                            .label = "pipe"};
	sample->windows[0] = (struct bundle_window){
	    .name = "pipe", .pa = 0x4d000000, .size = 0x2000, .flags = BUNDLE_WINDOW_UNCACHED};
	sample->doorbells[0] = (struct bundle_doorbell){.from = 0, .to = 1, .intid = 200, .bit = 3};
	sample->doorbells[1] = (struct bundle_doorbell){.from = 1, .to = 0, .intid = 202};
	sample->regions[4] = (struct bundle_region){.ipa = 0x40100000,
	                                            .pa = 0x4c100000,
	                                            .size = 0x1000,
	                                            .kind = BUNDLE_KEPT,
	                                            .label = "kept"};
	sample->regions[5] = (struct bundle_region){.ipa = 0x10004000,
	                                            .pa = 0x10004000,
	                                            .size = 0x4000,
	                                            .kind = BUNDLE_DEVICE,
	                                            .silence = BUNDLE_SILENCE_NVME,
	                                            .label = "disk"};
	sample->interrupts[0] = (struct bundle_interrupt){79, BUNDLE_EDGE};
	sample->interrupts[1] = (struct bundle_interrupt){78, 0};
	sample->interrupts[2] = (struct bundle_interrupt){40, 0};
	sample->loads[0] = (struct bundle_load){.part = 0, .pa = 0x48000000, .space = 0x2000};
	sample->loads[1] = (struct bundle_load){.part = 1, .pa = 0x4a000000, .space = 5000};
	sample->loads[2] = (struct bundle_load){
	    .part = 2, .pa = 0x4b000000, .space = 0x10000, .kaslr_seed = 64, .rng_seed = 84};
	sample->loads[3] = (struct bundle_load){.part = 0, .pa = 0x4c080000, .space = 0x1000};
}

static void sample_functions(struct sample_bundle *sample)
{
	sample->functions[0] = (struct bundle_function){
	    .bar = {0x10000000, 0, 0x10040000},
	    .bar_size = {PANEL_REGISTERS_SIZE, 0, 0x40000},
	    .bar_kind = {0, 0, BUNDLE_BAR_64 | BUNDLE_BAR_PREFETCH},
	    .pin = 1,
	    .kind = BUNDLE_FUNCTION_PANEL,
	    .slot = 1 << 3,
	    .vendor = PANEL_VENDOR,
	    .device = PANEL_DEVICE,
	    .class_revision = PANEL_CLASS,
	    .subsystem = PANEL_SUBSYSTEM,
	    .intid = 200,
	    .label = "panel",
	};
	sample->functions[1] = (struct bundle_function){
	    .bar = {0x10004000},
	    .bar_size = {0x4000},
	    .bar_kind = {BUNDLE_BAR_64},
	    .pin = 1,
	    .kind = BUNDLE_FUNCTION_REAL,
	    .slot = 2 << 3,
	    .vendor = 0x1b36,
	    .device = 0x10,
	    .class_revision = 0x01080202,
	    .intid = 40,
	    .stream = 2 << 3,
	    .sender = 2 << 3,
	    .label = "disk",
	};
}

static void sample_channel(struct sample_bundle *sample)
{
	sample->channels[0] =
	    (struct bundle_channel){.name = "lan", .kind = BUNDLE_NETWORK, .ends = {0, 2}};
	for (uint32_t i = 0; i < 2; i++)
		sample->ends[i] = (struct bundle_end){.partition = i,
		                                      .intid = 210,
		                                      .ipa = 0x09200000,
		                                      .mac = {2, 0, 0, 0, 0, (uint8_t)(i + 1)}};
}

static void sample_parts(struct sample_bundle *sample)
{
	sample->parts[0] = (struct bundle_part){
	    .name = "Image", .offset = 1ul * BUNDLE_ALIGN, .size = 4000, .kind = BUNDLE_IMAGE};
	sample->parts[1] = (struct bundle_part){
	    .name = "initrd", .offset = 2ul * BUNDLE_ALIGN, .size = 100, .kind = BUNDLE_INITRD};
	sample->parts[2] = (struct bundle_part){
	    .name = "linux.dtb", .offset = 3ul * BUNDLE_ALIGN, .size = 4096, .kind = BUNDLE_DTB};
	for (uint32_t i = 0; i < 3; i++) {
		uint8_t *bytes = sample->bytes + sample->parts[i].offset;
		memset(bytes, (int)('a' + i), sample->parts[i].size);
		sample->parts[i].crc = crc32c(0, bytes, sample->parts[i].size);
	}
}

void sample_bundle_make(struct sample_bundle *sample)
{
	struct bundle_header *header = &sample->header;
	memset(sample, 0, sizeof(*sample));
	sample_header(header);
	sample->cores = sample_table(sample, &header->cores, 3, sizeof(struct bundle_core));
	sample->partitions =
	    sample_table(sample, &header->partitions, 2, sizeof(struct bundle_partition));
	sample->vcpus = sample_table(sample, &header->vcpus, 3, sizeof(struct bundle_vcpu));
	sample->regions = sample_table(sample, &header->regions, 6, sizeof(struct bundle_region));
	sample->interrupts =
	    sample_table(sample, &header->interrupts, 3, sizeof(struct bundle_interrupt));
	sample->loads = sample_table(sample, &header->loads, 4, sizeof(struct bundle_load));
	sample->parts = sample_table(sample, &header->parts, 3, sizeof(struct bundle_part));
	sample->windows = sample_table(sample, &header->windows, 1, sizeof(struct bundle_window));
	sample->doorbells =
	    sample_table(sample, &header->doorbells, 2, sizeof(struct bundle_doorbell));
	sample->functions =
	    sample_table(sample, &header->functions, 2, sizeof(struct bundle_function));
	sample->channels =
	    sample_table(sample, &header->channels, 1, sizeof(struct bundle_channel));
	sample->ends = sample_table(sample, &header->ends, 2, sizeof(struct bundle_end));
	for (uint32_t i = 0; i < 3; i++) {
		sample->cores[i].affinity = i;
		sample->vcpus[i] = (struct bundle_vcpu){.affinity = i % 2,
		                                        .core = i,
		                                        .cores = 1u << i,
		                                        .priority = i < 2 ? 100 : 200,
		                                        .priority_low = i < 2 ? 100 : 200,
		                                        .priority_high = i < 2 ? 100 : 200};
	}
	sample_partitions(sample);
	sample_memory(sample);
	sample_functions(sample);
	sample_channel(sample);
	sample_parts(sample);
	sample_bundle_seal(sample);
}

void sample_bundle_seal(struct sample_bundle *sample)
{
	uint32_t size = sample->header.tables_size;
	sample->header.tables_crc = 0;
	sample->header.tables_crc =
	    crc32c(0, sample->bytes, size < SAMPLE_BUNDLE_SIZE ? size : SAMPLE_BUNDLE_SIZE);
}
