/*
 * Makes the boot image of include/kumiki/rtos/image.h from a system, and puts it behind the kernel.
 * The same system gives the same bytes. lib/ verifies the result before it is used.
 */
#include <host/rtos.h>
#include <inttypes.h>
#include <kumiki/rtos/call.h>
#include <lib/crc32c.h>
#include <lib/rtosfile.h>
#include <lib/rtosimage.h>
#include <lib/sha256.h>
#include <stdlib.h>
#include <string.h>

#define IMAGE_PARTS_MAX (RTOS_IMAGE_PROGRAMS_MAX * RTOS_IMAGE_SEGMENTS_MAX + RTOS_WINDOWS_MAX + 2)

struct image_builder {
	const struct rtos_system *system;
	struct rtos_program programs[RTOS_IMAGE_PROGRAMS_MAX];
	struct rtos_manifest_window windows[RTOS_WINDOWS_MAX];
	struct rtos_part parts[IMAGE_PARTS_MAX];
	struct rtos_content contents[IMAGE_PARTS_MAX];
	uint32_t part_count;
	struct rtos_image header;
};

static uint64_t image_round(uint64_t size)
{
	return (size + RTOS_IMAGE_ALIGN - 1) / RTOS_IMAGE_ALIGN * RTOS_IMAGE_ALIGN;
}

/* ---- the manifest ---- */

static size_t image_table(struct rtos_manifest_table *table, size_t at, uint32_t count,
                          size_t entry)
{
	*table = (struct rtos_manifest_table){.offset = (uint32_t)at, .count = count};
	return at + (count * entry + 7) / 8 * 8;
}

static struct rtos_manifest image_manifest_header(const struct rtos_system *system)
{
	struct rtos_manifest header = {.magic = RTOS_MANIFEST_MAGIC,
	                               .revision = RTOS_MANIFEST_REVISION,
	                               .header_size = sizeof(header),
	                               .supervisor = system->supervisor};
	size_t at = sizeof(header);

	at = image_table(&header.programs, at, system->program_count,
	                 sizeof(struct rtos_manifest_program));
	at = image_table(&header.devices, at, system->device_count, sizeof(system->devices[0]));
	at = image_table(&header.ports, at, system->port_count, sizeof(system->ports[0]));
	at = image_table(&header.windows, at, system->window_count, sizeof(system->windows[0]));
	at = image_table(&header.strings, at, system->string_size, 1);
	header.size = (uint32_t)at;
	return header;
}

static struct rtos_content image_manifest(const struct image_builder *builder)
{
	const struct rtos_system *system = builder->system;
	const struct rtos_manifest header = image_manifest_header(system);
	uint8_t *bytes = calloc(1, header.size);

	if (!bytes)
		return (struct rtos_content){NULL, 0};
	memcpy(bytes, &header, sizeof(header));
	for (uint32_t i = 0; i < system->program_count; i++)
		memcpy(bytes + header.programs.offset + i * sizeof(struct rtos_manifest_program),
		       &system->programs[i].manifest, sizeof(struct rtos_manifest_program));
	memcpy(bytes + header.devices.offset, system->devices,
	       system->device_count * sizeof(system->devices[0]));
	memcpy(bytes + header.ports.offset, system->ports,
	       system->port_count * sizeof(system->ports[0]));
	memcpy(bytes + header.windows.offset, builder->windows,
	       system->window_count * sizeof(system->windows[0]));
	memcpy(bytes + header.strings.offset, system->strings, system->string_size);
	return (struct rtos_content){bytes, header.size};
}

/* ---- parts ---- */

/* The number of the part with this content. The image has it once, for all its users. */
static uint32_t image_part(struct image_builder *builder, struct rtos_content content)
{
	struct rtos_part part = {.size = content.size};
	struct sha256 hash;

	sha256_begin(&hash);
	sha256_add(&hash, content.bytes, content.size);
	sha256_end(&hash, part.sha256);
	for (uint32_t i = 0; i < builder->part_count; i++)
		if (builder->parts[i].size == part.size &&
		    memcmp(builder->parts[i].sha256, part.sha256, sizeof(part.sha256)) == 0)
			return i;
	part.crc = crc32c(0, content.bytes, content.size);
	builder->contents[builder->part_count] = content;
	builder->parts[builder->part_count] = part;
	return builder->part_count++;
}

/* Makes the parts of programs and windows. */
static void image_parts(struct image_builder *builder)
{
	const struct rtos_system *system = builder->system;

	for (uint32_t i = 0; i < system->program_count; i++) {
		builder->programs[i] = system->programs[i].image;
		for (uint32_t j = 0; j < builder->programs[i].segment_count; j++)
			if (system->programs[i].contents[j].size)
				builder->programs[i].segment[j].part =
				    image_part(builder, system->programs[i].contents[j]);
	}
	for (uint32_t i = 0; i < system->window_count; i++) {
		builder->windows[i] = system->windows[i];
		if (system->window_contents[i].size)
			builder->windows[i].contents =
			    1 + image_part(builder, system->window_contents[i]);
	}
}

static uint32_t image_kept_piece(uint32_t pages)
{
	return pages + (pages >= RTOS_KEPT_LARGE ? RTOS_KEPT_BLOCK - 1 : 0);
}

/* How many pages of memory outlive the kernel. */
static uint32_t image_kept_pages(const struct rtos_system *system)
{
	uint32_t pages = RTOS_KEPT_OWN(system->program_count);

	for (uint32_t i = 0; i < system->program_count; i++)
		pages += image_kept_piece(system->programs[i].manifest.keep_pages) +
		         image_kept_piece(system->programs[i].manifest.dma_pages);
	return pages;
}

static void image_kernel_part(struct image_builder *builder, struct rtos_content copy)
{
	if (copy.size != 0) {
		builder->header.kernel = image_part(builder, copy);
		builder->header.kept_pages = image_kept_pages(builder->system);
	}
}

/* Adds the manifest as the last part. Segments without content then get the number behind it. */
static void image_manifest_part(struct image_builder *builder, struct rtos_content manifest)
{
	const struct rtos_system *system = builder->system;

	builder->header.manifest = image_part(builder, manifest);
	for (uint32_t i = 0; i < system->program_count; i++)
		for (uint32_t j = 0; j < builder->programs[i].segment_count; j++)
			if (!system->programs[i].contents[j].size)
				builder->programs[i].segment[j].part = builder->part_count;
	if (builder->header.kept_pages == 0)
		builder->header.kernel = builder->part_count;
}

static void image_layout(struct image_builder *builder)
{
	struct rtos_image *header = &builder->header;
	uint64_t at;

	header->magic = RTOS_IMAGE_MAGIC;
	header->revision = RTOS_IMAGE_REVISION;
	header->header_size = sizeof(*header);
	header->programs = sizeof(*header);
	header->program_count = builder->system->program_count;
	header->parts =
	    header->programs + header->program_count * (uint32_t)sizeof(struct rtos_program);
	header->part_count = builder->part_count;
	header->tables_size =
	    header->parts + header->part_count * (uint32_t)sizeof(struct rtos_part);
	at = image_round(header->tables_size);
	for (uint32_t i = 0; i < builder->part_count; i++) {
		builder->parts[i].offset = at;
		at += image_round(builder->parts[i].size);
	}
	header->image_size = at;
}

static void image_write(const struct image_builder *builder, uint8_t *bytes)
{
	const struct rtos_image *header = &builder->header;
	uint32_t crc;

	memcpy(bytes, header, sizeof(*header));
	memcpy(bytes + header->programs, builder->programs,
	       header->program_count * sizeof(builder->programs[0]));
	memcpy(bytes + header->parts, builder->parts,
	       header->part_count * sizeof(builder->parts[0]));
	crc = crc32c(0, bytes, header->tables_size); /* the sum's field is still 0 */
	memcpy(bytes + offsetof(struct rtos_image, tables_crc), &crc, sizeof(crc));
	for (uint32_t i = 0; i < builder->part_count; i++)
		memcpy(bytes + builder->parts[i].offset, builder->contents[i].bytes,
		       builder->contents[i].size);
}

/* Verifies the image. If it isn't right, that is a mistake of this program. */
static bool image_verify(const struct rtos_bytes *image, const char *path, FILE *complaints)
{
	struct rtosimage_verdict verdict = rtosimage_verify(image->bytes, image->size);
	const struct rtos_image *header = image->bytes;

	if (verdict.fault == RTOSIMAGE_OK) {
		const struct rtos_part *manifest = rtosimage_manifest(header);

		verdict = rtosmanifest_verify((const uint8_t *)image->bytes + manifest->offset,
		                              (size_t)manifest->size, header);
	}
	if (verdict.fault == RTOSIMAGE_OK || verdict.fault == RTOSIMAGE_UNPLACED)
		return true;
	fprintf(complaints,
	        "%s: error: the boot image fails its own verification: %s (entry %" PRIu32
	        "); this is a fault of kumiki: please report it with the manifest\n",
	        path, rtosimage_fault_text(verdict.fault), verdict.index);
	return false;
}

bool rtos_image_make(const struct rtos_system *system, struct rtos_content kernel,
                     struct rtos_bytes *image, FILE *complaints)
{
	struct image_builder *builder = calloc(1, sizeof(*builder));
	struct rtos_content manifest = {NULL, 0};
	bool good = builder != NULL;

	*image = (struct rtos_bytes){NULL, 0};
	if (good) {
		builder->system = system;
		image_parts(builder);
		image_kernel_part(builder, kernel);
		manifest = image_manifest(builder);
		good = manifest.bytes != NULL;
	}
	if (good) {
		image_manifest_part(builder, manifest);
		image_layout(builder);
		image->size = (size_t)builder->header.image_size;
		image->bytes = calloc(1, image->size);
		good = image->bytes != NULL;
	}
	if (good)
		image_write(builder, image->bytes);
	else
		fprintf(complaints, "%s: error: out of memory\n", system->path);
	good = good && image_verify(image, system->path, complaints);
	free((void *)(uintptr_t)manifest.bytes);
	free(builder);
	if (!good) {
		free(image->bytes);
		*image = (struct rtos_bytes){NULL, 0};
	}
	return good;
}

/* ---- behind the kernel ---- */

bool rtos_pack_make(const struct rtos_system *system, const struct rtos_bytes *kernel,
                    const char *kernel_path, struct rtos_bytes *file, FILE *complaints)
{
	struct rtos_kernel_header header;
	struct rtos_bytes image;
	const char *wrong = rtosfile_kernel(kernel->bytes, kernel->size, &header);
	uint64_t size;

	*file = (struct rtos_bytes){NULL, 0};
	if (!wrong && header.image_offset < kernel->size)
		wrong = "has something behind it already; give the kernel alone";
	if (wrong) {
		fprintf(complaints, "%s: error: %s\n", kernel_path, wrong);
		return false;
	}
	if (!rtos_image_make(system, (struct rtos_content){kernel->bytes, (size_t)header.copy_size},
	                     &image, complaints))
		return false;
	file->size = (size_t)header.image_offset + image.size;
	file->bytes = calloc(1, file->size);
	if (file->bytes) {
		size = file->size;
		memcpy(file->bytes, kernel->bytes, kernel->size);
		memcpy((uint8_t *)file->bytes + offsetof(struct arm64_image_header, image_size),
		       &size, sizeof(size));
		memcpy((uint8_t *)file->bytes + header.image_offset, image.bytes, image.size);
	} else {
		fprintf(complaints, "%s: error: out of memory\n", system->path);
	}
	free(image.bytes);
	return file->bytes != NULL;
}
