/*
 * The parts of a bundle: files and device trees, each once; and where they lie in each partition's
 * memory. See builder.h.
 */
#include "builder.h"
#include <host/guest_tree.h>
#include <host/rtos.h>
#include <lib/crc32c.h>
#include <lib/sha256.h>
#include <stdlib.h>
#include <string.h>

static void parts_hash(uint8_t digest[SHA256_SIZE], const void *bytes, size_t size)
{
	struct sha256 hash;
	sha256_begin(&hash);
	sha256_add(&hash, bytes, size);
	sha256_end(&hash, digest);
}

static const char *parts_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash == NULL ? path : slash + 1;
}

uint32_t parts_add(struct builder *builder, enum bundle_part_kind kind, const char *path,
                   const void *bytes, size_t size)
{
	struct bundle_part part = {.size = size, .kind = kind};
	parts_hash(part.sha256, bytes, size);
	for (uint32_t i = 0; i < builder->part_count; i++)
		if (builder->parts[i].kind == part.kind && builder->parts[i].size == size &&
		    memcmp(builder->parts[i].sha256, part.sha256, SHA256_SIZE) == 0)
			return i;
	if (builder->part_count == BUNDLE_PARTS_MAX) {
		builder_fail(builder, path, "more than %d different files", BUNDLE_PARTS_MAX);
		return BUNDLE_PARTS_MAX;
	}
	builder_name(part.name, sizeof(part.name), parts_base_name(path));
	part.crc = crc32c(0, bytes, size);
	builder->contents[builder->part_count] = bytes;
	builder->parts[builder->part_count] = part;
	return builder->part_count++;
}

static bool parts_load(struct builder *builder, const struct model_partition *partition,
                       const struct model_file *file, uint32_t part, struct guest_tree_seeds seeds)
{
	if (part == BUNDLE_PARTS_MAX)
		return false;
	if (builder->load_count == BUNDLE_LOADS_MAX)
		return builder_fail(builder, partition->name, "more than %d files to lay out",
		                    BUNDLE_LOADS_MAX);
	const uint64_t size = builder->parts[part].size;
	builder->loads[builder->load_count++] = (struct bundle_load){
	    .part = part,
	    .pa = builder_physical(partition, file->ipa),
	    .space = file->space > size ? file->space : size,
	    .kaslr_seed = seeds.kaslr_seed,
	    .rng_seed = seeds.rng_seed,
	};
	return true;
}

/* Reads a file. It must still have the size in the model: if it has grown, its place may be too
 * small. */
static bool parts_read(struct builder *builder, const struct model_partition *partition,
                       const struct model_file *file, char **bytes, size_t *size)
{
	int error = builder->access->read(builder->access->context, builder->arena, file->path,
	                                  (size_t)file->size, bytes, size);
	if (error != 0)
		return builder_fail(builder, partition->name, "'%s' can't be read: %s", file->path,
		                    strerror(error));
	if (*size != file->size)
		return builder_fail(builder, partition->name,
		                    "'%s' has changed while it was packed; pack again", file->path);
	return true;
}

static bool parts_file(struct builder *builder, const struct model_partition *partition,
                       const struct model_file *file, enum bundle_part_kind kind)
{
	struct guest_tree_seeds seeds = {0, 0};
	char *bytes = NULL;
	size_t size = 0;
	if (file->path == NULL)
		return true;
	if (!parts_read(builder, partition, file, &bytes, &size))
		return false;
	if (kind == BUNDLE_IMAGE &&
	    !rtos_place(builder->model, partition, bytes, size, builder->complaints))
		return false;
	if (kind == BUNDLE_DTB)
		seeds = guest_tree_find_seeds(bytes, size);
	return parts_load(builder, partition, file,
	                  parts_add(builder, kind, file->path, bytes, size), seeds);
}

static bool parts_generated_tree(struct builder *builder, const struct model_partition *partition)
{
	struct guest_tree tree;
	if (!guest_tree_make(builder->model, partition, &tree, builder->complaints))
		return false;
	const void *bytes = arena_copy(builder->arena, tree.blob, tree.size);
	struct guest_tree_seeds seeds = guest_tree_find_seeds(tree.blob, tree.size);
	const char *name = arena_format(builder->arena, "%s.dtb", partition->name);
	uint32_t part = parts_add(builder, BUNDLE_DTB, name, bytes, tree.size);
	free(tree.blob);
	return parts_load(builder, partition, &partition->dtb, part, seeds);
}

bool parts_of(struct builder *builder, const struct model_partition *partition)
{
	if (!parts_file(builder, partition, &partition->image, BUNDLE_IMAGE) ||
	    !parts_file(builder, partition, &partition->remote, BUNDLE_IMAGE) ||
	    !parts_file(builder, partition, &partition->initrd, BUNDLE_INITRD))
		return false;
	if (partition->dtb.ipa == 0) /* the partition gets no tree */
		return true;
	if (partition->dtb.path != NULL)
		return parts_file(builder, partition, &partition->dtb, BUNDLE_DTB);
	return parts_generated_tree(builder, partition);
}
