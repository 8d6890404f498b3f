/*
 * pack_make() (host/pack.h): lays out frame, header, tables and parts as include/kumiki/bundle.h
 * says, and lets lib/bundle.c verify the result before anybody sees it. The same model and files
 * give the same bytes: nothing of time, place or order of the host gets in.
 */
#include "builder.h"
#include "frame.h"
#include <host/pack.h>
#include <inttypes.h>
#include <lib/bundle.h>
#include <lib/crc32c.h>
#include <stdlib.h>
#include <string.h>

static uint64_t make_round(uint64_t value)
{
	return (value + BUNDLE_ALIGN - 1) / BUNDLE_ALIGN * BUNDLE_ALIGN;
}

static void make_table(struct bundle_header *header, struct bundle_table *table, uint32_t count,
                       size_t entry_size)
{
	table->offset = header->tables_size;
	table->count = count;
	header->tables_size += (uint32_t)(count * entry_size);
}

static void make_tables(const struct builder *builder, struct bundle_header *header)
{
	header->tables_size = sizeof(*header);
	make_table(header, &header->cores, builder->core_count, sizeof(builder->cores[0]));
	make_table(header, &header->partitions, builder->partition_count,
	           sizeof(builder->partitions[0]));
	make_table(header, &header->vcpus, builder->vcpu_count, sizeof(builder->vcpus[0]));
	make_table(header, &header->regions, builder->region_count, sizeof(builder->regions[0]));
	make_table(header, &header->interrupts, builder->interrupt_count,
	           sizeof(builder->interrupts[0]));
	make_table(header, &header->loads, builder->load_count, sizeof(builder->loads[0]));
	make_table(header, &header->parts, builder->part_count, sizeof(builder->parts[0]));
	make_table(header, &header->windows, builder->window_count, sizeof(builder->windows[0]));
	make_table(header, &header->doorbells, builder->doorbell_count,
	           sizeof(builder->doorbells[0]));
	make_table(header, &header->functions, builder->function_count,
	           sizeof(builder->functions[0]));
	make_table(header, &header->channels, builder->channel_count, sizeof(builder->channels[0]));
	make_table(header, &header->ends, builder->end_count, sizeof(builder->ends[0]));
}

/* Gives the parts their offsets and the bundle its size. */
static void make_offsets(struct builder *builder, struct bundle_header *header)
{
	uint64_t offset = make_round(header->tables_size);
	for (uint32_t i = 0; i < builder->part_count; i++) {
		builder->parts[i].offset = offset;
		offset += make_round(builder->parts[i].size);
	}
	header->bundle_size = offset;
}

/* Sets the cores' speeds. A core without a given speed is as fast as the fastest. */
static void make_speeds(const struct model *model, struct bundle_header *header)
{
	for (size_t i = 0; i < model->core_count && i < BUNDLE_CORES_MAX; i++) {
		const uint64_t speed =
		    model->cores[i].speed ? model->cores[i].speed : (uint64_t)model->fastest;
		const uint64_t share = model->fastest
		                           ? speed * BUNDLE_SPEED_FASTEST / model->fastest
		                           : BUNDLE_SPEED_FASTEST;

		header->speed[i] = (uint16_t)(share ? share : 1);
	}
}

static struct bundle_header make_header(struct builder *builder, size_t frame_size)
{
	const struct model *model = builder->model;
	struct bundle_header header = {
	    .magic = BUNDLE_MAGIC,
	    .revision = BUNDLE_REVISION,
	    .header_size = sizeof(header),
	    .image_base = model->image_base,
	    .memory_base = model->memory_base,
	    .memory_size = model->memory_size,
	    .board = model->board,
	    .console_core = (uint16_t)model->console_core,
	    .flags = (uint16_t)((model->stay_on ? BUNDLE_STAY_ON : 0) |
	                        (model->resets ? BUNDLE_RESETS : 0) |
	                        (model->lowers ? BUNDLE_LOWERS : 0)),
	    .power = model->power,
	    .shift = model->shift,
	};
	memcpy(header.update_key, model->update_key, sizeof(header.update_key));
	builder_name(header.system, sizeof(header.system), model->name);
	make_speeds(model, &header);
	make_tables(builder, &header);
	make_offsets(builder, &header);
	header.image_size = frame_size + header.bundle_size;
	return header;
}

static void make_copy_table(char *bundle, const struct bundle_table *table, const void *entries,
                            size_t entry_size)
{
	memcpy(bundle + table->offset, entries, table->count * entry_size);
}

static void make_bytes(const struct builder *builder, const struct bundle_header *header,
                       char *bundle)
{
	memcpy(bundle, header, sizeof(*header));
	make_copy_table(bundle, &header->cores, builder->cores, sizeof(builder->cores[0]));
	make_copy_table(bundle, &header->partitions, builder->partitions,
	                sizeof(builder->partitions[0]));
	make_copy_table(bundle, &header->vcpus, builder->vcpus, sizeof(builder->vcpus[0]));
	make_copy_table(bundle, &header->regions, builder->regions, sizeof(builder->regions[0]));
	make_copy_table(bundle, &header->interrupts, builder->interrupts,
	                sizeof(builder->interrupts[0]));
	make_copy_table(bundle, &header->loads, builder->loads, sizeof(builder->loads[0]));
	make_copy_table(bundle, &header->parts, builder->parts, sizeof(builder->parts[0]));
	make_copy_table(bundle, &header->windows, builder->windows, sizeof(builder->windows[0]));
	make_copy_table(bundle, &header->doorbells, builder->doorbells,
	                sizeof(builder->doorbells[0]));
	make_copy_table(bundle, &header->functions, builder->functions,
	                sizeof(builder->functions[0]));
	make_copy_table(bundle, &header->channels, builder->channels, sizeof(builder->channels[0]));
	make_copy_table(bundle, &header->ends, builder->ends, sizeof(builder->ends[0]));
	uint32_t crc = crc32c(0, bundle, header->tables_size); /* the sum's field is still 0 */
	memcpy(bundle + offsetof(struct bundle_header, tables_crc), &crc, sizeof(crc));
	for (uint32_t i = 0; i < builder->part_count; i++)
		memcpy(bundle + builder->parts[i].offset, builder->contents[i],
		       builder->parts[i].size);
}

static bool make_fits(const struct model *model, const struct bundle_header *header,
                      struct complaints *complaints)
{
	if (header->image_size <= model->image_space)
		return true;
	return complain_about(
	    complaints, model->name,
	    "the packed image has %" PRIu64 " bytes, and %" PRIu64
	    " were kept for it; did a file grow meanwhile? pack again, or use the frame that was "
	    "built with this command",
	    header->image_size, model->image_space);
}

static bool make_verify(const struct model *model, const char *bundle, size_t size,
                        struct complaints *complaints)
{
	struct bundle_verdict verdict = bundle_verify(bundle, size);
	if (verdict.fault == BUNDLE_OK)
		return true;
	return complain_about(complaints, model->name,
	                      "the packed bundle fails its own verification: %s (entry %" PRIu32
	                      "); this is a fault of kumiki: please report it with the description",
	                      bundle_fault_text(verdict.fault), verdict.index);
}

static bool make_image(struct builder *builder, const struct frame_image *frame,
                       struct pack_image *image)
{
	const struct model *model = builder->model;
	struct bundle_header header = make_header(builder, frame->size);
	if (!make_fits(model, &header, builder->complaints))
		return false;
	image->size = (size_t)header.image_size;
	image->bytes = calloc(1, image->size);
	if (image->bytes == NULL)
		return builder_fail(builder, model->name, "no memory for %zu bytes", image->size);
	memcpy(image->bytes, frame->bytes, frame->file_size);
	frame_complete(image->bytes, model);
	header.frame_crc = crc32c(0, image->bytes, frame->size);
	char *bundle = (char *)image->bytes + frame->size;
	make_bytes(builder, &header, bundle);
	return make_verify(model, bundle, (size_t)header.bundle_size, builder->complaints);
}

/* Makes the bundle without the frame, as if the image took all the room that is kept for it. */
static bool make_bundle(struct builder *builder, struct pack_image *image)
{
	struct bundle_header header = make_header(builder, 0);
	header.image_size = builder->model->image_space;
	image->size = (size_t)header.bundle_size;
	image->bytes = calloc(1, image->size);
	if (image->bytes == NULL)
		return builder_fail(builder, builder->model->name, "no memory for %zu bytes",
		                    image->size);
	make_bytes(builder, &header, image->bytes);
	return make_verify(builder->model, image->bytes, image->size, builder->complaints);
}

static bool make_content(struct builder *builder)
{
	const struct model *model = builder->model;
	tables_of_cores(builder);
	tables_of_windows(builder);
	tables_of_channels(builder);
	for (size_t i = 0; i < model->partition_count; i++)
		if (!tables_of(builder, &model->partitions[i]))
			return false;
	return true;
}

static bool make_all(struct builder *builder, const char *frame_path, struct pack_image *image)
{
	struct frame_image frame;
	return frame_read(&frame, builder->model, frame_path, builder->access, builder->arena,
	                  builder->complaints) &&
	       make_content(builder) && make_image(builder, &frame, image);
}

bool pack_make(const struct model *model, const struct model_options *options, const char *frame,
               struct pack_image *image, FILE *complaints)
{
	struct arena arena = {0};
	struct complaints all = {.arena = &arena};
	struct builder *builder = arena_alloc(&arena, sizeof(*builder));
	builder->model = model;
	builder->access =
	    options == NULL || options->access == NULL ? &file_access_system : options->access;
	builder->arena = &arena;
	builder->complaints = &all;
	*image = (struct pack_image){0};
	bool good = frame != NULL ? make_all(builder, frame, image)
	                          : make_content(builder) && make_bundle(builder, image);
	if (!good) {
		free(image->bytes);
		*image = (struct pack_image){0};
	}
	complaints_tell(&all, options == NULL ? NULL : options->ear, complaints);
	arena_free(&arena);
	return good;
}
