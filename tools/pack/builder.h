/*
 * A bundle while it is being made: tables of their greatest size, and the parts' bytes. parts.c,
 * functions.c and tables.c fill it, make.c lays it out.
 */
#ifndef PACK_BUILDER_H
#define PACK_BUILDER_H

#include <host/arena.h>
#include <host/complaints.h>
#include <host/files.h>
#include <host/model.h>
#include <kumiki/bundle.h>
#include <stdbool.h>

struct builder {
	const struct model *model;
	const struct file_access *access; /* how files are read */
	struct arena *arena; /* all of this run's memory, with the files that were read */
	struct complaints *complaints;

	struct bundle_core cores[BUNDLE_CORES_MAX];
	struct bundle_partition partitions[BUNDLE_PARTITIONS_MAX];
	struct bundle_vcpu vcpus[BUNDLE_VCPUS_MAX];
	struct bundle_region regions[BUNDLE_REGIONS_MAX];
	struct bundle_interrupt interrupts[BUNDLE_INTERRUPTS_MAX];
	struct bundle_load loads[BUNDLE_LOADS_MAX];
	struct bundle_part parts[BUNDLE_PARTS_MAX]; /* their offsets are 0 until make.c sets them */
	struct bundle_window windows[BUNDLE_WINDOWS_MAX];
	struct bundle_doorbell doorbells[BUNDLE_DOORBELLS_MAX];
	struct bundle_function functions[BUNDLE_FUNCTIONS_MAX];
	struct bundle_channel channels[BUNDLE_CHANNELS_MAX];
	struct bundle_end ends[BUNDLE_ENDS_MAX];
	uint32_t core_count, partition_count, vcpu_count, region_count, interrupt_count, load_count,
	    part_count, window_count, doorbell_count, function_count, channel_count, end_count;
	const void *contents[BUNDLE_PARTS_MAX]; /* the parts' bytes */
};

/* Adds a part, and returns its number; equal content of the same kind is one part.
 * BUNDLE_PARTS_MAX, after a complaint: there is no room. */
uint32_t parts_add(struct builder *builder, enum bundle_part_kind kind, const char *path,
                   const void *bytes, size_t size);
/* Adds the parts and loads of a partition: image, initrd, device tree. False after a complaint. */
bool parts_of(struct builder *builder, const struct model_partition *partition);

/* functions.c: adds its PCI functions. False after a complaint. */
bool functions_of(struct builder *builder, const struct model_partition *partition);

/* tables.c: adds everything else of the model. */
bool tables_of(struct builder *builder, const struct model_partition *partition);
void tables_of_cores(struct builder *builder);
void tables_of_windows(struct builder *builder);
void tables_of_channels(struct builder *builder);

/* The physical address of a guest address in the partition's memory; UINT64_MAX: it has no memory
 * there. */
uint64_t builder_physical(const struct model_partition *partition, uint64_t ipa);
/* Complains about a partition, or a file. Always false. */
bool builder_fail(const struct builder *builder, const char *partition, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Copies a name into `size` bytes: what doesn't fit with the closing NUL is cut, the rest is zero.
 * Unprintable characters become '?'. */
void builder_name(char *to, size_t size, const char *from);

#endif
