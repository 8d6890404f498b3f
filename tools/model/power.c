/*
 * Which cores are on, from the description: the policy, its changes by the time of the day, and a
 * core's power. lib/power_rule.c decides which cores a policy may turn off. And cores that move
 * between partitions without a command (docs/power.md).
 */
#include "build.h"
#include <host/say.h>
#include <kumiki/hold.h>
#include <lib/nearest.h>
#include <lib/powerwords.h>
#include <string.h>

/* ---- which cores are on ---- */

static const char power_core_name[] = "kumiki,core-power";

#define POWER_NAMES "performance, balanced, powersave and isolate"

/* Finds the policy of this name. False, after a complaint: there is none. */
static bool power_named(struct build *build, struct dts_place place, const char *name,
                        uint8_t *policy)
{
	struct nearest nearest = {.word = name};
	const char *meant;

	*policy = (uint8_t)power_policy_named(name);
	if (*policy < POWER_POLICIES)
		return true;
	for (uint32_t i = 0; i < POWER_POLICIES; i++)
		nearest_offer(&nearest, power_policy_name(i));
	meant = nearest_answer(&nearest);
	if (meant)
		complain(&build->complaints, place, "there is no policy '%s'; did you mean '%s'?",
		         name, meant);
	else
		complain(&build->complaints, place,
		         "there is no policy '%s'; there are " POWER_NAMES, name);
	return false;
}

static void power_policy(struct build *build)
{
	static const char name[] = "kumiki,power";
	const struct dts_node *root = build->tree->root;

	if (vocabulary_good(root, name))
		(void)power_named(build, dts_property(root, name)->items->place,
		                  dts_string(root, name), &build->model->power.policy);
}

/* ---- by the time of the day ---- */

static bool power_digits(const char *text, unsigned limit, unsigned *number)
{
	for (size_t i = 0; i < 2; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	*number = (unsigned)(text[0] - '0') * 10 + (unsigned)(text[1] - '0');
	return *number < limit;
}

/* Reads text like "22:00 powersave". */
static bool power_change(struct build *build, const struct dts_item *item,
                         struct bundle_power_change *change)
{
	const char *text = item->text;
	unsigned hour, minute;

	if (strlen(text) < 7 || text[2] != ':' || text[5] != ' ' ||
	    !power_digits(text, 24, &hour) || !power_digits(text + 3, 60, &minute)) {
		complain(
		    &build->complaints, item->place,
		    "'%s' is no time of the day with a policy; write it so: \"22:00 powersave\"",
		    text);
		return false;
	}
	change->minute = (uint16_t)(hour * 60 + minute);
	return power_named(build, item->place, text + 6, &change->policy);
}

static void power_schedule(struct build *build)
{
	static const char name[] = "kumiki,power-schedule";
	const struct dts_node *root = build->tree->root;
	struct bundle_power *power = &build->model->power;

	if (!vocabulary_good(root, name))
		return;
	for (const struct dts_item *item = dts_property(root, name)->items; item;
	     item = item->next) {
		struct bundle_power_change change = {0};

		if (power->changes == BUNDLE_POWER_CHANGES) {
			complain(&build->complaints, item->place,
			         "a day has up to %d changes; take this one out",
			         BUNDLE_POWER_CHANGES);
			return;
		}
		if (!power_change(build, item, &change))
			continue;
		if (power->changes && change.minute <= power->change[power->changes - 1].minute)
			complain(
			    &build->complaints, item->place,
			    "'%s' isn't later than the change before it; write them in the order "
			    "of the day",
			    item->text);
		power->change[power->changes++] = change;
	}
}

/* ---- what a core takes ---- */

static bool power_takes(struct build *build, const struct dts_node *node,
                        struct bundle_milliwatts *takes)
{
	const struct dts_property *property = dts_property(node, power_core_name);
	uint32_t number[3];

	for (size_t i = 0; i < 3; i++)
		number[i] = dts_cell(property, i, 0);
	if (property->item_count != 3 || number[0] == 0 || number[0] > UINT16_MAX ||
	    number[1] > number[0] || number[2] > number[1]) {
		complain(
		    &build->complaints, property->items->place,
		    "a core takes so many milliwatts when it is busy, no more when it is idle, "
		    "and no more than that when it is off, up to %d; write it so: "
		    "kumiki,core-power = <616 15 0>;",
		    UINT16_MAX);
		return false;
	}
	*takes = (struct bundle_milliwatts){(uint16_t)number[0], (uint16_t)number[1],
	                                    (uint16_t)number[2]};
	return true;
}

static const struct build_core *power_core(const struct build *build, const struct dts_node *node)
{
	for (size_t i = 0; i < build->core_count; i++)
		if (build->cores[i].node == node)
			return &build->cores[i];
	return NULL;
}

static void power_elsewhere(struct build *build)
{
	const struct dts_node *root = build->tree->root;

	for (const struct dts_node *n = dts_walk(root); n; n = dts_walk(n))
		if (dts_property(n, power_core_name) && n != root && !power_core(build, n))
			complain(&build->complaints, dts_property(n, power_core_name)->place,
			         "'%s' is no core that the frame runs on, and its power is never "
			         "added up; take its 'kumiki,core-power' out",
			         n->name);
}

/* Complains if the power of only one of the two cores is given. */
static void power_unlike(struct build *build, const struct build_core *one,
                         const struct build_core *other)
{
	const struct dts_node *node = one->takes.busy ? one->node : other->node;

	complain(&build->complaints, dts_property(node, power_core_name)->place,
	         "'%s' gives its power, and another core doesn't; write 'kumiki,core-power' in "
	         "the root, for cores without their own",
	         node->name);
}

/* Reads what cores take: the root's property is for all cores, a core's own for that core. No other
 * node may have it. */
static void power_milliwatts(struct build *build)
{
	const struct dts_node *root = build->tree->root;
	struct bundle_milliwatts takes = {0};

	power_elsewhere(build);
	if (vocabulary_good(root, power_core_name) && !power_takes(build, root, &takes))
		return;
	for (size_t i = 0; i < build->core_count; i++) {
		struct build_core *core = &build->cores[i];

		core->takes = takes;
		if (vocabulary_good(core->node, power_core_name) &&
		    !power_takes(build, core->node, &core->takes))
			return;
		if (!core->takes.busy != !build->cores[0].takes.busy) {
			power_unlike(build, core, &build->cores[0]);
			return;
		}
	}
}

void power_read(struct build *build)
{
	power_policy(build);
	power_schedule(build);
	power_milliwatts(build);
}

/* ---- whether it is possible ---- */

static void power_without_console(struct build *build, const struct dts_property *property)
{
	complain(&build->complaints, property->place,
	         "the warden turns cores off and on, and there is none: the UART is given away; "
	         "leave '%s' out, or let the frame have the UART",
	         property->name);
}

void power_check(struct build *build)
{
	const struct dts_node *root = build->tree->root;
	const struct model *model = build->model;
	const char *name =
	    model->power.policy != POWER_PERFORMANCE ? "kumiki,power" : "kumiki,power-schedule";

	if (model->board.uart_base)
		return;
	if (model->power.policy != POWER_PERFORMANCE || model->power.changes)
		power_without_console(build, dts_property(root, name));
	for (size_t i = 0; i < model->partition_count; i++)
		if (model->partitions[i].manages_power)
			power_without_console(
			    build, dts_property(model->partitions[i].node, "kumiki,manages-power"));
}

/* ---- where partitions have their home ---- */

static bool power_saves(uint8_t policy)
{
	return policy == POWER_BALANCED || policy == POWER_POWERSAVE;
}

static bool power_is_saved(const struct bundle_power *power)
{
	bool saved = power_saves(power->policy);

	for (uint32_t i = 0; i < power->changes; i++)
		saved |= power_saves(power->change[i].policy);
	return saved;
}

/* How many vCPUs start on the core. */
static size_t power_crowd(const struct model *model, uint32_t core)
{
	size_t crowd = 0;

	for (size_t p = 0; p < model->partition_count; p++)
		for (size_t i = 0; i < model->partitions[p].vcpu_count; i++)
			crowd += model->partitions[p].vcpus[i].core == core;
	return crowd;
}

/* Moves the vCPU to one of these cores: the one on which the fewest vCPUs start. */
static void power_home(const struct model *model, struct model_vcpu *first, uint32_t cores)
{
	const uint32_t may = first->cores & cores;
	uint32_t best = first->core;

	for (uint32_t core = 0; core < model->core_count; core++)
		if (may >> core & 1 &&
		    (best == first->core || power_crowd(model, core) < power_crowd(model, best)))
			best = core;
	first->core = best;
}

/* Warns of a policy that turns cores off in a system where all of them must stay on. */
static void power_in_vain(struct build *build)
{
	const struct model *model = build->model;
	const char *name =
	    power_saves(model->power.policy) ? "kumiki,power" : "kumiki,power-schedule";

	if (!power_is_saved(&model->power) || !model->board.uart_base ||
	    powerplan_fewest(model) != (1u << model->core_count) - 1)
		return;
	complain_warning(&build->complaints, dts_property(build->tree->root, name)->place,
	                 "no core can go off: each has the console, a real-time vCPU, or a vCPU "
	                 "that may run nowhere else; let vCPUs change cores "
	                 "(kumiki,vcpu-may-run = \"all\";), or leave '%s' out",
	                 name);
}

void power_homes(struct build *build)
{
	struct model *model = build->model;
	const uint32_t fewest = powerplan_fewest(model);

	for (size_t p = 0; p < model->partition_count && power_is_saved(&model->power); p++) {
		const struct model_partition *partition = &model->partitions[p];
		struct model_vcpu *first = &partition->vcpus[0];

		if (!(fewest >> first->core & 1) && !(first->flags & BUNDLE_VCPU_REALTIME) &&
		    !dts_property(partition->node, "kumiki,vcpu-cores"))
			power_home(model, first, fewest);
	}
	power_in_vain(build);
}

/* ---- cores that move without a command ---- */

/* They move by load or by the time of the day; and how many cores does each partition keep? Called
 * when all partitions have their numbers. */

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

/* ---- moves by the time of the day ---- */

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

/* ---- all moves ---- */

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
