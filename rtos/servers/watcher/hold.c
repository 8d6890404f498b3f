/* See hold.h. */
#include "hold.h"

/* Whether the finding's code, or the module with it in its memory, has this address. */
static bool hold_covers(const struct watch *watch, const struct finding *finding, uint64_t address)
{
	const struct rules_area area =
	    finding->mend.act == LADDER_DISARM && watch->mender.area != NULL
	        ? watch->mender.area(finding->where)
	        : (struct rules_area){.size = 0};

	if (address == 0)
		return false;
	return finding->mend.act == LADDER_DISARM ? address - area.base < area.size
	                                          : mappings_has(&watch->guest, finding, address);
}

static bool hold_some_lead(const struct watch *watch, const struct finding *finding,
                           const struct findings *findings)
{
	for (uint32_t i = 0; i < FINDINGS_MAX; i++)
		if (findings->entry[i].used &&
		    hold_covers(watch, finding, findings->entry[i].leads))
			return true;
	return false;
}

/* Vectors, or pointers that rules have found. */
static bool hold_leads(const struct watch *watch, const struct finding *finding)
{
	const struct rulebook *book = watch->book;

	for (uint32_t i = 0; i < WATCH_VCPUS_MAX; i++)
		if (hold_covers(watch, finding, watch->vbar[i]))
			return true;
	for (uint32_t i = 0; book != NULL && i < RULE_MOST; i++)
		if (book->entry[i].used && hold_some_lead(watch, finding, &book->entry[i].findings))
			return true;
	return false;
}

/* For a while the rules look for what leads there, and mend it. If they can't, the code stays, as
 * the kernel would crash; then the ladder's next step is taken. */
static void hold_one(struct watch *watch, struct finding *finding, uint64_t now)
{
	const uint64_t since = now - finding->mend.since;

	if (finding->mend.act == LADDER_DISARM && watch->book != NULL && watch->mender.area != NULL)
		rulebook_condemn(watch->book, watch->mender.area(finding->where));
	finding->mend.held = since < MEND_HOOKS || hold_leads(watch, finding);
	if (!finding->mend.held || since < WATCH_OTHERS)
		return;
	finding->mend.over = true;
	watch->mender.tell(finding, MEND_HOOKED);
}

static bool hold_takes_code(const struct finding *finding)
{
	return finding->used && finding->told && finding->now && !finding->mend.over &&
	       !finding->mend.done &&
	       (finding->mend.act == LADDER_DISARM ||
	        (finding->mend.act == LADDER_MEND && finding->kind == FINDING_MAPPING &&
	         !finding->elsewhere));
}

void hold_all(struct watch *watch, uint64_t now)
{
	struct rulebook *book = watch->book;

	for (uint32_t i = 0; i < (WATCH_RULES + RULE_MOST) * FINDINGS_MAX; i++) {
		const uint32_t rule = i / FINDINGS_MAX;
		struct findings *findings = rule < WATCH_RULES ? &watch->findings[rule] : NULL;

		if (findings == NULL && book != NULL && book->entry[rule - WATCH_RULES].used)
			findings = &book->entry[rule - WATCH_RULES].findings;
		if (findings != NULL && hold_takes_code(&findings->entry[i % FINDINGS_MAX]))
			hold_one(watch, &findings->entry[i % FINDINGS_MAX], now);
	}
}
