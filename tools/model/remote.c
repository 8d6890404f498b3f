/*
 * Cores of another architecture (docs/unlike-cores.md): clusters that the frame doesn't run on. A
 * partition that names such a core has its image run there; its one vCPU runs the minder, which
 * comes with Kumiki.
 */
#include "build.h"
#include <string.h>

#define REMOTE_CORES_MAX 32u
#define REMOTE_BELOW     (1ull << 32) /* the end of such a core's addresses */

/* All cores of a cluster begin at one address and share one reset, so they have one owner. */
static void remote_refuse_second(struct build *build, struct draft *draft,
                                 const struct dts_node *cluster, const struct dts_item *mask)
{
	for (struct draft *other = build->drafts; other < draft; other++)
		if (other->partition->remote_core && build_remote(other->node) == cluster) {
			complain(&build->complaints, mask->place,
			         "'%s' asks for a core of %s, and '%s' has one; all of them begin "
			         "at one address and share one reset, so one partition has them: "
			         "take '&%s' out of the 'cpus' of one of the two",
			         draft->name, dts_call(build->arena, cluster), other->name,
			         cluster->label ? cluster->label : cluster->name);
			draft->second_remote = true;
			return;
		}
}

void remote_take(struct build *build, struct draft *draft, const struct dts_node *cluster,
                 const struct dts_item *mask)
{
	struct model_partition *partition = draft->partition;
	uint32_t count = 0;

	remote_refuse_second(build, draft, cluster, mask);
	for (const struct dts_node *n = cluster->children; n && count < REMOTE_CORES_MAX;
	     n = n->next) {
		if (!dts_string(n, "device_type"))
			continue;
		if (mask->value == 1ull << count) {
			partition->remote_core = n;
			partition->remote_number = count;
		}
		count++;
	}
	if (!partition->remote_core)
		complain(&build->complaints, mask->place,
		         "the mask 0x%llx isn't one core of %s, which has %u: a partition has one "
		         "core of another architecture; write <&%s 0x1>",
		         (unsigned long long)mask->value, dts_call(build->arena, cluster), count,
		         cluster->label ? cluster->label : cluster->name);
}

/* ---- the image ---- */

static uint64_t remote_entry(const struct draft *draft)
{
	const struct dts_property *entry =
	    dts_property(build_remote(draft->node), "kumiki,remote-entry");

	return dts_number(entry, 0, (uint32_t)entry->item_count);
}

/* Whether the core begins in the partition's first piece of memory, which the guest must see at its
 * physical address. */
static bool remote_begins(const struct draft *draft)
{
	const struct draft_memory *memory = &draft->memory[0];

	return memory->fixed && memory->pa == memory->ipa &&
	       build_inside(remote_entry(draft), 4, memory->pa, memory->size);
}

bool remote_place(struct layout *layout)
{
	const struct draft_file *file = &layout->draft->remote;
	const struct model_file *minder = &layout->partition->image;
	uint64_t entry;

	if (!file->path)
		return true;
	if (!vocabulary_good(build_remote(layout->draft->node), "kumiki,remote-entry"))
		return false;
	entry = remote_entry(layout->draft);
	if (!remote_begins(layout->draft))
		return false; /* remote_memory() complains */
	layout->partition->remote =
	    (struct model_file){file->path, file->size, entry, file->size, false};
	if (build_inside(entry, file->size, layout->base, layout->size) &&
	    !build_overlap(entry, file->size, minder->ipa, minder->space)) {
		layout_use(layout, entry, file->size);
		return true;
	}
	complain(&layout->build->complaints, file->place,
	         "the image has %llu bytes, and a program for this core has the memory from 0x%llx "
	         "to its minder at 0x%llx; make it smaller",
	         (unsigned long long)file->size, (unsigned long long)entry,
	         (unsigned long long)minder->ipa);
	return false;
}

/* ---- what can't be ---- */

/* The minder's needs decide these properties of the vCPU. */
static void remote_refuse_words(struct build *build, const struct draft *draft)
{
	static const char *const names[] = {"kumiki,vcpus",  "kumiki,entry",  "kumiki,link-address",
	                                    "kumiki,initrd", "kumiki,no-dtb", "kumiki,dtb",
	                                    "kumiki,panel"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct dts_property *property = dts_property(draft->node, names[i]);

		if (property)
			complain(&build->complaints, property->place,
			         "'%s' has no meaning for '%s', which runs on a core of another "
			         "architecture; remove it",
			         names[i], draft->name);
	}
}

/* Refuses "hold": nothing stops such a core without a reset (docs/unlike-cores.md). */
static void remote_refuse_holding(struct build *build, const struct draft *draft)
{
	static const char *const names[] = {"kumiki,on-crash", "kumiki,at-limit"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct dts_property *property = dts_property(draft->node, names[i]);

		if (vocabulary_good(draft->node, names[i]) &&
		    !strcmp(property->items->text, "hold"))
			complain(&build->complaints, property->items->place,
			         "'%s' can't be held as it was: nothing holds its core of another "
			         "architecture where it is; write \"stop\"",
			         draft->name);
	}
}

static bool remote_has(const struct draft *draft, const struct dts_node *device)
{
	for (size_t i = 0; i < draft->partition->device_count; i++)
		if (draft->partition->devices[i]->node == device)
			return true;
	return false;
}

static void remote_reset(struct build *build, const struct draft *draft,
                         const struct dts_node *cluster)
{
	const struct dts_property *reset = dts_property(cluster, "kumiki,remote-reset");
	const struct dts_node *device = reset && reset->items ? reset->items->target : NULL;

	if (device && device->label && !remote_has(draft, device))
		complain(&build->complaints, dts_property(draft->node, "cpus")->place,
		         "'%s' runs on a core of %s, which nothing confines: it could read and "
		         "write all memory; if that is acceptable, say so: kumiki,unconfined-dma = "
		         "<&%s>;",
		         draft->name, dts_call(build->arena, cluster), device->label);
}

static void remote_memory(struct build *build, const struct draft *draft)
{
	const struct draft_memory *first = draft->memory;

	if (draft->memory_count &&
	    vocabulary_good(build_remote(draft->node), "kumiki,remote-entry") &&
	    !remote_begins(draft))
		complain(&build->complaints, first->place,
		         "the core of '%s' begins at 0x%llx: its memory has to begin there, where "
		         "it really is; write kumiki,memory = \"%.*s at 0x%llx\";",
		         draft->name, (unsigned long long)remote_entry(draft),
		         (int)strcspn(first->text, " "), first->text,
		         (unsigned long long)(remote_entry(draft) & ~(MODEL_BLOCK - 1)));
	for (size_t i = 1; i < draft->partition->memory_count; i++) {
		const struct model_memory *memory = &draft->partition->memory[i];

		if (memory->ipa != memory->pa ||
		    !build_inside(memory->pa, memory->size, 0, REMOTE_BELOW))
			complain(&build->complaints, draft->memory[i].place,
			         "\"%s\": a core of another architecture has memory where it "
			         "really is, below 4 GiB; write \"SIZE at ADDRESS\"",
			         draft->memory[i].text);
	}
}

static void remote_windows(struct build *build, const struct draft *draft)
{
	for (size_t i = 0; i < build->window_count; i++)
		for (size_t j = 0; j < build->windows[i].member_count; j++) {
			const struct draft_member *member = &build->windows[i].members[j];

			if (member->appearance == draft->appearance &&
			    member->ipa != build->windows[i].memory.pa)
				complain(&build->complaints, member->place,
				         "'%s' sees the window '%s' where it really is, on a core "
				         "of another architecture; take the address out",
				         draft->name, build->windows[i].name);
		}
}

void remote_check(struct build *build)
{
	for (size_t i = 0; i < build->draft_count; i++) {
		const struct draft *draft = &build->drafts[i];
		const struct dts_node *cluster = build_remote(draft->node);

		if (!cluster || draft->second_remote)
			continue;
		if (draft->core_count != 1 && !draft->kind_lacks)
			complain(&build->complaints, dts_property(draft->node, "cpus")->place,
			         "'%s' has a core of another architecture, and %zu of the frame's; "
			         "name one of those beside it, for the minder: cpus = <&cpus 0x1 "
			         "&%s 0x1>;",
			         draft->name, draft->core_count,
			         cluster->label ? cluster->label : cluster->name);
		remote_refuse_words(build, draft);
		remote_refuse_holding(build, draft);
		remote_reset(build, draft, cluster);
		remote_memory(build, draft);
		remote_windows(build, draft);
	}
}
