/* See findings.h. */
#include "findings.h"
#include <lib/string.h>

void findings_round(struct findings *findings, uint64_t now)
{
	if (!findings->missed)
		findings->well = findings->round;
	findings->round = now;
	findings->missed = false;
}

void findings_begin(struct findings *findings)
{
	for (uint32_t i = 0; i < FINDINGS_MAX; i++)
		findings->entry[i].now = false;
	findings->dropped = false;
}

/* The entry of the same finding in an earlier look, or a free one; NULL: all are in use. */
static struct finding *findings_entry(struct findings *findings, const struct finding *found)
{
	struct finding *free = NULL;

	for (uint32_t i = 0; i < FINDINGS_MAX; i++) {
		struct finding *entry = &findings->entry[i];

		if (!entry->used)
			free = free == NULL ? entry : free;
		else if (entry->kind == found->kind && entry->where == found->where)
			return entry;
	}
	return free;
}

static void findings_lose(struct findings *findings, struct finding *entry)
{
	if (entry->told)
		findings->tell(entry, true);
	entry->used = entry->told = false;
	entry->mend = (struct finding_mend){.done = false};
	entry->looks = 0;
}

void findings_note(struct findings *findings, const struct finding *found)
{
	struct finding *entry = findings_entry(findings, found);
	uint32_t looks;

	if (entry == NULL)
		findings->dropped = findings->missed = true;
	if (entry == NULL || entry->now)
		return;
	looks = entry->still == found->still ? entry->looks : 0;
	*entry = (struct finding){.kind = found->kind,
	                          .where = found->where,
	                          .value = found->value,
	                          .elsewhere = found->elsewhere,
	                          .lack = found->lack,
	                          .leads = found->leads,
	                          .still = found->still,
	                          .task = found->task,
	                          .mend = entry->mend,
	                          .well = looks == 0 ? findings->well : entry->well,
	                          .looks = looks,
	                          .used = true,
	                          .now = true,
	                          .fresh = true,
	                          .told = entry->told};
	memcpy(entry->name, found->name, sizeof(entry->name));
}

static void findings_count(struct findings *findings, struct finding *entry)
{
	if (!entry->now) {
		findings_lose(findings, entry);
		return;
	}
	if (entry->told && entry->looks == 0) { /* the number has changed */
		findings->tell(entry, true);
		entry->told = false;
		entry->mend = (struct finding_mend){.done = false};
	}
	if (entry->looks < findings->sure)
		entry->looks++;
	if (entry->looks == findings->sure && !entry->told) {
		entry->told = true;
		findings->tell(entry, false);
	}
}

static bool findings_are_told(const struct findings *findings)
{
	for (uint32_t i = 0; i < FINDINGS_MAX; i++)
		if (!findings->entry[i].told)
			return false;
	return true;
}

void findings_end(struct findings *findings)
{
	for (uint32_t i = 0; i < FINDINGS_MAX; i++)
		if (findings->entry[i].used)
			findings_count(findings, &findings->entry[i]);
	if (findings->crowded == findings->sure)
		return;
	if (!findings->dropped)
		findings->crowded = 0;
	else
		findings->crowded =
		    findings_are_told(findings) ? findings->sure : findings->crowded + 1;
}

bool findings_open(const struct findings *findings)
{
	for (uint32_t i = 0; i < FINDINGS_MAX; i++)
		if (findings->entry[i].used && !findings->entry[i].told)
			return true;
	return false;
}

void findings_undo(struct findings *findings)
{
	findings->missed = true;
	for (uint32_t i = 0; i < FINDINGS_MAX; i++)
		if (findings->entry[i].looks == 0 && !findings->entry[i].told)
			findings_lose(findings, &findings->entry[i]);
}

/* A start has many to forget, and none of them is used: they aren't written. */
void findings_forget(struct findings *findings)
{
	for (uint32_t i = 0; i < FINDINGS_MAX; i++)
		if (findings->entry[i].used)
			memset(&findings->entry[i], 0, sizeof(findings->entry[i]));
	findings->crowded = 0;
	findings->round = findings->well = 0;
	findings->missed = false;
}
