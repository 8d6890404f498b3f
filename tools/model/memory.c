/*
 * Partitions' memory and windows: what the description asks for, and physical addresses. Pieces
 * with a given address come first, then the frame, as near to the beginning of RAM as they allow.
 * Then each other piece goes into the first gap that is large enough; pieces of 2 MiB or more come
 * first.
 */
#include "build.h"
#include <host/phrase.h>
#include <lib/bundle.h>
#include <stdlib.h>
#include <string.h>

/* ---- what the description asks for ---- */

/* There are two forms: `kumiki,memory = "SIZE [at PHYSICAL] [as GUEST]"`, and the standard's own
 * `memory = <address size …>`. */

#define SIZES_REMEDY "write it so: \"512M\", \"512M at 0x80000000\" or \"1M as 0x40000000\""

static bool sizes_phrase(struct phrase *phrase, struct draft_memory *memory)
{
	if (!phrase_number(phrase, "size", &memory->size))
		return false;
	if (!memory->size) {
		complain(phrase->complaints, phrase->place,
		         "memory of size 0 is none; " SIZES_REMEDY);
		return false;
	}
	if (phrase_take(phrase, "at")) {
		if (!phrase_number(phrase, "physical address", &memory->pa))
			return false;
		memory->fixed = true;
	}
	if (phrase_take(phrase, "as")) {
		if (!phrase_number(phrase, "guest address", &memory->ipa))
			return false;
		memory->viewed = true;
	}
	return phrase_end(phrase);
}

static struct draft_memory *sizes_add(struct build *build, struct draft *draft,
                                      struct dts_place place)
{
	if (draft->memory_count == MODEL_MEMORY_MAX) {
		complain(&build->complaints, place,
		         "'%s' has more than %d pieces of memory; join some", draft->name,
		         MODEL_MEMORY_MAX);
		draft->memory_broken = true;
		return NULL;
	}
	draft->memory[draft->memory_count].place = place;
	return &draft->memory[draft->memory_count++];
}

static void sizes_strings(struct build *build, struct draft *draft)
{
	const struct dts_property *property = dts_property(draft->node, "kumiki,memory");
	const struct dts_item *item =
	    vocabulary_good(draft->node, "kumiki,memory") ? property->items : NULL;

	draft->memory_broken |= property && !item;
	for (; item; item = item->next) {
		struct draft_memory *memory = sizes_add(build, draft, item->place);
		struct phrase phrase = {&build->complaints, item->place, item->text, item->text,
		                        SIZES_REMEDY};

		if (!memory)
			return;
		memory->text = item->text;
		if (!sizes_phrase(&phrase, memory)) {
			draft->memory_broken = true;
			draft->memory_count--;
		}
	}
}

static void sizes_standard_entry(struct build *build, struct draft *draft,
                                 const struct dts_item *item, uint64_t base, uint64_t size)
{
	struct draft_memory *memory;

	if (base % MODEL_PAGE || size % MODEL_PAGE || !size || base >= BUNDLE_ADDRESS_LIMIT ||
	    size >= BUNDLE_ADDRESS_LIMIT) {
		complain(&build->complaints, item->place,
		         "memory of 0x%llx bytes at 0x%llx isn't possible; address and size are "
		         "multiples of 4 KiB below 512 GiB",
		         (unsigned long long)size, (unsigned long long)base);
		draft->memory_broken = true;
		return;
	}
	memory = sizes_add(build, draft, item->place);
	if (!memory)
		return;
	memory->text = arena_format(build->arena, "0x%llx at 0x%llx", (unsigned long long)size,
	                            (unsigned long long)base);
	memory->size = size;
	memory->pa = base;
	memory->fixed = true;
}

static void sizes_standard(struct build *build, struct draft *draft)
{
	const struct dts_property *property = dts_property(draft->node, "memory");
	uint32_t address = dts_u32(draft->node, "#address-cells", 2);
	uint32_t size = dts_u32(draft->node, "#size-cells", 2);
	const struct dts_item *item;

	if (!property || !vocabulary_good(draft->node, "memory")) {
		draft->memory_broken |= property != NULL;
		return;
	}
	if (address < 1 || address > 2 || size < 1 || size > 2 ||
	    property->item_count % (address + size)) {
		complain(
		    &build->complaints, property->items->place,
		    "'memory' has %zu cells, and an entry is an address of %u and a size of %u "
		    "cells; mend it, or write kumiki,memory = \"512M\";",
		    property->item_count, address, size);
		draft->memory_broken = true;
		return;
	}
	item = property->items;
	for (size_t at = 0; at < property->item_count; at += address + size) {
		sizes_standard_entry(build, draft, item, dts_number(property, at, address),
		                     dts_number(property, at + address, size));
		for (uint32_t i = 0; i < address + size; i++)
			item = item->next;
	}
}

void memory_read(struct build *build)
{
	for (size_t i = 0; i < build->draft_count; i++) {
		struct draft *draft = &build->drafts[i];

		draft->memory = arena_array(build->arena, MODEL_MEMORY_MAX, sizeof(*draft->memory));
		sizes_standard(build, draft);
		sizes_strings(build, draft);
		if (!dts_property(draft->node, "memory") &&
		    !dts_property(draft->node, "kumiki,memory") &&
		    !vocabulary_misspelt(draft->node, "kumiki,memory") &&
		    !vocabulary_misspelt(draft->node, "memory"))
			complain(&build->complaints, draft->node->place,
			         "'%s' has no 'kumiki,memory'; add: kumiki,memory = \"512M\";",
			         draft->name);
	}
}

/* ---- places ---- */

/* The space that the packed image has for the frame's own image, and for the bundle's tables. */
#define MEMORY_FRAME_IMAGE (512ull << 10)
#define MEMORY_TABLES      (128ull << 10)
#define MEMORY_OWN_TREE    (64ull << 10) /* a generated device tree */

/* The frame has 2 MiB for each partition's data: 512 pages. No partition takes more than 72 of them
 * beside the tables that memory_own_tables() counts. */
#define MEMORY_TABLES_MAX 440

#define MEMORY_RESERVED_MAX 64
#define MEMORY_TAKEN_MAX                                                                           \
	(BUNDLE_PARTITIONS_MAX * MODEL_MEMORY_MAX + BUNDLE_WINDOWS_MAX + MEMORY_RESERVED_MAX + 1)

/* A stretch of RAM with an owner. */
struct taken {
	uint64_t base, size;
	const char *owner;
};

struct taken_list {
	struct taken list[MEMORY_TAKEN_MAX];
	size_t count;
};

static void taken_add(struct taken_list *taken, uint64_t base, uint64_t size, const char *owner)
{
	taken->list[taken->count++] = (struct taken){base, size, owner};
}

static const struct taken *taken_find(const struct taken_list *taken, uint64_t base, uint64_t size)
{
	for (size_t i = 0; i < taken->count; i++)
		if (build_overlap(base, size, taken->list[i].base, taken->list[i].size))
			return &taken->list[i];
	return NULL;
}

/* ---- the frame ---- */

/* True if an earlier file has the same path as the last one: the bundle has such a file once. */
static bool memory_file_counted(const struct draft_file *const *files, size_t count)
{
	for (size_t i = 0; i + 1 < count; i++)
		if (!strcmp(files[i]->path, files[count - 1]->path))
			return true;
	return false;
}

static uint64_t memory_parts(const struct build *build)
{
	const struct draft_file *files[BUNDLE_PARTITIONS_MAX * 3];
	uint64_t size = 0;
	size_t count = 0;

	for (size_t i = 0; i < build->draft_count; i++) {
		const struct draft *draft = &build->drafts[i];
		const struct draft_file *own[] = {&draft->image, &draft->initrd, &draft->dtb};

		for (size_t j = 0; j < 3; j++) {
			if (!own[j]->path)
				continue;
			files[count++] = own[j];
			if (!memory_file_counted(files, count))
				size += build_round_up(own[j]->size, BUNDLE_ALIGN);
		}
		size += MEMORY_OWN_TREE;
	}
	return size;
}

static uint32_t memory_cores(const struct build *build)
{
	uint32_t count = !build->cores[0].owner;

	for (size_t i = 0; i < build->core_count; i++)
		count += build->cores[i].owner != NULL;
	return count;
}

/* Memory that the board's file reserves. */
static void memory_reserved(struct build *build, struct taken_list *taken)
{
	const struct dts_node *reserved = dts_child(build->tree->root, "reserved-memory");
	size_t count = 0;

	for (const struct dts_node *n = reserved ? reserved->children : NULL; n; n = n->next)
		for (size_t i = 0; i < dts_reg_count(n) && count < MEMORY_RESERVED_MAX; i++) {
			struct dts_range range;

			if (!dts_reg(n, i, &range) || !range.size)
				continue;
			taken_add(taken, range.base, range.size, "reserved-memory");
			count++;
		}
}

/* ---- partitions ---- */

static uint64_t memory_align(const struct draft_memory *memory)
{
	return memory->size >= MODEL_BLOCK ? MODEL_BLOCK : MODEL_PAGE;
}

static void memory_place_fixed(struct build *build, struct taken_list *taken, const char *owner,
                               struct draft_memory *memory)
{
	const struct bundle_board *board = &build->model->board;
	const struct taken *other = taken_find(taken, memory->pa, memory->size);

	if (!build_inside(memory->pa, memory->size, board->ram_base, board->ram_size)) {
		complain(&build->complaints, memory->place,
		         "\"%s\" lies outside of the board's memory, which is 0x%llx to 0x%llx; "
		         "leave the address out or choose one inside",
		         memory->text, (unsigned long long)board->ram_base,
		         (unsigned long long)(board->ram_base + board->ram_size - 1));
		return;
	}
	if (other)
		complain(&build->complaints, memory->place,
		         "\"%s\" overlaps memory of %s (0x%llx to 0x%llx); leave the address out "
		         "or choose another, as 0x%llx",
		         memory->text, other->owner, (unsigned long long)other->base,
		         (unsigned long long)(other->base + other->size - 1),
		         (unsigned long long)(other->base + other->size));
	memory->placed = true;
	taken_add(taken, memory->pa, memory->size, owner);
}

static int memory_compare_taken(const void *left, const void *right)
{
	const struct taken *a = left, *b = right;

	return a->base < b->base ? -1 : a->base > b->base;
}

/* The free memory, in the wanted alignment. */
struct memory_left {
	uint64_t total, largest;
};

static void memory_count_gap(struct memory_left *left, uint64_t start, uint64_t end)
{
	if (end <= start)
		return;
	left->total += end - start;
	if (end - start > left->largest)
		left->largest = end - start;
}

/* Takes the first gap of RAM from `at` on that is large enough. If there is none, tells what is
 * left. */
static bool memory_first_fit(const struct build *build, struct taken_list *taken, uint64_t at,
                             uint64_t size, uint64_t align, uint64_t *base,
                             struct memory_left *left)
{
	const struct bundle_board *board = &build->model->board;
	const uint64_t ram_end = board->ram_base + board->ram_size;

	*left = (struct memory_left){0};
	qsort(taken->list, taken->count, sizeof(taken->list[0]), memory_compare_taken);
	for (size_t i = 0; i <= taken->count; i++) {
		uint64_t gap_end = i < taken->count ? taken->list[i].base : ram_end;
		uint64_t start = build_round_up(at, align);

		if (gap_end > ram_end)
			gap_end = ram_end;
		if (gap_end > start && gap_end - start >= size) {
			*base = start;
			return true;
		}
		memory_count_gap(left, start, gap_end);
		if (i < taken->count && taken->list[i].base + taken->list[i].size > at)
			at = taken->list[i].base + taken->list[i].size;
	}
	return false;
}

static void memory_place_free(struct build *build, struct taken_list *taken, const char *owner,
                              struct draft_memory *memory)
{
	struct memory_left left;

	if (memory_first_fit(build, taken, build->model->board.ram_base, memory->size,
	                     memory_align(memory), &memory->pa, &left)) {
		memory->placed = true;
		taken_add(taken, memory->pa, memory->size, owner);
		return;
	}
	complain(
	    &build->complaints, memory->place,
	    "\"%s\" doesn't fit: of the board's %s, %s are left, the largest piece has %s; ask "
	    "for less, or for several pieces",
	    memory->text, build_size(build, build->model->board.ram_size),
	    build_size(build, left.total), build_size(build, left.largest));
}

/*
 * Page tables for each further stretch. bundle_frame_memory() counts the tables for a partition's
 * first piece of memory. In each view a stretch has a table of pages and a table of blocks at each
 * end. A stretch that the guest sees at another address has one more table of blocks for each
 * gigabyte. The views are the partition's and its loader's; memory is also in the view of PCI
 * functions.
 */
#define MEMORY_STRETCH_TABLES 4u

static uint64_t memory_device_tables(const struct draft *draft)
{
	uint64_t tables = 0;

	for (size_t i = 0; i < draft->partition->device_count; i++) {
		const struct model_device *device = draft->partition->devices[i];

		for (size_t j = 0; j < device->range_count; j++) {
			const struct model_range *range = &device->ranges[j];
			const bool one = range->base % MODEL_BLOCK + range->size <= MODEL_BLOCK;

			tables += 2 * (one ? MEMORY_STRETCH_TABLES / 2 : MEMORY_STRETCH_TABLES);
		}
	}
	return tables;
}

/* The tables for a partition's memory. Kept memory cuts a piece of memory in three stretches. A
 * guarded partition and its functions see its memory by pages. */
static uint64_t memory_piece_tables(const struct build *build, const struct draft *draft)
{
	const uint64_t views = 2 + (uint64_t)build_has_functions(draft);
	const size_t stretches = draft->memory_count + 2 * draft->keep_count;
	uint64_t tables = stretches > 1 ? (stretches - 1) * views * MEMORY_STRETCH_TABLES : 0;

	for (size_t i = 0; i < draft->memory_count && watch_guards(build, draft); i++)
		tables += (1 + (uint64_t)build_has_functions(draft)) * draft->memory[i].size /
		          MODEL_BLOCK;
	for (size_t i = 0; i < draft->memory_count; i++)
		if (draft->memory[i].viewed)
			tables += views * (draft->memory[i].size >> 30);
	return tables;
}

/* How many stretches a partition's memory has. */
static size_t memory_stretches(const struct build *build, size_t appearance)
{
	const struct draft *draft = &build->drafts[appearance];

	return draft->memory_count + 2 * draft->keep_count;
}

static uint64_t memory_window_tables(const struct build *build, const struct draft *draft)
{
	uint64_t tables = 0;

	for (size_t i = 0; i < build->window_count; i++)
		if (build_sees(&build->windows[i], draft->appearance))
			tables += MEMORY_STRETCH_TABLES + (build->windows[i].memory.size >> 30);
	return tables;
}

/* The tables for memory that the partition watches: kept memory cuts it, too. */
static uint64_t memory_watched_tables(const struct build *build, const struct draft *draft)
{
	const struct draft *watched = build_watched(build, draft);
	uint64_t tables = 0;

	if (!watched)
		return 0;
	tables = MEMORY_STRETCH_TABLES * (1 + watched->memory_count + 2 * watched->keep_count);
	for (size_t i = 0; i < watched->memory_count; i++)
		tables += watched->memory[i].size >> 30;
	return tables;
}

/* The tables for all that the partition sees. Its black boxes lie in one stretch. */
static uint64_t memory_own_tables(struct build *build, const struct draft *draft)
{
	const bool boxes = dts_property(draft->node, "kumiki,manages") != NULL;
	uint64_t tables = memory_piece_tables(build, draft) + memory_device_tables(draft) +
	                  memory_window_tables(build, draft) + memory_watched_tables(build, draft) +
	                  (boxes ? MEMORY_STRETCH_TABLES : 0);

	if (tables > MEMORY_TABLES_MAX)
		complain(
		    &build->complaints, draft->node->place,
		    "'%s' would need %llu page tables, and the frame has room for %d: %s",
		    draft->name, (unsigned long long)tables, MEMORY_TABLES_MAX,
		    watch_guards(build, draft)
		        ? "each page of what a watcher prevents has rights of its own, so give "
		          "it less memory, or fewer devices"
		        : "join pieces of memory, keep fewer stretches, or give it fewer devices");
	return tables;
}

static uint64_t memory_tables(struct build *build)
{
	uint64_t tables = 0;

	for (size_t i = 0; i < build->draft_count; i++)
		tables += memory_own_tables(build, &build->drafts[i]);
	return tables * MODEL_PAGE;
}

/* The tables of brokers. Each end has a broker, which sees the memory of all ends of the channel;
 * five tables are for the broker's own pages. */
static uint64_t memory_channels(const struct build *build)
{
	uint64_t tables = 0;

	for (size_t i = 0; i < build->channel_count; i++) {
		const struct draft_channel *channel = &build->channels[i];

		for (size_t j = 0; j < channel->end_count; j++)
			tables += channel->end_count *
			          memory_stretches(build, channel->ends[j].appearance) *
			          MEMORY_STRETCH_TABLES;
	}
	return bundle_channel_memory((uint32_t)build->channel_count, (uint32_t)build_ends(build)) +
	       tables * MODEL_PAGE;
}

/* The tables by which functions send messages. */
static uint64_t memory_messages(const struct build *build)
{
	uint64_t senders = 0;

	for (size_t i = 0; i < build->draft_count; i++)
		for (size_t j = 0; j < build->drafts[i].partition->device_count; j++) {
			const struct model_function *function =
			    build->drafts[i].partition->devices[j]->function;

			senders += function && function->sender;
		}
	return senders ? BUNDLE_MESSAGE_MEMORY +
	                     memory_cores(build) * (uint64_t)BUNDLE_MESSAGE_CORE_MEMORY +
	                     senders * BUNDLE_MESSAGE_SENDER_MEMORY
	               : 0;
}

/* Changes of memory, a page for each partition. */
static uint64_t memory_mends(const struct build *build)
{
	for (size_t i = 0; i < build->draft_count; i++)
		if (build->drafts[i].partition->mends)
			return build->draft_count * BUNDLE_MEND_MEMORY;
	return 0;
}

/* Places the frame. False, after a complaint: it doesn't fit, so it is useless to place more. */
static bool memory_frame(struct build *build, struct taken_list *taken)
{
	struct model *model = build->model;
	const uint64_t working =
	    bundle_frame_memory(memory_cores(build), (uint32_t)build->draft_count) +
	    memory_tables(build) + memory_channels(build) + memory_mends(build) +
	    memory_messages(build) + (model->updates ? BUNDLE_UPDATE_MEMORY : 0);
	struct memory_left left;
	uint64_t size;
	bool found;

	model->image_space = MEMORY_FRAME_IMAGE + MEMORY_TABLES + memory_parts(build);
	size = build_round_up(model->image_space + working, MODEL_BLOCK);
	/* QEMU keeps its own first instructions at the very start of RAM, and can load images
	 * there. */
	found = memory_first_fit(build, taken, model->board.ram_base + MODEL_BLOCK, size,
	                         MODEL_BLOCK, &model->image_base, &left);
	model->memory_base = model->image_base + model->image_space;
	model->memory_size = size - model->image_space;
	taken_add(taken, model->image_base, size, "the frame");
	if (!found)
		complain(&build->complaints, build->tree->root->place,
		         "the frame and its images need %s in one piece behind the first 2 MiB of "
		         "memory, and of the board's %s the largest piece left there has %s; use "
		         "smaller images, or ask for less memory at fixed addresses",
		         build_size(build, size), build_size(build, model->board.ram_size),
		         build_size(build, left.largest));
	return found;
}

/* Which pieces a pass places. */
struct memory_pass {
	bool fixed;
	uint64_t align; /* if not fixed: pieces with this alignment */
};

static void memory_one(struct build *build, struct taken_list *taken, struct memory_pass pass,
                       const char *owner, struct draft_memory *memory)
{
	if (memory->fixed != pass.fixed || memory->size == 0)
		return;
	if (pass.fixed)
		memory_place_fixed(build, taken, owner, memory);
	else if (memory_align(memory) == pass.align)
		memory_place_free(build, taken, owner, memory);
}

static void memory_all(struct build *build, struct taken_list *taken, struct memory_pass pass)
{
	for (size_t i = 0; i < build->draft_count; i++) {
		struct draft *draft = &build->drafts[i];

		for (size_t j = 0; j < draft->memory_count && !draft->second_remote; j++)
			memory_one(build, taken, pass,
			           arena_format(build->arena, "'%s'", draft->name),
			           &draft->memory[j]);
	}
	for (size_t i = 0; i < build->window_count; i++)
		memory_one(build, taken, pass,
		           arena_format(build->arena, "the window '%s'", build->windows[i].name),
		           &build->windows[i].memory);
}

static void memory_finish(struct build *build, struct draft *draft)
{
	struct model_partition *partition = draft->partition;

	partition->memory =
	    arena_array(build->arena, draft->memory_count, sizeof(*partition->memory));
	partition->memory_count = draft->memory_count;
	for (size_t i = 0; i < draft->memory_count; i++) {
		struct draft_memory *memory = &draft->memory[i];

		if (!memory->viewed)
			memory->ipa = memory->pa;
		partition->memory[i] = (struct model_memory){memory->pa, memory->ipa, memory->size};
		draft->memory_broken |= !memory->placed;
	}
	draft->memory_broken |= !draft->memory_count;
}

void memory_place(struct build *build)
{
	struct taken_list *taken = arena_alloc(build->arena, sizeof(*taken));

	memory_reserved(build, taken);
	memory_all(build, taken, (struct memory_pass){true, 0});
	if (memory_frame(build, taken)) {
		memory_all(build, taken, (struct memory_pass){false, MODEL_BLOCK});
		memory_all(build, taken, (struct memory_pass){false, MODEL_PAGE});
	}
	for (size_t i = 0; i < build->draft_count; i++)
		memory_finish(build, &build->drafts[i]);
}
