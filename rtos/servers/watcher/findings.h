/*
 * What rules found, until it counts: a finding is told when so many looks in a row had it, and once
 * more when it is gone. A guest runs on while it is looked at, so a single look may be wrong.
 */
#ifndef WATCHER_FINDINGS_H
#define WATCHER_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FINDINGS_MAX   16
#define FINDINGS_LOOKS 3u
#define FINDINGS_NAME  16u

enum finding_kind {
	FINDING_TEXT,    /* `where`: a page of text; `value`: the first byte that differs in it */
	FINDING_VECTORS, /* `where`: the vCPU; `value`: VBAR_EL1 */
	FINDING_LIST,    /* the list leads from a task to the task at `where`, which doesn't lead
	                  * back */
	FINDING_NOT_LISTED, /* the task at `where` is in the tree alone */
	FINDING_NOT_IN_TREE,
};

/* Kind and place say which finding it is. The rest is as it was seen last: the guest chooses it,
 * and may choose anew for each look. */
struct finding {
	uint32_t kind;
	uint64_t where;
	uint64_t value; /* of a task: its PID */
	char name[FINDINGS_NAME];
	uint32_t looks; /* in a row that had it; 0: the entry is free */
	bool now, told;
};

struct findings {
	struct finding entry[FINDINGS_MAX];
	void (*tell)(const struct finding *finding, bool gone);
};

/* A look of the rules with these kinds begins: a bit for each. */
void findings_begin(struct findings *findings, uint32_t kinds);

/* Notes what was found. More than there is room for is forgotten until the next look. */
void findings_note(struct findings *findings, const struct finding *found);

/* The look has ended, and saw everything: tells what counts now, and what is gone. */
void findings_end(struct findings *findings, uint32_t kinds);

/* Forgets all of them: the guest is another one. */
void findings_forget(struct findings *findings);

#endif
