/*
 * Where image, device tree and initrd lie in a partition's first piece of memory. The rules are
 * those of Linux (Documentation/arm64/booting.rst) for an arm64 Image, and QEMU's for everything
 * else: 512 KiB above the beginning. Device tree and initrd go to the end, out of the way of
 * whatever an image takes behind itself.
 */
#include "build.h"

#define LAYOUT_HEADERLESS  0x80000ull /* where QEMU's -kernel puts an image without a header */
#define LAYOUT_TREE_SPACE  0x10000ull /* a generated device tree in memory of 1 MiB or more */
#define LAYOUT_TREE_LITTLE 0x4000ull  /* in less */
#define LAYOUT_LITTLE      (1ull << 20)

struct layout {
	struct build *build;
	struct draft *draft;
	struct model_partition *partition;
	uint64_t base, size; /* of the first piece of memory, as the guest sees it */
	/* Its free stretches: below the image, and above it up to what was placed there. */
	struct model_range below, above;
};

/* The number of an address property of one or two cells; false: not given, or malformed. */
static bool layout_address(const struct draft *draft, const char *name, uint64_t *address)
{
	const struct dts_property *property = dts_property(draft->node, name);

	if (!vocabulary_good(draft->node, name))
		return false;
	*address = dts_number(property, 0, (uint32_t)property->item_count);
	return true;
}

/* What an image needs from its first byte on. */
static uint64_t layout_image_space(const struct draft_file *image)
{
	return image->header && image->image.image_size > image->size ? image->image.image_size
	                                                              : image->size;
}

static uint64_t layout_image_address(const struct layout *layout, uint64_t space)
{
	const struct draft_file *image = &layout->draft->image;
	uint64_t address = layout->base;

	if (layout_address(layout->draft, "kumiki,link-address", &address))
		return address;
	if (image->header)
		return build_round_up(layout->base, MODEL_BLOCK) + image->image.text_offset;
	if (build_inside(LAYOUT_HEADERLESS, space, 0, layout->size))
		address += LAYOUT_HEADERLESS;
	return address;
}

static void layout_image_outside(const struct layout *layout, uint64_t address, uint64_t space)
{
	struct build *build = layout->build;
	const struct dts_property *link = dts_property(layout->draft->node, "kumiki,link-address");
	const struct draft_memory *memory = &layout->draft->memory[0];

	if (link)
		complain(&build->complaints, link->items->place,
		         "the image at its link address 0x%llx (%llu bytes) isn't inside the "
		         "memory of '%s', 0x%llx to 0x%llx; give it memory there: kumiki,memory = "
		         "\"SIZE as ADDRESS\";",
		         (unsigned long long)address, (unsigned long long)space,
		         layout->draft->name, (unsigned long long)layout->base,
		         (unsigned long long)(layout->base + layout->size - 1));
	else
		complain(&build->complaints, layout->draft->image.place,
		         "the image needs %llu bytes at 0x%llx, and the memory of '%s' (\"%s\") is "
		         "0x%llx to 0x%llx; give it more",
		         (unsigned long long)space, (unsigned long long)address,
		         layout->draft->name, memory->text, (unsigned long long)layout->base,
		         (unsigned long long)(layout->base + layout->size - 1));
}

static bool layout_image(struct layout *layout)
{
	const struct draft_file *image = &layout->draft->image;
	uint64_t space = layout_image_space(image);
	uint64_t address = layout_image_address(layout, space);

	if (address % 8) {
		complain(&layout->build->complaints,
		         dts_property(layout->draft->node, "kumiki,link-address")->items->place,
		         "the link address 0x%llx is no multiple of 8; link the image to another",
		         (unsigned long long)address);
		return false;
	}
	if (!build_inside(address, space, layout->base, layout->size)) {
		layout_image_outside(layout, address, space);
		return false;
	}
	layout->partition->image =
	    (struct model_file){image->path, image->size, address, space, image->header};
	layout->below = (struct model_range){layout->base, address - layout->base};
	layout->above =
	    (struct model_range){address + space, layout->base + layout->size - (address + space)};
	return true;
}

/* Cuts whole pages off the end of a free stretch. */
static bool layout_cut(struct model_range *free, uint64_t size, uint64_t *address)
{
	uint64_t at;

	if (free->size < size)
		return false;
	at = (free->base + free->size - size) / MODEL_PAGE * MODEL_PAGE;
	if (at < free->base)
		return false;
	free->size = at - free->base;
	*address = at;
	return true;
}

static bool layout_high(struct layout *layout, uint64_t size, uint64_t *address)
{
	return layout_cut(&layout->above, size, address) ||
	       layout_cut(&layout->below, size, address);
}

static bool layout_tree(struct layout *layout)
{
	struct model_partition *partition = layout->partition;
	const struct draft_file *own = &layout->draft->dtb;
	uint64_t space = layout->size < LAYOUT_LITTLE ? LAYOUT_TREE_LITTLE : LAYOUT_TREE_SPACE;

	if (dts_property(layout->draft->node, "kumiki,no-dtb"))
		return true;
	if (own->path)
		space = build_round_up(own->size, MODEL_PAGE);
	partition->dtb = (struct model_file){own->path, own->size, 0, space, false};
	if (layout_high(layout, space, &partition->dtb.ipa))
		return true;
	complain(&layout->build->complaints, layout->draft->image.place,
	         "no %s are left beside the image in the memory of '%s' for its device tree; give "
	         "it more memory, or none: kumiki,no-dtb;",
	         build_size(layout->build, space), layout->draft->name);
	return false;
}

static bool layout_initrd(struct layout *layout)
{
	struct model_partition *partition = layout->partition;
	const struct draft_file *initrd = &layout->draft->initrd;

	if (!initrd->path)
		return true;
	partition->initrd = (struct model_file){initrd->path, initrd->size, 0, initrd->size, false};
	if (layout_high(layout, initrd->size, &partition->initrd.ipa))
		return true;
	complain(&layout->build->complaints, initrd->place,
	         "the initrd has %llu bytes, and beside the image %llu are left in the memory of "
	         "'%s' (\"%s\"); give it more",
	         (unsigned long long)initrd->size,
	         (unsigned long long)(layout->above.size > layout->below.size ? layout->above.size
	                                                                      : layout->below.size),
	         layout->draft->name, layout->draft->memory[0].text);
	return false;
}

static void layout_entry(struct layout *layout)
{
	struct model_partition *partition = layout->partition;
	const struct dts_property *entry = dts_property(layout->draft->node, "kumiki,entry");

	partition->entry_ipa = partition->image.ipa;
	if (!layout_address(layout->draft, "kumiki,entry", &partition->entry_ipa))
		return;
	if (partition->entry_ipa % 4 ||
	    !build_inside(partition->entry_ipa, 4, partition->image.ipa, partition->image.size))
		complain(&layout->build->complaints, entry->items->place,
		         "the entry 0x%llx is no instruction of the image, which lies at 0x%llx to "
		         "0x%llx; leave it out to enter at the beginning",
		         (unsigned long long)partition->entry_ipa,
		         (unsigned long long)partition->image.ipa,
		         (unsigned long long)(partition->image.ipa + partition->image.size - 1));
}

void layout_partitions(struct build *build)
{
	for (size_t i = 0; i < build->draft_count; i++) {
		struct draft *draft = &build->drafts[i];
		struct layout layout = {
		    .build = build, .draft = draft, .partition = draft->partition};

		if (draft->memory_broken || !draft->image.path)
			continue;
		layout.base = draft->partition->memory[0].ipa;
		layout.size = draft->partition->memory[0].size;
		if (layout_image(&layout) && layout_tree(&layout))
			layout_initrd(&layout);
		if (draft->partition->image.path)
			layout_entry(&layout);
	}
}
