/*
 * Where image, device tree and initrd lie in a partition's first piece of memory. An arm64 Image
 * lies by the rules of Linux (Documentation/arm64/booting.rst), other images 512 KiB above the
 * beginning, as QEMU does it. Device tree and initrd go to the end: an image may use the memory
 * behind itself. A tree with a given address may lie in any piece.
 */
#include "build.h"
#include <string.h>

#define LAYOUT_HEADERLESS  0x80000ull /* where QEMU's -kernel puts an image without a header */
#define LAYOUT_QEMU_LEAST  0x1000ull  /* QEMU adds 2 MiB to a text_offset below this */
#define LAYOUT_TREE_SPACE  0x10000ull /* a generated device tree in memory of 1 MiB or more */
#define LAYOUT_TREE_LITTLE 0x4000ull  /* the same in smaller memory */
#define LAYOUT_LITTLE      (1ull << 20)

/* The number of an address property of one or two cells; false: not given, or malformed. */
static bool layout_address(const struct draft *draft, const char *name, uint64_t *address)
{
	const struct dts_property *property = dts_property(draft->node, name);

	if (!vocabulary_good(draft->node, name))
		return false;
	*address = dts_number(property, 0, (uint32_t)property->item_count);
	return true;
}

static uint64_t layout_largest(const struct layout *layout)
{
	uint64_t largest = 0;

	for (size_t i = 0; i < layout->free_count; i++)
		if (layout->free[i].size > largest)
			largest = layout->free[i].size;
	return largest;
}

/* The memory that an image uses, from its first byte on. */
static uint64_t layout_image_space(const struct draft_file *image)
{
	return image->header && image->image.image_size > image->size ? image->image.image_size
	                                                              : image->size;
}

/* Where an image with a header lies. Memory with a given address is mostly for a program that is
 * linked for QEMU's -kernel, which keeps the beginning of RAM for its own instructions. */
static uint64_t layout_header_address(const struct layout *layout, uint64_t space)
{
	const struct arm64_image_header *image = &layout->draft->image.image;
	const struct draft_memory *memory = &layout->draft->memory[0];
	uint64_t address = build_round_up(layout->base, MODEL_BLOCK) + image->text_offset;

	if ((memory->viewed || memory->fixed) && image->text_offset < LAYOUT_QEMU_LEAST &&
	    build_inside(address + MODEL_BLOCK, space, layout->base, layout->size))
		address += MODEL_BLOCK;
	return address;
}

static uint64_t layout_image_address(const struct layout *layout, uint64_t space)
{
	const struct draft_file *image = &layout->draft->image;
	uint64_t address = layout->base;

	if (layout_address(layout->draft, "kumiki,link-address", &address))
		return address;
	if (image->header)
		return layout_header_address(layout, space);
	if (build_inside(LAYOUT_HEADERLESS, space, 0, layout->size))
		address += LAYOUT_HEADERLESS;
	return address;
}

/* ---- too little memory ---- */

/* The tree's space in a piece of memory of this size. */
static uint64_t layout_tree_space(const struct layout *layout, uint64_t size)
{
	if (dts_property(layout->draft->node, "kumiki,no-dtb"))
		return 0;
	if (layout->draft->dtb.path)
		return build_round_up(layout->draft->dtb.size, MODEL_PAGE);
	return size < LAYOUT_LITTLE ? LAYOUT_TREE_LITTLE : LAYOUT_TREE_SPACE;
}

/* How far above the beginning of the memory the image lies, if there is enough memory. `rest`: the
 * size of everything in it. */
static uint64_t layout_offset(const struct layout *layout, uint64_t rest)
{
	const struct draft_file *image = &layout->draft->image;
	const struct draft_memory *memory = &layout->draft->memory[0];
	const bool chosen = memory->viewed || memory->fixed;
	uint64_t address;

	if (layout_address(layout->draft, "kumiki,link-address", &address))
		return address - layout->base;
	if (!image->header)
		return rest < LAYOUT_HEADERLESS ? 0 : LAYOUT_HEADERLESS;
	return image->image.text_offset +
	       (chosen ? build_round_up(layout->base, MODEL_BLOCK) - layout->base : 0) +
	       (chosen && image->image.text_offset < LAYOUT_QEMU_LEAST ? MODEL_BLOCK : 0);
}

/* How much kept memory has no given address. */
static uint64_t layout_kept(const struct draft *draft)
{
	uint64_t kept = 0;

	for (size_t i = 0; i < draft->keep_count; i++)
		kept += draft->keeps[i].fixed ? 0 : draft->keeps[i].size;
	return kept;
}

/* How much memory suffices for everything that has no given address. */
static uint64_t layout_need(const struct layout *layout)
{
	const struct draft *draft = layout->draft;
	uint64_t rest = build_round_up(layout_image_space(&draft->image), MODEL_PAGE) +
	                build_round_up(draft->initrd.path ? draft->initrd.size : 0, MODEL_PAGE);
	uint64_t need;

	rest += layout_kept(draft);
	need = layout_offset(layout, rest + layout_tree_space(layout, 0)) + rest;
	return need + layout_tree_space(layout, need);
}

/* Whether the memory must be as large as a block. Kumiki lets smaller pieces begin at any page, and
 * an Image begins at a block. */
static bool layout_needs_block(const struct layout *layout, uint64_t need)
{
	const struct draft_memory *memory = &layout->draft->memory[0];

	return layout->draft->image.header && !memory->viewed && !memory->fixed &&
	       need < MODEL_BLOCK;
}

/* A size like "17M", or "24K" if it isn't whole MiB. It is never rounded, so the parts add up to
 * the whole. */
static const char *layout_amount(const struct layout *layout, uint64_t size)
{
	const unsigned shift = size % LAYOUT_LITTLE ? 10 : 20;

	return arena_format(layout->build->arena, "%llu%c",
	                    (unsigned long long)(build_round_up(size, MODEL_PAGE) >> shift),
	                    shift == 20 ? 'M' : 'K');
}

/* Words like ", initrd 3M". */
static const char *layout_part(const struct layout *layout, const char *name, uint64_t size)
{
	return size ? arena_format(layout->build->arena, ", %s %s", name,
	                           layout_amount(layout, size))
	            : "";
}

/* A list of everything that has to lie in the memory, with sizes: their sum is `need`. */
static const char *layout_parts(const struct layout *layout, uint64_t need)
{
	const struct draft *draft = layout->draft;
	const uint64_t image = layout_image_space(&draft->image);
	const uint64_t initrd = draft->initrd.path ? draft->initrd.size : 0;
	const uint64_t tree = layout_tree_space(layout, need), kept = layout_kept(draft);
	const uint64_t before = need - tree - kept - build_round_up(initrd, MODEL_PAGE) -
	                        build_round_up(image, MODEL_PAGE);

	return arena_format(
	    layout->build->arena, "image %s%s%s%s%s", layout_amount(layout, image),
	    layout_part(layout, "room below it", before), layout_part(layout, "device tree", tree),
	    layout_part(layout, "initrd", initrd), layout_part(layout, "kept", kept));
}

/* The size that the author should write. */
static uint64_t layout_remedy(const struct layout *layout, uint64_t need)
{
	if (layout_needs_block(layout, need))
		return MODEL_BLOCK;
	return need < LAYOUT_LITTLE ? need : build_round_up(need, LAYOUT_LITTLE);
}

/* Complains if the memory is too small. False: it would suffice if no addresses were given. */
static bool layout_too_little(const struct layout *layout, struct dts_place place)
{
	const struct draft *draft = layout->draft;
	const uint64_t need = layout_need(layout);
	const bool block = layout_needs_block(layout, need);

	if ((block ? MODEL_BLOCK : need) <= layout->size)
		return false;
	complain(&layout->build->complaints, place,
	         "the memory of '%s' (\"%s\") is too little for what lies in it: %s; give it %s%s",
	         draft->name, draft->memory[0].text, layout_parts(layout, need),
	         layout_amount(layout, layout_remedy(layout, need)),
	         block ? ": less can begin anywhere, and an Image wants a multiple of 2 MiB" : "");
	return true;
}

static void layout_image_outside(const struct layout *layout, uint64_t address, uint64_t space)
{
	struct build *build = layout->build;
	const struct dts_property *link = dts_property(layout->draft->node, "kumiki,link-address");

	if (link)
		complain(&build->complaints, link->items->place,
		         "the image at its link address 0x%llx (%llu bytes) isn't inside the "
		         "memory of '%s', 0x%llx to 0x%llx; give it memory there: kumiki,memory = "
		         "\"SIZE as ADDRESS\";",
		         (unsigned long long)address, (unsigned long long)space,
		         layout->draft->name, (unsigned long long)layout->base,
		         (unsigned long long)(layout->base + layout->size - 1));
	else if (!layout_too_little(layout, layout->draft->image.place))
		complain(&build->complaints, layout->draft->image.place,
		         "the image needs %llu bytes at 0x%llx, and the memory of '%s' (\"%s\") is "
		         "0x%llx to 0x%llx; give it more",
		         (unsigned long long)space, (unsigned long long)address,
		         layout->draft->name, layout->draft->memory[0].text,
		         (unsigned long long)layout->base,
		         (unsigned long long)(layout->base + layout->size - 1));
}

/* A flag of the header: any base that is a multiple of 2 MiB is right. */
#define LAYOUT_ANYWHERE 8u

/* Warns of a header and a link address that contradict each other: Linux goes by its header. */
static void layout_remark_link(const struct layout *layout, uint64_t address)
{
	const struct arm64_image_header *image = &layout->draft->image.image;

	if (address % MODEL_BLOCK == image->text_offset % MODEL_BLOCK)
		return;
	complain_warning(
	    &layout->build->complaints,
	    dts_property(layout->draft->node, "kumiki,link-address")->items->place,
	    "the Image's header wants a multiple of 2 MiB plus its text_offset, 0x%llx, "
	    "and 0x%llx isn't one; a Linux doesn't start there: leave "
	    "'kumiki,link-address' out, or build the header with another text_offset",
	    (unsigned long long)image->text_offset, (unsigned long long)address);
}

/* Warns about an Image that must lie at its own place, in memory with a given address. */
static void layout_remark_header(const struct layout *layout, uint64_t address)
{
	const struct arm64_image_header *image = &layout->draft->image.image;
	const struct draft_memory *memory = &layout->draft->memory[0];
	const uint64_t plain = layout->base + image->text_offset;
	const bool low = image->text_offset < LAYOUT_QEMU_LEAST && address < plain + MODEL_BLOCK;

	if (image->flags & LAYOUT_ANYWHERE || (!memory->viewed && !memory->fixed))
		return;
	if (layout->base % MODEL_BLOCK)
		complain_warning(
		    &layout->build->complaints, layout->draft->image.place,
		    "the memory of '%s' begins at 0x%llx, and text_offset 0x%llx counts from the "
		    "next multiple of 2 MiB: the image lies at 0x%llx; if it is linked for another "
		    "address, say so: kumiki,link-address = <0x%llx>;",
		    layout->draft->name, (unsigned long long)layout->base,
		    (unsigned long long)image->text_offset, (unsigned long long)address,
		    (unsigned long long)(layout->base % MODEL_BLOCK == image->text_offset
		                             ? layout->base
		                             : plain));
	else if (low)
		complain_warning(&layout->build->complaints, layout->draft->image.place,
		                 "the image lies at 0x%llx, and QEMU's -kernel would put it at "
		                 "0x%llx, for which "
		                 "the memory of '%s' is too little; if it is linked for QEMU, give "
		                 "it more, else "
		                 "say kumiki,link-address = <0x%llx>;",
		                 (unsigned long long)address,
		                 (unsigned long long)(plain + MODEL_BLOCK), layout->draft->name,
		                 (unsigned long long)address);
}

/* Warns of an image at an unusual place. Only a header tells where an image may lie. */
static void layout_remark(const struct layout *layout, uint64_t address)
{
	uint64_t link;

	if (!layout->draft->image.header)
		return;
	if (layout_address(layout->draft, "kumiki,link-address", &link))
		layout_remark_link(layout, address);
	else
		layout_remark_header(layout, address);
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
	layout_remark(layout, address);
	layout->partition->image =
	    (struct model_file){image->path, image->size, address, space, image->header};
	layout->free[0] = (struct model_range){layout->base, layout->size};
	layout->free_count = 1;
	layout_use(layout, address, space);
	return true;
}

/* ---- device tree ---- */

/* Limits the room at an address to what is free before `next`, if that lies behind the address. */
static void layout_limit(uint64_t address, uint64_t next, uint64_t *room)
{
	if (next > address && next - address < *room)
		*room = next - address;
}

/* The room at the tree's given address, up to the end of its piece of memory, the image or kept
 * memory. False: the address is in no memory of the partition. */
static bool layout_tree_room(const struct layout *layout, uint64_t address, uint64_t *room)
{
	const struct model_partition *partition = layout->partition;

	for (size_t i = 0; i < partition->memory_count; i++) {
		const struct model_memory *memory = &partition->memory[i];

		if (!build_inside(address, 1, memory->ipa, memory->size))
			continue;
		*room = memory->ipa + memory->size - address;
		layout_limit(address, partition->image.ipa, room);
		for (size_t j = 0; j < partition->keep_count; j++)
			layout_limit(address, partition->keeps[j].ipa, room);
		return true;
	}
	return false;
}

/* What is wrong with the tree's given address, whatever the tree's size is; NULL: nothing. */
static const char *layout_tree_misplaced(const struct layout *layout, uint64_t address,
                                         uint64_t *room)
{
	struct arena *arena = layout->build->arena;
	const struct model_file *image = &layout->partition->image;
	const struct model_keep *kept = build_kept_at(layout->partition, address);

	if (!address)
		return "can't be 0, which tells a guest that there is none";
	if (address % 8)
		return "is no multiple of 8";
	if (!layout_tree_room(layout, address, room))
		return arena_format(arena, "isn't inside the memory of '%s', which is %s",
		                    layout->draft->name, layout_pieces(layout));
	if (build_overlap(address, 1, image->ipa, image->space))
		return arena_format(arena, "is inside the image, which has 0x%llx to 0x%llx",
		                    (unsigned long long)image->ipa,
		                    (unsigned long long)(image->ipa + image->space - 1));
	if (kept)
		return arena_format(arena,
		                    "is inside the memory that is kept from 0x%llx to "
		                    "0x%llx",
		                    (unsigned long long)kept->ipa,
		                    (unsigned long long)(kept->ipa + kept->size - 1));
	return NULL;
}

/* Places a tree with a given address. A generated tree gets all the room there; load.c finds out
 * whether that is enough. */
static bool layout_tree_fixed(struct layout *layout, uint64_t address)
{
	const struct dts_property *property =
	    dts_property(layout->draft->node, "kumiki,dtb-address");
	struct complaints *complaints = &layout->build->complaints;
	struct model_file *tree = &layout->partition->dtb;
	uint64_t room = 0;
	const char *wrong = layout_tree_misplaced(layout, address, &room);

	if (wrong) {
		complain(complaints, property->items->place,
		         "the device tree's address 0x%llx %s; choose another",
		         (unsigned long long)address, wrong);
		return false;
	}
	if (tree->size > room) {
		complain(complaints, property->items->place,
		         "'%s' has %llu bytes, and %llu are left at 0x%llx; choose another address",
		         dts_property(layout->draft->node, "kumiki,dtb")->items->text,
		         (unsigned long long)tree->size, (unsigned long long)room,
		         (unsigned long long)address);
		return false;
	}
	tree->ipa = address;
	tree->space = tree->space < room ? tree->space : room;
	layout_use(layout, address, tree->space);
	return true;
}

static bool layout_tree_high(struct layout *layout)
{
	struct model_file *tree = &layout->partition->dtb;

	if (layout_high(layout, tree->space, &tree->ipa))
		return true;
	if (layout_too_little(layout, layout->draft->image.place))
		return false;
	complain(&layout->build->complaints, layout->draft->image.place,
	         "no %s are left beside the image in the memory of '%s' for its device tree; give "
	         "it more memory, or none: kumiki,no-dtb;",
	         build_size(layout->build, tree->space), layout->draft->name);
	return false;
}

/* Places the tree and the kept memory: first everything with a given address. */
static bool layout_tree_and_kept(struct layout *layout)
{
	const struct draft_file *own = &layout->draft->dtb;
	const bool none = dts_property(layout->draft->node, "kumiki,no-dtb") != NULL;
	uint64_t space = layout->size < LAYOUT_LITTLE ? LAYOUT_TREE_LITTLE : LAYOUT_TREE_SPACE;
	uint64_t address;
	bool fixed = !none && layout_address(layout->draft, "kumiki,dtb-address", &address);

	if (own->path)
		space = build_round_up(own->size, MODEL_PAGE);
	if (!none)
		layout->partition->dtb = (struct model_file){own->path, own->size, 0, space, false};
	return keep_place_fixed(layout) && (!fixed || layout_tree_fixed(layout, address)) &&
	       keep_place_others(layout) && (none || fixed || layout_tree_high(layout));
}

/* ---- initrd, entry ---- */

static bool layout_initrd(struct layout *layout)
{
	struct model_partition *partition = layout->partition;
	const struct draft_file *initrd = &layout->draft->initrd;

	if (!initrd->path)
		return true;
	partition->initrd = (struct model_file){initrd->path, initrd->size, 0, initrd->size, false};
	if (layout_high(layout, initrd->size, &partition->initrd.ipa))
		return true;
	if (layout_too_little(layout, initrd->place))
		return false;
	complain(&layout->build->complaints, initrd->place,
	         "the initrd has %llu bytes, and beside image and device tree %llu are left in the "
	         "memory of "
	         "'%s' (\"%s\"); give it more",
	         (unsigned long long)initrd->size, (unsigned long long)layout_largest(layout),
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
		if (layout_image(&layout) && remote_place(&layout) && layout_tree_and_kept(&layout))
			layout_initrd(&layout);
		if (draft->partition->image.path)
			layout_entry(&layout);
	}
}
