/*
 * Any bytes as a bundle and as a packed image: bundle_verify() reads nothing outside, and a bundle
 * that it lets through can be used as the frame uses it. So that the fuzzer gets behind the CRC,
 * the bytes are tried a second time with the magic, sizes and sums put right.
 *
 * Where the first byte is FUZZ_CHANGES, the others are changes to the tables of a small good
 * bundle, which is that of the tests of lib/: so the fuzzer starts deep, whatever the layout is
 * today.
 *
 * Shows: start.damaged-bundle.
 */
#include <host/show.h>
#include <kumiki/bundle.h>
#include <lib/bundle.h>
#include <lib/crc32c.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit/lib/sample_bundle.h>

#define FUZZ_FRAME_SIZE BUNDLE_ALIGN
#define FUZZ_CHANGES    0x01

static void fuzz_require(int condition)
{
	if (!condition)
		abort();
}

static void fuzz_use_life(const struct bundle_header *bundle, uint32_t index)
{
	const struct bundle_partition *partition = &bundle_partitions(bundle)[index];
	const struct bundle_life *life = &partition->life;
	const uint32_t others = ((1u << bundle->partitions.count) - 1) & ~(1u << index);
	fuzz_require(((life->after | life->manages) & ~others) == 0);
	fuzz_require(life->on_crash <= LIFE_DO_HOLD);
	fuzz_require(life->at_limit >= LIFE_DO_STOP && life->at_limit <= LIFE_DO_OFF);
	for (uint32_t i = 0; i < partition->regions.count; i++) {
		const struct bundle_region *region =
		    &bundle_regions(bundle)[partition->regions.first + i];
		fuzz_require(region->kind != BUNDLE_DEVICE ||
		             region->silence != BUNDLE_SILENCE_UNKNOWN ||
		             (partition->flags & BUNDLE_NO_RESTART) != 0);
	}
}

/* Nothing is laid out in what restarts keep. */
static void fuzz_use_kept(const struct bundle_header *bundle,
                          const struct bundle_partition *partition, const struct bundle_load *load)
{
	for (uint32_t i = 0; i < partition->regions.count; i++) {
		const struct bundle_region *region =
		    &bundle_regions(bundle)[partition->regions.first + i];
		fuzz_require(region->kind != BUNDLE_KEPT || region->pa + region->size <= load->pa ||
		             load->pa + load->space <= region->pa);
	}
}

static void fuzz_use_function(const struct bundle_header *bundle,
                              const struct bundle_partition *partition,
                              const struct bundle_function *function)
{
	fuzz_require(function->slot <= 0xff && function->stream < BUNDLE_STREAMS);
	fuzz_require(function->kind == BUNDLE_FUNCTION_REAL ||
	             bundle_panel(bundle, partition) == function);
	for (uint32_t i = 0; i < BUNDLE_BARS; i++) {
		const uint64_t size = function->bar_size[i];
		if (size == 0)
			continue;
		fuzz_require((size & (size - 1)) == 0 && function->bar[i] % size == 0);
		fuzz_require(function->bar[i] >= bundle->board.pci_window);
		fuzz_require(function->bar[i] + size <= 1ULL << 32);
	}
}

static void fuzz_use_vcpu(const struct bundle_header *bundle, const struct bundle_vcpu *vcpu)
{
	fuzz_require(vcpu->core < bundle->cores.count);
	fuzz_require((vcpu->cores >> vcpu->core & 1) != 0);
	fuzz_require(vcpu->cores < 1u << bundle->cores.count);
	fuzz_require(vcpu->priority_low <= vcpu->priority);
	fuzz_require(vcpu->priority <= vcpu->priority_high);
	fuzz_require(vcpu->budget_us <= vcpu->budget_period_us);
	fuzz_require(vcpu->deadline_us <= vcpu->period_us);
}

/* What the frame relies on without looking again. */
static void fuzz_use_partition(const struct bundle_header *bundle,
                               const struct bundle_partition *partition)
{
	uint64_t inside = 0;
	fuzz_require(partition->vcpus.count >= 1);
	for (uint32_t i = 0; i < partition->vcpus.count; i++)
		fuzz_use_vcpu(bundle, &bundle_vcpus(bundle)[partition->vcpus.first + i]);
	for (uint32_t i = 0; i < partition->regions.count; i++) {
		const struct bundle_region *region =
		    &bundle_regions(bundle)[partition->regions.first + i];
		fuzz_require(region->pa + region->size > region->pa);
		fuzz_require(region->pa + region->size <= BUNDLE_ADDRESS_LIMIT);
		fuzz_require(region->pa + region->size <= bundle->memory_base ||
		             region->pa >= bundle->memory_base + bundle->memory_size);
		inside |= (uint64_t)(partition->entry_ipa - region->ipa < region->size);
	}
	fuzz_require(inside != 0);
	for (uint32_t i = 0; i < partition->interrupts.count; i++)
		fuzz_require(bundle_interrupts(bundle)[partition->interrupts.first + i].intid <=
		             BUNDLE_SPI_LAST);
	for (uint32_t i = 0; i < partition->loads.count; i++) {
		const struct bundle_load *load = &bundle_loads(bundle)[partition->loads.first + i];
		const struct bundle_part *part = &bundle_parts(bundle)[load->part];
		fuzz_require(load->space >= part->size);
		fuzz_use_kept(bundle, partition, load);
		fuzz_require(load->rng_seed + (uint64_t)BUNDLE_RNG_SEED_SIZE <= part->size ||
		             load->rng_seed == 0);
	}
	for (uint32_t i = 0; i < partition->functions.count; i++)
		fuzz_use_function(bundle, partition,
		                  &bundle_functions(bundle)[partition->functions.first + i]);
}

static void fuzz_verify(const void *bytes, size_t size)
{
	const struct bundle_header *bundle = bytes;
	struct bundle_verdict verdict = bundle_verify(bundle, size);
	fuzz_require(bundle_fault_text(verdict.fault)[0] != '\0');
	if (verdict.fault != BUNDLE_OK)
		return;
	fuzz_require(bundle->board.virtio_base +
	                 (uint64_t)bundle->board.virtio_slots * BUNDLE_VIRTIO_SIZE <=
	             BUNDLE_ADDRESS_LIMIT);
	for (uint32_t i = 0; i < bundle->parts.count; i++)
		(void)bundle_part_intact(bundle, &bundle_parts(bundle)[i]);
	for (uint32_t i = 0; i < bundle->partitions.count; i++) {
		fuzz_use_partition(bundle, &bundle_partitions(bundle)[i]);
		fuzz_use_life(bundle, i);
	}
}

static void fuzz_put_right(struct bundle_header *bundle, size_t size)
{
	bundle->magic = BUNDLE_MAGIC;
	bundle->revision = BUNDLE_REVISION;
	bundle->header_size = sizeof(*bundle);
	bundle->bundle_size = size / BUNDLE_ALIGN * BUNDLE_ALIGN;
	if (bundle->tables_size > size)
		bundle->tables_size = (uint32_t)size & ~7u;
	bundle->tables_crc = 0;
	bundle->tables_crc = crc32c(0, bundle, bundle->tables_size);
}

static void fuzz_show(const void *bytes, size_t size)
{
	static FILE *nowhere;
	struct show_image image;
	if (nowhere == NULL)
		nowhere = fopen("/dev/null", "w");
	fuzz_require(nowhere != NULL);
	if (show_open(&image, bytes, size))
		(void)show_find_tree(&image, "linux", nowhere);
	(void)show_report(&image, "fuzz", nowhere);
}

/* The bundle behind a frame that is as small as one can be. */
static void fuzz_show_behind_frame(const void *bundle, size_t size)
{
	const struct arm64_image_header image = {.magic = ARM64_IMAGE_MAGIC};
	const struct frame_header frame = {.magic = FRAME_HEADER_MAGIC,
	                                   .image_size = FUZZ_FRAME_SIZE};
	char *file = calloc(1, FUZZ_FRAME_SIZE + size);
	fuzz_require(file != NULL);
	memcpy(file, &image, sizeof(image));
	memcpy(file + sizeof(image), &frame, sizeof(frame));
	memcpy(file + FUZZ_FRAME_SIZE, bundle, size);
	fuzz_show(file, FUZZ_FRAME_SIZE + size);
	free(file);
}

/* The tables as the sample has them; the header itself counts as one of one entry. */
static const struct {
	size_t field, entry_size;
} fuzz_tables[] = {
    {offsetof(struct bundle_header, cores), sizeof(struct bundle_core)},
    {offsetof(struct bundle_header, partitions), sizeof(struct bundle_partition)},
    {offsetof(struct bundle_header, vcpus), sizeof(struct bundle_vcpu)},
    {offsetof(struct bundle_header, regions), sizeof(struct bundle_region)},
    {offsetof(struct bundle_header, interrupts), sizeof(struct bundle_interrupt)},
    {offsetof(struct bundle_header, loads), sizeof(struct bundle_load)},
    {offsetof(struct bundle_header, parts), sizeof(struct bundle_part)},
    {offsetof(struct bundle_header, windows), sizeof(struct bundle_window)},
    {offsetof(struct bundle_header, doorbells), sizeof(struct bundle_doorbell)},
    {offsetof(struct bundle_header, functions), sizeof(struct bundle_function)},
    {offsetof(struct bundle_header, channels), sizeof(struct bundle_channel)},
    {offsetof(struct bundle_header, ends), sizeof(struct bundle_end)},
};
#define FUZZ_TABLES (sizeof(fuzz_tables) / sizeof(fuzz_tables[0]))

/* Where a change goes: table, entry and offset are any bytes. */
static size_t fuzz_place(const struct bundle_header *header, const uint8_t *data, size_t width)
{
	const size_t table = data[0] % (FUZZ_TABLES + 1);
	struct bundle_table place = {0, 1};
	size_t entry_size = sizeof(*header);
	size_t offset = data[2];
	if (table < FUZZ_TABLES) {
		memcpy(&place, (const uint8_t *)header + fuzz_tables[table].field, sizeof(place));
		entry_size = fuzz_tables[table].entry_size;
	} else {
		offset += (data[1] & 1u) << 8;
	}
	return (place.offset + data[1] % (place.count + !place.count) * entry_size +
	        offset % entry_size) &
	       ~(width - 1);
}

/* Each change: table, entry, offset in it, how wide (1, 2, 4 or 8 bytes), and the new value. */
static void fuzz_change(struct sample_bundle *sample, const uint8_t *data, size_t size)
{
	const struct bundle_header header = sample->header;
	while (size >= 5) {
		const size_t width = (size_t)1 << data[3] % 4;
		if (size < 4 + width)
			break;
		memcpy(sample->bytes + fuzz_place(&header, data, width), data + 4, width);
		data += 4 + width;
		size -= 4 + width;
	}
}

static void fuzz_changed(const uint8_t *data, size_t size)
{
	struct sample_bundle sample;
	sample_bundle_make(&sample);
	fuzz_change(&sample, data, size);
	fuzz_put_right(&sample.header, sizeof(sample.bytes));
	fuzz_verify(sample.bytes, sizeof(sample.bytes));
	fuzz_show_behind_frame(sample.bytes, sizeof(sample.bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 0 && data[0] == FUZZ_CHANGES)
		fuzz_changed(data + 1, size - 1);
	/* A copy of exactly that size, so that a read behind it is seen. */
	void *copy = calloc(1, size == 0 ? 1 : size);
	fuzz_require(copy != NULL);
	memcpy(copy, data, size);
	fuzz_verify(copy, size);
	fuzz_show(copy, size);
	if (size >= sizeof(struct bundle_header)) {
		fuzz_put_right(copy, size);
		fuzz_verify(copy, size);
		fuzz_show_behind_frame(copy, size);
	}
	free(copy);
	return 0;
}
