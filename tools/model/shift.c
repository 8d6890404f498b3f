/*
 * Cores that move between partitions without a command (docs/power.md): by load or by the time of
 * the day; and how many cores each partition keeps. Called when all partitions have their numbers.
 */
#include "build.h"
#include <kumiki/hold.h>
#include <string.h>

/* As in the bundle: the partitions with a vCPU on the core, if the core moves. 0: it doesn't. */
static uint32_t shift_holders(const struct model *model, unsigned core)
{
	uint32_t holders = 0, gets = 0;

	for (size_t p = 0; p < model->partition_count; p++) {
		gets |= model->partitions[p].may_hold >> core & 1;
		for (size_t i = 0; i < model->partitions[p].vcpu_count; i++)
			holders |= (model->partitions[p].vcpus[i].cores >> core & 1) << p;
	}
	return gets ? holders : 0;
}

/* How many of the cores that move the partition has or may get. */
static uint32_t shift_moving(const struct model *model, size_t index)
{
	uint32_t count = 0;

	for (unsigned core = 0; core < model->core_count; core++)
		count += shift_holders(model, core) >> index & 1;
	return count;
}

static uint32_t shift_at_start(const struct model_partition *partition)
{
	return (uint32_t)(partition->vcpu_count - (size_t)__builtin_popcount(partition->may_hold));
}

static void shift_least(struct build *build, size_t index)
{
	static const char name[] = "kumiki,least-cores";
	const struct model_partition *partition = &build->model->partitions[index];
	const uint32_t fixed = (uint32_t)partition->vcpu_count - shift_moving(build->model, index);
	const uint32_t start = shift_at_start(partition);
	uint32_t least = dts_u32(partition->node, name, fixed);

	if (dts_property(partition->node, name) && vocabulary_good(partition->node, name) &&
	    (least < 1 || least > start)) {
		complain(&build->complaints, dts_property(partition->node, name)->place,
		         "'%s' has %u core%s at the start; write a number from 1 to that",
		         partition->name, start, start == 1 ? "" : "s");
		return;
	}
	build->model->shift.least[index] = (uint8_t)(least > fixed ? least : fixed);
}

/* Warns of kumiki,least-cores in a system whose cores move only by the command `give`, which
 * doesn't look at that number. */
static void shift_least_needless(struct build *build)
{
	for (size_t p = 0; p < build->model->partition_count; p++) {
		const struct dts_property *least =
		    dts_property(build->model->partitions[p].node, "kumiki,least-cores");

		if (least)
			complain_warning(&build->complaints, least->place,
			                 "'kumiki,least-cores' has no effect: no core moves by "
			                 "itself; write 'kumiki,cores-by-load;' or "
			                 "'kumiki,cores-schedule' at the root, or take it out");
	}
}

/* ---- by the time of the day ---- */

static bool shift_number(const char **text, unsigned limit, char end, unsigned *number)
{
	unsigned digits = 0;

	for (*number = 0; **text >= '0' && **text <= '9' && digits < 3; (*text)++, digits++)
		*number = *number * 10 + (unsigned)(**text - '0');
	return digits > 0 && *number < limit && *(*text)++ == end;
}

static bool shift_holder(struct build *build, const struct dts_item *item, const char *name,
                         struct bundle_shift_change *change)
{
	const struct model *model = build->model;

	change->to = HOLD_NOBODY;
	if (!strcmp(name, HOLD_NOBODYS_NAME) && shift_holders(model, change->core))
		return true;
	for (size_t p = 0; p < model->partition_count; p++) {
		if (strcmp(model->partitions[p].name, name) != 0 ||
		    (shift_holders(model, change->core) >> p & 1) == 0)
			continue;
		change->to = (uint8_t)p;
		return true;
	}
	complain(&build->complaints, item->place,
	         "'%s' may not hold core %u; kumiki,may-hold names the partitions that may", name,
	         change->core);
	return false;
}

/* Reads text like "22:00 2 worker". */
static bool shift_change(struct build *build, const struct dts_item *item,
                         struct bundle_shift_change *change)
{
	const char *text = item->text;
	unsigned hour, minute, core;

	if (!shift_number(&text, 24, ':', &hour) || !shift_number(&text, 60, ' ', &minute) ||
	    !shift_number(&text, (unsigned)build->model->core_count, ' ', &core)) {
		complain(&build->complaints, item->place,
		         "'%s' is no time of the day with a core (0 to %zu) and its new holder; "
		         "write it so: \"22:00 2 worker\"",
		         item->text, build->model->core_count - 1);
		return false;
	}
	change->minute = (uint16_t)(hour * 60 + minute);
	change->core = (uint8_t)core;
	return shift_holder(build, item, text, change);
}

/* True if an earlier change moves the core at the same time: only the last one would count. */
static bool shift_twice(const struct bundle_shift *shift, const struct bundle_shift_change *change)
{
	for (uint32_t i = 0; i < shift->changes; i++)
		if (shift->change[i].minute == change->minute &&
		    shift->change[i].core == change->core)
			return true;
	return false;
}

static void shift_schedule(struct build *build, const struct dts_property *property)
{
	struct bundle_shift *shift = &build->model->shift;

	for (const struct dts_item *item = property->items; item; item = item->next) {
		struct bundle_shift_change change = {0};

		if (shift->changes == BUNDLE_SHIFT_CHANGES) {
			complain(&build->complaints, item->place,
			         "a day has up to %d changes; take this one out",
			         BUNDLE_SHIFT_CHANGES);
			return;
		}
		if (!shift_change(build, item, &change))
			continue;
		if (shift->changes && change.minute < shift->change[shift->changes - 1].minute)
			complain(&build->complaints, item->place,
			         "'%s' is earlier than the change before it; write them in the "
			         "order of the day",
			         item->text);
		if (shift_twice(shift, &change))
			complain(&build->complaints, item->place,
			         "core %u changes hands at that time already, by an earlier "
			         "change; take one of them out",
			         change.core);
		shift->change[shift->changes++] = change;
	}
}

/* ---- all of it ---- */

static void shift_possible(struct build *build, const struct dts_property *property)
{
	uint32_t moving = 0;

	for (unsigned core = 0; core < build->model->core_count; core++)
		moving |= shift_holders(build->model, core);
	if (!moving)
		complain(&build->complaints, property->place,
		         "no core may move; say which partition may get one: kumiki,may-hold = "
		         "<&cpus 0x4>;");
	if (!build->model->board.uart_base)
		complain(&build->complaints, property->place,
		         "cores move by the warden, which needs the UART: take it out of "
		         "'access', or this line out");
}

void shift_read(struct build *build)
{
	static const char by_load[] = "kumiki,cores-by-load", schedule[] = "kumiki,cores-schedule";
	const struct dts_node *root = build->tree->root;

	for (size_t p = 0; p < build->model->partition_count; p++)
		shift_least(build, p);
	if (!dts_property(root, by_load) && !dts_property(root, schedule))
		shift_least_needless(build);
	if (vocabulary_good(root, by_load)) {
		build->model->shift.by_load = 1;
		shift_possible(build, dts_property(root, by_load));
	}
	if (vocabulary_good(root, schedule)) {
		shift_possible(build, dts_property(root, schedule));
		shift_schedule(build, dts_property(root, schedule));
	}
}
