/*
 * What rules found, until it counts: a finding is told when so many looks in a row had it, and once
 * more when it is gone. A guest runs on while it is looked at, so a single look may be wrong.
 */
#ifndef WATCHER_FINDINGS_H
#define WATCHER_FINDINGS_H

#include <lib/rules.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FINDINGS_MAX   16 /* of a rule */
#define FINDINGS_LOOKS 3u /* until one counts, if its rule doesn't say */
#define FINDINGS_NAME  96u

enum finding_kind {
	FINDING_TEXT, /* `where`: a page of text or constants; `value`: the first byte that differs
	                 in it */
	FINDING_VECTORS,    /* `where`: the vCPU; `value`: VBAR_EL1 */
	FINDING_CONTROL,    /* likewise; `value`: SCTLR_EL1 */
	FINDING_LIST,       /* the list leads from a task to the task at `where`, which doesn't lead
	                     * back */
	FINDING_END,        /* nothing leads on from the task at `where` in the task list */
	FINDING_NOT_LISTED, /* the task at `where` is in the tree alone */
	FINDING_NOT_IN_TREE,
	FINDING_MODULE,   /* `where`: the address of a page of a module's text; `name`: the module's
	                   */
	FINDING_UNLISTED, /* the module `name`, whose text is at `where`, isn't in the given list */
	FINDING_MAPPING,  /* `where`: a page's address; `value`: where it leads; `elsewhere`: to
	                   * text, or else it may be executed */
	FINDING_DEADLINES, /* `value`: how many were missed */
	FINDING_BLIND,     /* a rule can't tell; it is in no rule's findings */
	FINDING_RULE,      /* `where`: the object; `value`: the rule's number; `name`: its words */
};

/* What is done about a finding: ladder.h, mend.h. */
struct finding_mend {
	uint8_t step, act;    /* the ladder's next step; what is done now: enum ladder_act */
	uint64_t since;       /* µs of the counter: when that began */
	uint8_t fails, waits; /* mends that failed, that were put off */
	bool limited;         /* a step was left out, as its limit is reached */
	bool held;            /* something leads to what the mend takes away: that comes first */
	bool done; /* it was mended since the last look, or killed or disarmed in this step */
	bool over; /* it didn't help, and isn't tried any more */
};

/* Kind, place and `still` say which finding it is. The rest is as it was seen last: the guest
 * chooses it, and may choose anew for each look. */
struct finding {
	uint32_t kind;
	uint64_t where;
	uint64_t value; /* of a task: its PID */
	bool elsewhere; /* the kernel's address of the text, or of its vectors, leads elsewhere */
	char name[FINDINGS_NAME];
	struct rules_lack lack; /* of a rule's finding */
	uint64_t leads;         /* likewise: the address that a foreign pointer has; 0: none */
	uint64_t still; /* of a rule's: the number that has to change; of a mapping: `value` */
	bool task;      /* of a rule's: the object is a task */
	struct finding_mend mend;
	uint64_t well;        /* `well` of its rule as it was found */
	uint32_t looks;       /* in a row that had it */
	bool used, now, told; /* the entry is no free one; this look has it; it was told */
	bool fresh;           /* it was seen since the last mend */
};

/* Of one rule. Each has its own, so that no rule can silence another one. */
struct findings {
	struct finding entry[FINDINGS_MAX];
	uint32_t sure; /* looks in a row until a finding counts */
	bool dropped;  /* this look has more than there is room for */
	/* Looks in a row that had more; `sure`: it counts, and stays. A rule that sweeps over
	 * several looks comes to the same one seldom: beside findings that count, once is enough.
	 */
	uint32_t crowded;
	/* A round is as many looks as see all; each is as well as its entries say. */
	uint64_t round; /* µs of the counter: when this one began; 0: none did yet */
	uint64_t well;  /* when the last one began that saw all; 0: none did */
	bool missed;    /* this one doesn't see all */
	void (*tell)(const struct finding *finding, bool gone);
};

/* A round begins: it tells how old at most is what is found from here on. */
void findings_round(struct findings *findings, uint64_t now);

/* A look begins. */
void findings_begin(struct findings *findings);

/* Notes what was found, for findings_end(). What there is no room for is only counted. */
void findings_note(struct findings *findings, const struct finding *found);

/* The look has ended, and saw everything: tells what counts now, and what is gone. */
void findings_end(struct findings *findings);

/* Whether there is a finding that doesn't count yet. */
bool findings_open(const struct findings *findings);

/* The look has ended, and can't tell: as if it hadn't been. */
void findings_undo(struct findings *findings);

/* Forgets all of them: the guest is another one. */
void findings_forget(struct findings *findings);

#endif
