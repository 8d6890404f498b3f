/*
 * Any bytes as a bundle and as a packed image: bundle_verify() reads nothing outside, and a bundle
 * that it lets through can be used as the frame uses it. So that the fuzzer gets behind the CRC,
 * the bytes are tried a second time with the magic, sizes and sums put right.
 */
#include <host/show.h>
#include <kumiki/bundle.h>
#include <lib/bundle.h>
#include <lib/crc32c.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FUZZ_FRAME_SIZE BUNDLE_ALIGN

static void fuzz_require(int condition)
{
	if (!condition)
		abort();
}

/* What the frame relies on without looking again. */
static void fuzz_use_partition(const struct bundle_header *bundle,
                               const struct bundle_partition *partition)
{
	uint64_t inside = 0;
	fuzz_require(partition->vcpus.count >= 1);
	for (uint32_t i = 0; i < partition->vcpus.count; i++)
		fuzz_require(bundle_vcpus(bundle)[partition->vcpus.first + i].core <
		             bundle->cores.count);
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
		fuzz_require(load->rng_seed + (uint64_t)BUNDLE_RNG_SEED_SIZE <= part->size ||
		             load->rng_seed == 0);
	}
}

static void fuzz_verify(const void *bytes, size_t size)
{
	const struct bundle_header *bundle = bytes;
	struct bundle_verdict verdict = bundle_verify(bundle, size);
	fuzz_require(bundle_fault_text(verdict.fault)[0] != '\0');
	if (verdict.fault != BUNDLE_OK)
		return;
	for (uint32_t i = 0; i < bundle->parts.count; i++)
		(void)bundle_part_intact(bundle, &bundle_parts(bundle)[i]);
	for (uint32_t i = 0; i < bundle->partitions.count; i++)
		fuzz_use_partition(bundle, &bundle_partitions(bundle)[i]);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy of exactly that size, so that a read behind it is seen. */
	void *copy = malloc(size == 0 ? 1 : size);
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
