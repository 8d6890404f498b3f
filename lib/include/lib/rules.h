/*
 * Looks at a guest's kernel by a rule (kumiki/rule.h). Whatever the rule and the memory hold, a
 * look ends within RULES_WORK, reads nothing but words inside the guest's memory, and never faults.
 */
#ifndef LIB_RULES_H
#define LIB_RULES_H

#include <kumiki/rule.h>
#include <lib/guestcache.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RULES_WORK    200000u /* of a look: steps, reads and comparisons */
#define RULES_OBJECTS 8192u   /* of all views together */
#define RULES_TEXT    96u     /* words of a finding, with a NUL */
#define RULES_READS   64u     /* of a finding, which can be looked at again at once */

/* NULL: the `size` bytes at `rule`, a multiple of 8, are a rule for the kernel with this number,
 * and rules_look() may have it. Else what is wrong, the end of a sentence. */
const char *rule_check(const void *rule, size_t size, uint32_t kernel);

/* The parts of a rule that was checked. */
const struct rule_view *rule_views(const struct rule *rule);
const struct rule_step *rule_steps(const struct rule *rule);
const uint32_t *rule_words(const struct rule *rule);
const char *rule_text(const struct rule *rule);

#define RULES_AREAS 4u

struct rules_area {
	uint64_t base, size;
};

/* The kernel that is looked at. */
struct rules_kernel {
	const struct guestwalk *walk; /* with the registers of its own page tables */
	struct guestcache *cache;     /* of that walk; or NULL */
	uint64_t base;                /* its own address of its image */
	uint64_t text, text_end;      /* its own addresses; constants lie behind text */
	uint64_t constants_end;
	/* What leads into such memory has no right to, whatever object has it; size 0: none. */
	struct rules_area condemned[RULES_AREAS];
};

/* What was read: bits of the 8 bytes at an address of the kernel's own. */
struct rules_read {
	uint64_t address, mask, value;
};

/* A look's memory. Objects of a view stand one behind the other. */
struct rules_memory {
	uint64_t object[RULES_OBJECTS];
	uint64_t start[RULE_VIEWS]; /* where it begins: of a list, its head */
	uint64_t from;              /* of the first view: where that was loaded */
	uint32_t first[RULE_VIEWS], count[RULE_VIEWS];
	bool known[RULE_VIEWS]; /* its objects were found in this look */
	uint32_t used;
	/* If the rule says `still`: all that the views read, then all of the present object. Of
	 * more than RULES_READS the last ones are only counted. */
	struct rules_read read[RULES_READS];
	uint32_t reads;
};

enum rules_lack_kind {
	RULES_LACK_NONE,  /* or no mend is known for it */
	RULES_LACK_LINK,  /* the list_head at `link` isn't in the list of `head` */
	RULES_LACK_BACK,  /* the neighbours of the list_head at `link` don't lead back to it */
	RULES_LACK_NEXT,  /* those of the object at `link` don't, by pointers at the offsets `head`,
	                   * as RULE_LEADS_BACK has them */
	RULES_LACK_PLACE, /* the pointer at `head` leads to it, as a chain's, and that at `link` on;
	                   * it has no place there */
	/* The word at `head` is `was`, and should be `link`; or the register (WATCH_VBAR). */
	RULES_LACK_VALUE,
	RULES_LACK_RIGHTS, /* the object is a task, and has no right to its credentials */
};

/* What a finding's object lacks, if its rule mends. */
struct rules_lack {
	uint32_t kind;
	uint64_t link, head, was;
	uint32_t size; /* of a word that isn't right: 4, or else 8 bytes */
};

/* An object, the rule's words about it, and the number of it that has to change; 0: none has. If
 * the rule says `still`, the memory of the look has what led to it: so many reads. */
struct rules_found {
	uint64_t where, still;
	uint64_t leads; /* the pointer that leads to no right place; 0: it isn't about one */
	const char *text;
	struct rules_lack lack;
	uint32_t reads;
};

/* Who hears what a look found. */
struct rules_ear {
	void (*note)(void *to, const struct rules_found *found);
	void *to;
};

/* False: can't tell. Then nothing that was noted counts. */
bool rules_look(const struct rule *rule, const struct rules_kernel *kernel,
                struct rules_memory *memory, const struct rules_ear *ear);

#endif
