/*
 * A rule over a running kernel as `kumiki rules` makes it, and as the watcher keeps it
 * (docs/rules.md): this head, then `views`, `steps`, `words` and `text` without a gap between them.
 * Steps have no jumps. Nobody trusts a rule: rule_check() of lib/rules.h looks at each number.
 */
#ifndef KUMIKI_RULE_H
#define KUMIKI_RULE_H

#include <stdint.h>

#define RULE_MAGIC     0x454c55525f4d4b4bULL /* "KKM_RULE" */
#define RULE_REVISION  6
#define RULE_SIZE_MAX  4096u
#define RULE_NAME      32u /* with a NUL */
#define RULE_VIEWS     5u
#define RULE_OBJECTS   4096u /* of a view */
#define RULE_EVERY     10u   /* ms: the shortest time between looks; other times are multiples */
#define RULE_EVERY_MAX 60000u
#define RULE_SEEN_MAX  100u
#define RULE_MOST      48u /* rules that a watcher keeps */
#define RULE_CHARS_MAX 64u /* of a text in the kernel */

/* The watcher's own rules, as a ladder names them: in the order of its enum watch_rule; the last
 * one are findings of vectors. */
#define RULE_OWN_NAMES                                                                             \
	"text", "constants", "vectors", "tasks", "modules", "mappings", "deadlines", "control"

/* A ladder's name for a rule that can't tell. `all` doesn't mean it. */
#define RULE_BLIND "blind"

enum rule_mends {
	RULE_MENDS_NOTHING,
	RULE_MENDS,        /* if a mend is known for the condition, or for the objects' chain */
	RULE_MENDS_RIGHTS, /* the objects are tasks, which get their parents' credentials */
	RULE_MENDS_KINDS,
};

/* What a rule's look may follow, beside time. */
enum rule_event {
	RULE_ON_START, /* the watch begins, or the rule is added; each rule with an event looks then
	                */
	RULE_ON_MODULE,   /* the list of modules has one more, or one less */
	RULE_ON_REFUSAL,  /* prevention refused something */
	RULE_ON_DEADLINE, /* a vCPU missed a deadline */
	RULE_EVENTS,
};

enum rule_severity { RULE_LOW, RULE_MEDIUM, RULE_HIGH, RULE_SEVERITIES };

struct rule {
	uint64_t magic;
	uint32_t revision;
	uint32_t size;   /* of all, a multiple of 8 */
	uint32_t crc;    /* CRC-32C of all behind this word */
	uint32_t kernel; /* CRC-32C of the kernel's words about itself (struct watchfacts) */
	char name[RULE_NAME];
	uint32_t every; /* ms; 0: only events lead to looks */
	uint8_t seen, severity;
	uint16_t views; /* the first one has the objects that are looked at, the others are sets */
	/* The first steps are the views' own, which find where these begin. From `object` on they
	 * are for each object, from `say` on they print the words of a finding. */
	uint16_t steps, object, say;
	uint16_t words; /* of 32 bits */
	uint16_t text;  /* bytes; the last one is NUL */
	uint16_t mends; /* enum rule_mends: what is done about what a MUST doesn't find */
	uint16_t tasks; /* 1: the objects are tasks, which a ladder's step may kill */
	uint8_t still;  /* 1: a finding counts if all that led to it is so while the guest stands */
	uint8_t on;     /* a bit for each enum rule_event */
};
_Static_assert(sizeof(struct rule) == 80, "hosts and watchers rely on it");

enum rule_view_kind {
	RULE_ONE,
	RULE_LIST,     /* `link`: of a list_head in the object; `a`: of its next one */
	RULE_HASH,     /* `count` heads; `link`: of an hlist_node; `a`: of its next one */
	RULE_CHAIN,    /* `link`: of the pointer to the next one. If `count` isn't 0: of so many
	                * chains; as many words from `a` on have the places of their first pointers */
	RULE_ARRAY,    /* `count` objects of `b` bytes each; or if `link` isn't 0, as many as the
	                * number of `link` bytes at offset `a` says; with `count` 1 a pointer leads
	                * to them */
	RULE_TABLE,    /* `count` words from `a` on have the objects' offsets, as many again the
	                * places of their names in the text */
	RULE_TREE,     /* `link`: of an rb_node; its `count` children are at `a` + i * `b` */
	RULE_RADIX,    /* the root's entry leads to nodes, whose `count` slots are there likewise */
	RULE_POINTERS, /* `count` words from `a` on have the offsets of pointers to the objects */
	RULE_CPUS,     /* each CPU's `count` objects of `b` bytes: `a` and `link` are the places of
	                * the copies' distances and of the number of CPUs in the image */
	RULE_ROW,      /* of `b` bytes each, up to one with a null pointer at `link` */
	RULE_VIEW_KINDS,
};

struct rule_view {
	uint16_t kind;
	uint16_t first, steps; /* of the address where it begins */
	uint16_t of;           /* it begins at each object of this set anew; 0: it begins once */
	uint32_t link, a;
	int32_t b;
	uint32_t count;
};
_Static_assert(sizeof(struct rule_view) == 24, "hosts and watchers rely on it");

/* What a step does. The value is a number of 64 bits; a condition holds or doesn't. */
enum rule_operation {
	/* everywhere */
	RULE_NUMBER, /* value = `value`, with its sign */
	RULE_PLACE,  /* value = the kernel's address of that place in its image */
	RULE_ADD,    /* value += `value`, with its sign */
	RULE_LOAD,   /* value = the `size` bytes at the address `value`; `index` 1: with a sign */
	/* for objects, and in their words */
	RULE_OBJECT, /* value = the object's address */
	RULE_COUNT,  /* value = how many objects the view `index` has */
	/* for objects: each makes the condition hold, or leaves it; while it holds, all steps but
	 * the last two are left out */
	RULE_KEEP,         /* the other number = value */
	RULE_EQUAL,        /* the other number equals value */
	RULE_DIFFERS,      /* it differs */
	RULE_LESS,         /* it is less; `index` 1: with signs */
	RULE_AT_MOST,      /* it is less or equal, likewise */
	RULE_IN_TEXT,      /* value is an address in kernel text */
	RULE_IN_CONSTANTS, /* value is an address in the kernel's constants */
	RULE_IN_SET,       /* value is an object of the view `index` */
	RULE_IN_AREA,    /* it lies in a piece of memory of such an object: its address is at offset
	                  * `value` & 0xffff, its length of `size` bytes at `value` >> 16 */
	RULE_AS_BUILT,   /* value is what the image has in this slot: the word at `value` + the
	                  * object's number is the place, or 0 */
	RULE_CHANGES,    /* value is another one than at the look before: no look alone says so, and
	                  * only looks in a row with the same value count */
	RULE_LEADS_BACK, /* the list_head at value: both neighbours lead to it; `value`: offsets of
	                  * next, and << 16 of prev. `index` 1: what is at value is an object, to
	                  * which others lead by pointers there, or null ones at the list's ends */
	RULE_SAME,       /* the characters at the address value, `size` at most up to a NUL, are the
	                  * text at `value`; `index` 1: they aren't */
	RULE_PUT,        /* the mend of what doesn't hold: the pointer at value becomes the
	                  * kernel's address of the place `value` in its image; `index` 1: the number
	                  * of `size` bytes at value, 4 or 8, becomes the other number */
	RULE_WHEN,       /* doesn't the condition hold, this object is done */
	RULE_MUST,       /* doesn't it, this object is a finding, and done */
	/* in words */
	RULE_TEXT,    /* the text at `value` */
	RULE_DECIMAL, /* value as a number; `index` 1: with its sign */
	RULE_HEX,     /* as an address */
	RULE_CHARS,   /* the characters at the address `value`, up to a NUL, `size` at most */
	RULE_SLOT,    /* the object's name in its table, or its number */
	RULE_OPERATIONS,
};

struct rule_step {
	uint8_t operation, size;
	uint16_t index;
	uint32_t value;
};
_Static_assert(sizeof(struct rule_step) == 8, "hosts and watchers rely on it");

#endif
