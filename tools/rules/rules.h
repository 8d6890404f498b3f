/*
 * Makes rules (kumiki/rule.h) of rule files for a certain kernel, tells in words what they became,
 * and gives them to a watcher over a link. See docs/rules.md.
 */
#ifndef RULES_RULES_H
#define RULES_RULES_H

#include <facts/kernel.h>
#include <host/complaints.h>
#include <kumiki/rule.h>
#include <stdio.h>

/* A kernel as its Image tells it, and its number in rules. */
struct rules_kernel_file {
	struct kernel kernel;
	const char *banner;
	uint32_t number;
};

struct rules_made {
	struct rules_made *next;
	const struct rule *rule;
	struct dts_place place;
};

/* NULL: good; else what is missing, the end of a sentence. */
const char *rules_open(struct rules_kernel_file *kernel, struct arena *arena, const uint8_t *image,
                       size_t size);

/* Makes the rules of a file's text, behind those that are made already. False: it has complained.
 */
bool rules_make(const struct rules_kernel_file *kernel, struct complaints *complaints,
                const struct dts_file *file, const char *text, struct rules_made **made);

/* The words of enum rule_event. */
extern const char *const rules_events[RULE_EVENTS];

/* What a rule became. */
void rules_explain(const struct rules_kernel_file *kernel, const struct rule *rule, FILE *out);

/* ---- over a link: each returns whether it succeeded, and has complained if it didn't ---- */

struct rules_way {
	const char *link, *partition;
	FILE *out;
};

bool rules_add(const struct rules_way *way, const struct rules_made *made);
/* The watcher looks once by each rule, and keeps none. */
bool rules_test(const struct rules_way *way, const struct rules_made *made);
bool rules_remove(const struct rules_way *way, const char *name);
bool rules_list(const struct rules_way *way);

#endif
