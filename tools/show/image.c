/* Takes a packed image apart (host/show.h). It believes only data that lib/bundle.c has
 * verified. */
#include <host/show.h>
#include <kumiki/rtos/image.h>
#include <lib/bundle.h>
#include <lib/sha256.h>
#include <string.h>

bool show_is_rtos(const void *bytes, size_t size)
{
	struct rtos_kernel_header kernel;

	if (size < sizeof(struct arm64_image_header) + sizeof(kernel))
		return false;
	memcpy(&kernel, (const char *)bytes + sizeof(struct arm64_image_header), sizeof(kernel));
	return kernel.magic == RTOS_KERNEL_MAGIC;
}

bool show_open(struct show_image *image, const void *bytes, size_t size)
{
	struct arm64_image_header header;
	*image = (struct show_image){.bytes = bytes, .size = size};
	if (size < sizeof(header) + sizeof(image->frame)) {
		image->fault = "too short for an image of kumiki";
		return false;
	}
	memcpy(&header, image->bytes, sizeof(header));
	memcpy(&image->frame, image->bytes + sizeof(header), sizeof(image->frame));
	if (header.magic != ARM64_IMAGE_MAGIC || image->frame.magic != FRAME_HEADER_MAGIC) {
		image->fault = "not an image of kumiki, or its first bytes are damaged";
		return false;
	}
	uint64_t at =
	    ((uint64_t)image->frame.image_size + BUNDLE_ALIGN - 1) / BUNDLE_ALIGN * BUNDLE_ALIGN;
	if (at >= size) {
		image->fault = "a frame without a bundle, or cut short inside the frame";
		return false;
	}
	const void *bundle = image->bytes + at;
	struct bundle_verdict verdict = bundle_verify(bundle, size - (size_t)at);
	if (verdict.fault != BUNDLE_OK) {
		image->fault = bundle_fault_text(verdict.fault);
		return false;
	}
	image->bundle = bundle;
	image->frame_intact = bundle_verify_frame(image->bytes, (size_t)at) == BUNDLE_OK;
	return true;
}

static const struct bundle_partition *show_partition(const struct show_image *image,
                                                     const char *name, FILE *complaints)
{
	const struct bundle_partition *partitions = bundle_partitions(image->bundle);
	for (uint32_t i = 0; i < image->bundle->partitions.count; i++)
		if (strcmp(partitions[i].name, name) == 0)
			return &partitions[i];
	fprintf(complaints, "error: there is no partition '%s' in it; there are", name);
	for (uint32_t i = 0; i < image->bundle->partitions.count; i++)
		fprintf(complaints, " '%s'", partitions[i].name);
	fputc('\n', complaints);
	return NULL;
}

const struct bundle_part *show_find_tree(const struct show_image *image, const char *partition,
                                         FILE *complaints)
{
	const struct bundle_partition *owner = show_partition(image, partition, complaints);
	if (owner == NULL)
		return NULL;
	for (uint32_t i = 0; i < owner->loads.count; i++) {
		const struct bundle_load *load =
		    &bundle_loads(image->bundle)[owner->loads.first + i];
		const struct bundle_part *part = &bundle_parts(image->bundle)[load->part];
		if (part->kind == BUNDLE_DTB)
			return part;
	}
	fprintf(complaints, "error: partition '%s' has no device tree\n", partition);
	return NULL;
}

void show_hash(uint8_t digest[SHA256_SIZE], const void *bytes, size_t size)
{
	struct sha256 hash;
	sha256_begin(&hash);
	sha256_add(&hash, bytes, size);
	sha256_end(&hash, digest);
}

bool show_part_intact(const struct bundle_header *bundle, const struct bundle_part *part)
{
	uint8_t digest[SHA256_SIZE];
	show_hash(digest, (const uint8_t *)bundle + part->offset, (size_t)part->size);
	return bundle_part_intact(bundle, part) && memcmp(digest, part->sha256, SHA256_SIZE) == 0;
}
