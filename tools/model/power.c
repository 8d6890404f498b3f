/*
 * Which cores are on, as the description wants it: the policy, its changes by the time of the day,
 * and what a core takes. Which cores a policy may turn off is lib/power_rule.c's to say.
 */
#include "build.h"
#include <lib/nearest.h>
#include <lib/powerwords.h>
#include <string.h>

#define POWER_NAMES "performance, balanced, powersave and isolate"

/* False: there is no such policy, and that is said. */
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

/* "22:00 powersave" */
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
			    "'%s' isn't later than the one before it; write them in the order of "
			    "the day",
			    item->text);
		power->change[power->changes++] = change;
	}
}

/* ---- what a core takes ---- */

static void power_milliwatts(struct build *build)
{
	static const char name[] = "kumiki,core-power";
	const struct dts_property *property = dts_property(build->tree->root, name);
	struct bundle_power *power = &build->model->power;

	if (!vocabulary_good(build->tree->root, name))
		return;
	power->busy_mw = dts_cell(property, 0, 0);
	power->idle_mw = dts_cell(property, 1, 0);
	power->off_mw = dts_cell(property, 2, 0);
	if (property->item_count != 3 || power->busy_mw > BUNDLE_MILLIWATTS_MAX ||
	    power->idle_mw > power->busy_mw || power->off_mw > power->idle_mw)
		complain(
		    &build->complaints, property->items->place,
		    "a core takes so many milliwatts when it is busy, no more when it is idle, "
		    "and no more than that when it is off, up to %d; write it so: "
		    "kumiki,core-power = <1500 200 5>;",
		    BUNDLE_MILLIWATTS_MAX);
}

void power_read(struct build *build)
{
	power_policy(build);
	power_schedule(build);
	power_milliwatts(build);
}

/* ---- whether it is possible ---- */

void power_check(struct build *build)
{
	const struct dts_node *root = build->tree->root;
	const struct bundle_power *power = &build->model->power;
	const struct dts_property *property = dts_property(root, "kumiki,power-schedule");

	if (power->policy != POWER_PERFORMANCE)
		property = dts_property(root, "kumiki,power");
	if (build->model->board.uart_base ||
	    (power->policy == POWER_PERFORMANCE && !power->changes))
		return;
	complain(&build->complaints, property->place,
	         "the console service turns cores off and on, and there is none: the UART is "
	         "given away; leave '%s' out, or let the frame have the UART",
	         property->name);
}
