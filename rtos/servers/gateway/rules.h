/*
 * The gateway's rules: a text with one rule a line (docs/gateway.md). The first line that fits a
 * flow's first frame decides about the flow. If no line fits, the flow is refused.
 */
#ifndef GATEWAY_RULES_H
#define GATEWAY_RULES_H

#include "frame.h"

#define RULES_MOST 64
#define RULES_TEXT 8192 /* bytes of a text, at most */

struct rule {
	bool allows, outward, inward; /* the last two: which side's flows it is about */
	uint16_t line;
	uint16_t type;                /* 0: any frame */
	uint8_t protocol;             /* 0: any protocol */
	uint32_t address[2], mask[2]; /* `from`, `to` */
	uint16_t port[2];             /* the receiver's: the least and the most */
};

struct rules {
	uint32_t count;
	struct rule rule[RULES_MOST];
};

/* What is wrong with a text, and in which line. */
struct rules_wrong {
	uint32_t line;
	const char *what; /* NULL: nothing is */
};

/* Reads a text of `size` bytes. If the text is wrong, `rules` isn't whole. */
struct rules_wrong rules_read(struct rules *rules, const char *text, size_t size);

/* The rule that fits the first frame of a flow; NULL: none does. */
const struct rule *rules_find(const struct rules *rules, const struct frame *frame, bool outward);

#endif
