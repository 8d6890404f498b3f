/* See shown_rules.h. */
#include "shown_rules.h"
#include <lib/string.h>

_Static_assert(RULE_NAME <= ALARMS_NAME, "a rule's name fits");
_Static_assert(WATCH_NAMES + RULE_MOST <= ALARMS_RULES, "there is room for all");

static bool shown_is_told(const void *finding)
{
	return ((const struct finding *)finding)->told;
}

static struct alarms_rule shown_own_rule(const struct watch *watch, uint32_t index)
{
	struct alarms_rule rule = {.findings = 0};
	bool lost;

	if (!watch_has(watch, index))
		return rule;
	rule.findings = watch_count(watch, index, &lost);
	rule.lost = lost;
	memcpy(rule.name, watch_names[index], string_length(watch_names[index]));
	return rule;
}

static struct alarms_rule shown_rule_of_file(const struct rulebook_entry *entry)
{
	struct alarms_rule rule = {.findings = 0};
	bool lost;

	if (!entry->used)
		return rule;
	rule.findings = rulebook_count(entry, &lost);
	rule.lost = lost;
	memcpy(rule.name, entry->rule->name, RULE_NAME);
	return rule;
}

void shown_rules(struct shown *shown, const struct watch *watch, const struct watch_seen *seen)
{
	const bool looks = watch_looks(watch, seen);

	if (looks)
		shown_look(shown, seen->now);
	shown_forget(shown, seen->now, shown_is_told);
	for (uint32_t i = 0; i < WATCH_NAMES + RULE_MOST; i++) {
		struct alarms_rule rule =
		    i < WATCH_NAMES ? shown_own_rule(watch, i)
		                    : shown_rule_of_file(&watch->book->entry[i - WATCH_NAMES]);

		rule.lost |= rule.name[0] != '\0' && !looks;
		shown_rule(shown, i, &rule);
	}
}
