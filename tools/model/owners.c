/*
 * Exclusive ownership: no device, interrupt or 4 KiB page of registers has two owners. The frame
 * owns its own devices.
 */
#include "build.h"
#include <string.h>

#define OWNERS_NAMED_MAX 12 /* devices listed in one message */

struct claim {
	const struct draft *owner; /* NULL: the frame */
	const struct model_device *device;
	struct dts_place place;
};

struct claims {
	struct claim *list;
	size_t count;
};

static bool owners_in_page(const struct dts_node *node, uint64_t page)
{
	for (size_t i = 0; i < dts_reg_count(node) && i < MODEL_RANGES_MAX; i++) {
		struct dts_range range;

		if (dts_reg(node, i, &range) &&
		    build_overlap(range.base, range.size, page, MODEL_PAGE))
			return true;
	}
	return false;
}

/* The devices with registers in a page, like "&a, &b and 3 more". */
static const char *owners_of_page(struct build *build, uint64_t page)
{
	const char *list = "";
	size_t count = 0;

	for (const struct dts_node *n = build->tree->root; n; n = dts_walk(n)) {
		if (!n->parent || !owners_in_page(n, page))
			continue;
		if (count++ < OWNERS_NAMED_MAX)
			list = arena_format(build->arena, "%s%s%s", list, *list ? ", " : "",
			                    dts_call(build->arena, n));
	}
	if (count > OWNERS_NAMED_MAX)
		list =
		    arena_format(build->arena, "%s and %zu more", list, count - OWNERS_NAMED_MAX);
	return list;
}

static bool owners_page_free(const struct claims *claims, const struct dts_node *node)
{
	for (size_t i = 0; i < claims->count; i++)
		for (size_t j = 0; j < claims->list[i].device->range_count; j++) {
			const struct model_range *range = &claims->list[i].device->ranges[j];

			for (uint64_t page = build_page(range->base), n = 0;
			     page < range->base + range->size && n < 16; page += MODEL_PAGE, n++)
				if (owners_in_page(node, page))
					return false;
		}
	return true;
}

/* A remedy: the device of the same kind with the highest address in a free page. */
static const struct dts_node *owners_instead(struct build *build, const struct claims *claims,
                                             const struct dts_node *wanted)
{
	const struct dts_property *compatible = dts_property(wanted, "compatible");
	const struct dts_node *found = NULL;

	if (!compatible || !compatible->size || compatible->bytes[compatible->size - 1])
		return NULL;
	for (const struct dts_node *n = build->tree->root; n; n = dts_walk(n))
		if (n->label && dts_reg_count(n) &&
		    dts_compatible(n, (const char *)compatible->bytes) &&
		    owners_page_free(claims, n))
			found = n;
	return found;
}

static const char *owners_name(struct build *build, const struct claim *claim)
{
	return claim->owner ? arena_format(build->arena, "'%s'", claim->owner->name) : "the frame";
}

static void owners_complain_page(struct build *build, const struct claims *claims,
                                 const struct claim *earlier, const struct claim *later,
                                 uint64_t page)
{
	const struct dts_node *instead = owners_instead(build, claims, later->device->node);

	complain(&build->complaints, later->place,
	         "'&%s' of %s has registers in the same 4 KiB page (0x%llx) as '&%s' of %s, and "
	         "a page has one owner; these share it: %s; %s%s",
	         later->device->label, owners_name(build, later), (unsigned long long)page,
	         earlier->device->label, owners_name(build, earlier), owners_of_page(build, page),
	         instead ? "use one of another page, as &" : "give both to one of them",
	         instead ? instead->label : "");
}

static void owners_complain_interrupt(struct build *build, const struct claim *earlier,
                                      const struct claim *later, uint32_t intid)
{
	if (later->device->function && earlier->device->function)
		pci_line_shared(build, later->owner, later->device, later->place, earlier->owner,
		                earlier->device);
	else
		complain(&build->complaints, later->place,
		         "'&%s' of %s has the same interrupt (%u) as '&%s' of %s, and an interrupt "
		         "has one owner; give both devices to one of them",
		         later->device->label, owners_name(build, later), intid,
		         earlier->device->label, owners_name(build, earlier));
}

static void owners_compare_interrupts(struct build *build, const struct claim *earlier,
                                      const struct claim *later)
{
	for (size_t i = 0; i < later->device->interrupt_count; i++)
		for (size_t j = 0; j < earlier->device->interrupt_count; j++)
			if (later->device->interrupts[i].intid ==
			    earlier->device->interrupts[j].intid)
				owners_complain_interrupt(build, earlier, later,
				                          later->device->interrupts[i].intid);
}

/* Compares two devices of the frame: they must have pages of their own, too, and a board's file may
 * be wrong. */
static void owners_compare_board(struct build *build, const struct claim *earlier,
                                 const struct claim *later)
{
	uint64_t page;

	if (build_shared_page(later->device, earlier->device, &page))
		complain(&build->complaints, later->place,
		         "'%s' has registers in the same 4 KiB page (0x%llx) as '%s'; correct the "
		         "board's file",
		         later->device->label, (unsigned long long)page, earlier->device->label);
}

static void owners_compare(struct build *build, const struct claims *claims,
                           const struct claim *earlier, const struct claim *later)
{
	uint64_t page;

	if (!later->owner && !earlier->owner)
		owners_compare_board(build, earlier, later);
	if (later->owner == earlier->owner)
		return;
	if (later->device->node == earlier->device->node) {
		complain(&build->complaints, later->place,
		         "'&%s' is given to %s (in %s) and to %s; a device has one "
		         "owner: take it out of one of the lists",
		         later->device->label, owners_name(build, earlier),
		         complaints_where(&build->complaints, later->place, earlier->place),
		         owners_name(build, later));
		return;
	}
	if (build_shared_page(later->device, earlier->device, &page)) {
		owners_complain_page(build, claims, earlier, later, page);
		return;
	}
	owners_compare_interrupts(build, earlier, later);
}

static struct claims owners_collect(struct build *build)
{
	const struct model *model = build->model;
	struct claims claims = {NULL, model->frame_device_count};
	size_t at = 0;

	for (size_t i = 0; i < build->draft_count; i++)
		claims.count += build->drafts[i].partition->device_count;
	claims.list = arena_array(build->arena, claims.count, sizeof(*claims.list));
	for (size_t i = 0; i < model->frame_device_count; i++)
		claims.list[at++] = (struct claim){NULL, &model->frame_devices[i],
		                                   model->frame_devices[i].node->place};
	for (size_t i = 0; i < build->draft_count; i++) {
		const struct draft *draft = &build->drafts[i];

		for (size_t j = 0; j < draft->partition->device_count && !draft->second_remote; j++)
			claims.list[at++] = (struct claim){draft, draft->partition->devices[j],
			                                   draft->device_places[j]};
	}
	claims.count = at;
	return claims;
}

/* How many stretches of memory and registers one partition has, and all partitions. */
struct regions {
	size_t own, all;
};

/* Complains of the device that is one too many. */
static void owners_count_device(struct build *build, const struct draft *draft, size_t index,
                                struct regions *regions)
{
	const struct regions before = *regions;
	const size_t ranges = draft->partition->devices[index]->range_count;

	regions->own += ranges;
	regions->all += ranges;
	if (before.all <= BUNDLE_REGIONS_MAX && regions->all > BUNDLE_REGIONS_MAX)
		complain(&build->complaints, draft->device_places[index],
		         "more than %d stretches of memory and registers in all; give out fewer "
		         "devices",
		         BUNDLE_REGIONS_MAX);
	else if (before.own <= BUNDLE_PARTITION_REGIONS_MAX &&
	         regions->own > BUNDLE_PARTITION_REGIONS_MAX)
		complain(&build->complaints, draft->device_places[index],
		         "'%s' has more than %d stretches of memory and registers; give it fewer "
		         "devices",
		         draft->name, BUNDLE_PARTITION_REGIONS_MAX);
}

/* Counts against the bundle's limits. Kept memory cuts a piece of memory in three. */
static void owners_count(struct build *build)
{
	struct regions regions = {0, 0};

	for (size_t i = 0; i < build->draft_count; i++) {
		const struct draft *draft = &build->drafts[i];

		regions.own = draft->memory_count + 2 * draft->keep_count +
		              build_windows_seen(build, draft->appearance);
		regions.all += regions.own;
		for (size_t j = 0; j < draft->partition->device_count; j++)
			owners_count_device(build, draft, j, &regions);
	}
}

/* Each device gets one complaint at most: about the first owner that it collides with. */
void owners_check(struct build *build)
{
	struct claims claims = owners_collect(build);

	for (size_t later = 0; later < claims.count; later++) {
		size_t errors = build->complaints.errors;

		for (size_t earlier = 0; earlier < later; earlier++) {
			owners_compare(build, &claims, &claims.list[earlier], &claims.list[later]);
			if (build->complaints.errors != errors)
				break;
		}
	}
	owners_count(build);
}
