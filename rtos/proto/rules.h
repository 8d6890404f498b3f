/*
 * The watcher's port: rules that are added while it runs (docs/rules.md). Word 0 of a call is the
 * operation, word 0 of the answer an enum rules_status. A rule comes in parts. If the watcher ends
 * meanwhile, it has to be begun again. All operations are repeatable.
 */
#ifndef PROTO_RULES_H
#define PROTO_RULES_H

#define RULES_PART_SIZE 48u /* bytes of a rule in a call */

enum rules_operation {
	RULES_BEGIN = 1,  /* word 1: bytes of the rule that comes */
	RULES_PART = 2,   /* word 1: where in it; words 2 to 7: its bytes */
	RULES_ADD = 3,    /* it is whole; it takes the place of a rule of the same name */
	RULES_REMOVE = 4, /* words 1 to 4: the name */
	/* word 1: a number below RULE_MOST of kumiki/rule.h. Answer: words 1 to 4: the rule's name;
	 * word 5: ms between looks, << 32: looks until a finding counts, << 40: severity, << 48:
	 * its events, << 56: 1 if it says `still`; word 6: findings that count; word 7: 1 if it
	 * can't tell. RULES_NO_RULE: no rule has this number.
	 */
	RULES_ENTRY = 5,
	/* It is whole: the watcher looks once by it, and keeps nothing but what that look found.
	 * Answer: word 1: findings; word 2: 1 if there were more than it remembers, 2 if it can't
	 * tell. RULES_NO_GUEST: nothing is looked at now. */
	RULES_TRY = 6,
	/* word 1: a finding of the last RULES_TRY, by its number; word 2: a place in its words.
	 * Answer: words 1 to 6: RULES_PART_SIZE of its characters from there. */
	RULES_FOUND = 7,
	/* word 1: an alarm, by its number from 0 on; word 2: a place in its words. Answer: word 1:
	 * when it was told, in µs of the counter; words 2 to 7: RULES_PART_SIZE of its characters.
	 * RULES_NO_RULE: it isn't kept any more, or didn't come yet; word 1: how many came. */
	RULES_ALARM = 8,
};

enum rules_status {
	RULES_OK = 0,
	RULES_BAD = 1, /* no such operation, or a number is wrong */
	RULES_NO_RULE = 2,
	RULES_FULL = 3,
	RULES_REFUSED = 4, /* words 1 to 7: why, the end of a sentence, with a NUL */
	RULES_NO_GUEST = 5,
};

#endif
