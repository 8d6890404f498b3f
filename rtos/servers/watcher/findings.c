/* See findings.h. */
#include "findings.h"
#include <lib/string.h>

static bool findings_is_of(const struct finding *finding, uint32_t kinds)
{
	return finding->looks != 0 && (kinds >> finding->kind & 1) != 0;
}

void findings_begin(struct findings *findings, uint32_t kinds)
{
	for (uint32_t i = 0; i < FINDINGS_MAX; i++)
		if (findings_is_of(&findings->entry[i], kinds))
			findings->entry[i].now = false;
}

/* The entry of the same finding in an earlier look, or a free one; NULL: all are in use. */
static struct finding *findings_entry(struct findings *findings, const struct finding *found)
{
	struct finding *free = NULL;

	for (uint32_t i = 0; i < FINDINGS_MAX; i++) {
		struct finding *entry = &findings->entry[i];

		if (entry->looks == 0)
			free = free == NULL ? entry : free;
		else if (entry->kind == found->kind && entry->where == found->where)
			return entry;
	}
	return free;
}

void findings_note(struct findings *findings, const struct finding *found)
{
	struct finding *entry = findings_entry(findings, found);

	if (entry == NULL || (entry->looks != 0 && entry->now))
		return;
	entry->kind = found->kind;
	entry->where = found->where;
	entry->value = found->value;
	memcpy(entry->name, found->name, sizeof(entry->name));
	entry->now = true;
	if (entry->looks < FINDINGS_LOOKS)
		entry->looks++;
}

void findings_end(struct findings *findings, uint32_t kinds)
{
	for (uint32_t i = 0; i < FINDINGS_MAX; i++) {
		struct finding *entry = &findings->entry[i];

		if (!findings_is_of(entry, kinds))
			continue;
		if (!entry->now) {
			if (entry->told)
				findings->tell(entry, true);
			entry->looks = 0;
		} else if (entry->looks == FINDINGS_LOOKS && !entry->told) {
			entry->told = true;
			findings->tell(entry, false);
		}
	}
}

void findings_forget(struct findings *findings)
{
	memset(findings->entry, 0, sizeof(findings->entry));
}
