/*
 * The watcher's work from look to look: which life of the guest is watched, when the baseline is
 * taken, which rules are looked at. No system call is in it, so it can be tested on the host.
 */
#ifndef WATCHER_WATCH_H
#define WATCHER_WATCH_H

#include "deadlines.h"
#include "findings.h"
#include "guest.h"
#include "ladder.h"
#include "mappings.h"
#include "mend.h"
#include "modules.h"
#include "rulebook.h"
#include "tasks.h"
#include "text.h"
#include "vectors.h"

#define WATCH_LOOKS_SECOND 10u
#define WATCH_GLANCES      10u /* for each look: one is part of the look, the others are between */
#define WATCH_AGAIN_MS     3u  /* until what isn't sure yet is looked at again */
#define WATCH_STRANGER     (30u * WATCH_LOOKS_SECOND)
#define WATCH_WAIT         (60u * WATCH_LOOKS_SECOND) /* without a baseline, until that is told */
#define WATCH_PATIENCE     30u                        /* looks in a row that can't tell */
#define WATCH_MOVED        3u                         /* looks that see another kernel (kexec) */
#define WATCH_SWEEP        95u /* glances that compare all text and constants */
#define WATCH_PAGES        24u /* of text, and of constants: that a glance compares at least */
#define WATCH_VCPUS_MAX    8u
#define WATCH_RESTARTS     10000000u /* µs from the order to a new life */
#define WATCH_OTHERS       3000000u  /* µs for other rules' mends, of what has none itself */
#define WATCH_TORN         1u        /* changes of a record that was being written */

enum watch_rule {
	WATCH_TEXT,
	WATCH_CONSTANTS,
	WATCH_VECTORS,
	WATCH_TASKS,
	WATCH_MODULES,
	WATCH_MAPPINGS,
	WATCH_DEADLINES,
	WATCH_RULES,
	WATCH_CONTROL = WATCH_RULES, /* a name more: findings of the same look as vectors */
	WATCH_NAMES
};

enum watch_event {
	WATCH_FOUND,   /* the facts' kernel is there */
	WATCH_UNKNOWN, /* it isn't, for WATCH_STRANGER looks */
	WATCH_LATE,    /* a baseline was taken, of a kernel that was up at the first sight of it */
	WATCH_BEGINS,  /* the baseline is there: all rules are looked at from now on */
	WATCH_ANEW,    /* the guest was started anew, or its kernel was (kexec) */
	WATCH_CANT,    /* the rule `rule` can't tell, for WATCH_PATIENCE looks */
	WATCH_CAN,     /* it can again */
	/* There is no baseline after WATCH_WAIT looks: the partition doesn't run; the kernel's
	 * tables aren't seen; the kernel doesn't say that it is up; its text isn't all in its
	 * memory, or has a breakpoint of nobody's. */
	WATCH_NOT_RUNNING,
	WATCH_NO_TABLES,
	WATCH_NOT_UP,
	WATCH_NO_TEXT,
	WATCH_CROWDED, /* it found more than it has room for; once in a life of the guest */
	WATCH_EVENTS,
};

/* What the guest is doing, as its registers say. */
struct watch_seen {
	bool runs;
	uint32_t starts, vcpus;
	uint64_t now;                                /* µs of the counter */
	uint64_t misses;                             /* of deadlines, ever */
	struct watch_record record[WATCH_VCPUS_MAX]; /* changes 0: none; or WATCH_TORN */
};

struct watch {
	struct guest guest;
	struct baseline baseline;
	struct findings findings[WATCH_RULES];
	struct tasks tasks;
	struct modules modules;
	struct mappings mappings;
	struct deadlines deadlines;
	struct mender mender;
	struct ladder ladder;
	uint64_t restarts;     /* until then a restart that was asked for is waited for */
	struct rulebook *book; /* rules from files; NULL: there are none */
	struct {
		uint64_t modules, misses; /* changes of the list, and deadlines that were missed */
	} known;                          /* to the rulebook */
	uint32_t starts;                  /* the life that is watched; 0: none yet */
	uint32_t waited;                  /* looks without the facts' kernel */
	uint32_t settled;                 /* looks since the kernel says that it is up */
	uint32_t without;                 /* looks of this life without a baseline */
	uint32_t moved;                   /* looks that saw another kernel than the baseline's */
	bool early;                       /* this life was seen before the kernel said so */
	bool watching;
	bool used;                         /* the last look found the kernel's page tables */
	uint64_t changes[WATCH_VCPUS_MAX]; /* of records, when this life was new: those are older */
	uint64_t vbar[WATCH_VCPUS_MAX];    /* as seen at that look; 0: not */
	uint64_t last[WATCH_VCPUS_MAX];    /* of records, at the last look at vectors */
	struct vectors_good good[WATCH_VCPUS_MAX];
	uint32_t cant[WATCH_RULES];                    /* looks in a row */
	bool crowded[WATCH_RULES];                     /* was told */
	struct finding blind[WATCH_RULES + RULE_MOST]; /* of a rule that can't tell */
	void (*tell)(enum watch_event event, enum watch_rule rule);
	/* A step of the ladder is taken that isn't a mend, or none is left, for its limits. */
	void (*step)(enum ladder_act act, const char *rule);
};

extern const char *const watch_names[WATCH_NAMES]; /* of rules, as the ladder names them */

/* Looks at all, WATCH_LOOKS_SECOND times a second. */
void watch_look(struct watch *watch, const struct watch_seen *seen);

/* In between: looks at lists, and at a part of text and constants. Of `seen` only the state and the
 * number of starts are needed. Nothing is looked at unless the last look found all well. */
void watch_glance(struct watch *watch, const struct watch_seen *seen);

/* Whether rules are looked at: the guest runs, and there is a baseline. */
bool watch_looks(const struct watch *watch, const struct watch_seen *seen);

/* Whether the kernel has what a rule of watch_names looks at. */
bool watch_has(const struct watch *watch, uint32_t name);

/* How many findings of a rule of watch_names count, and whether the rule can't tell. */
uint32_t watch_count(const struct watch *watch, uint32_t name, bool *lost);

/* Whether something was found that isn't sure yet; and looks at that alone. */
bool watch_is_open(const struct watch *watch);
void watch_again(struct watch *watch, const struct watch_seen *seen);

#endif
