/*
 * The partitions: their names, and the properties that are a plain number, flag or text.
 */
#include "build.h"
#include <kumiki/hold.h>
#include <lib/nearest.h>
#include <string.h>

#define DOMAIN_PRIORITY     100
#define DOMAIN_BOOTARGS_MAX 2047
#define DOMAIN_ANY_VERSION  "openamp,domain"
#define DOMAIN_COMPATIBLE   DOMAIN_ANY_VERSION "-v1"
#define DOMAIN_OF_FRAME     "kumiki" /* how the console calls the frame's own messages */

bool domains_is_domain(const struct dts_node *node)
{
	return !dts_property(node, "compatible") || dts_compatible(node, DOMAIN_COMPATIBLE);
}

static bool domain_name_good(const char *name)
{
	size_t length = strlen(name);

	for (const char *c = name; *c; c++)
		if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
		      (*c >= '0' && *c <= '9') || *c == '-' || *c == '_'))
			return false;
	return length > 0 && length < BUNDLE_NAME_SIZE;
}

static void domain_check_name(struct build *build, const struct dts_node *node)
{
	if (!domain_name_good(node->name))
		complain(&build->complaints, node->place,
		         "'%s' can't be a partition's name; use 1 to %d letters, digits, '-' and "
		         "'_'",
		         node->name, BUNDLE_NAME_SIZE - 1);
	else if (!strcmp(node->name, DOMAIN_OF_FRAME))
		complain(&build->complaints, node->place,
		         "'%s' is how the console calls the frame itself; choose another name",
		         node->name);
	else if (!strcmp(node->name, HOLD_NOBODYS_NAME))
		complain(&build->complaints, node->place,
		         "'%s' has the cores that no partition has; choose another name",
		         node->name);
}

/* The property's number; `otherwise`, if it isn't there or has the wrong form. */
static uint32_t domain_number(const struct dts_node *node, const char *name, uint32_t otherwise)
{
	return vocabulary_good(node, name) ? dts_u32(node, name, otherwise) : otherwise;
}

static void domain_priority(struct build *build, struct draft *draft)
{
	uint32_t priority = domain_number(draft->node, "kumiki,priority", DOMAIN_PRIORITY);

	if (priority > 255)
		complain(
		    &build->complaints, dts_property(draft->node, "kumiki,priority")->items->place,
		    "priority %u is too high; 0 to 255 are possible, higher runs first", priority);
	draft->partition->priority = priority;
}

static void domain_bootargs(struct build *build, struct draft *draft)
{
	const struct dts_node *chosen = dts_child(draft->node, "chosen");
	const struct dts_property *bootargs = chosen ? dts_property(chosen, "bootargs") : NULL;

	draft->partition->bootargs = "";
	if (!bootargs || !vocabulary_good(chosen, "bootargs"))
		return;
	draft->partition->bootargs = bootargs->items->text;
	if (bootargs->items->length > DOMAIN_BOOTARGS_MAX)
		complain(&build->complaints, bootargs->items->place,
		         "'bootargs' has %zu characters, and Linux reads %d; shorten it",
		         bootargs->items->length, DOMAIN_BOOTARGS_MAX);
	if (dts_property(draft->node, "kumiki,dtb") || dts_property(draft->node, "kumiki,no-dtb"))
		complain(&build->complaints, bootargs->place,
		         "'bootargs' go into a generated device tree, and '%s' has none; write "
		         "them into your own tree",
		         draft->name);
}

static void domain_read(struct build *build, struct draft *draft)
{
	struct model_partition *partition = draft->partition;
	const struct dts_node *node = draft->node;

	domain_check_name(build, node);
	partition->name = node->name;
	partition->node = node;
	partition->start_order =
	    domain_number(node, "kumiki,start-order", (uint32_t)draft->appearance);
	domain_priority(build, draft);
	domain_bootargs(build, draft);
	partition->console = dts_property(node, "kumiki,console") != NULL;
	partition->rtc = !dts_property(node, "kumiki,no-rtc");
	partition->watchdog = !dts_property(node, "kumiki,no-watchdog");
}

/* Refuses a domain that isn't of version 1, or that holds other domains. */
static void domain_refuse(struct build *build, const struct dts_node *node)
{
	const struct dts_property *compatible = dts_property(node, "compatible");
	const char *said = dts_string(node, "compatible");
	struct nearest nearest = {.word = said ? said : ""};

	nearest_offer(&nearest, DOMAIN_COMPATIBLE);
	if (nearest_answer(&nearest) ||
	    !strncmp(nearest.word, DOMAIN_ANY_VERSION, strlen(DOMAIN_ANY_VERSION))) {
		complain(&build->complaints, compatible->items->place,
		         "\"%s\" isn't known; write compatible = \"" DOMAIN_COMPATIBLE "\";", said);
		return;
	}
	complain(&build->complaints,
	         compatible->items ? compatible->items->place : compatible->place,
	         "'%s' isn't a partition of the form \"" DOMAIN_COMPATIBLE "\"; groups of domains "
	         "aren't supported: put its partitions into 'domains' itself",
	         node->name);
}

static void domains_count(struct build *build, const struct dts_node *domains)
{
	size_t count = 0;

	for (const struct dts_node *n = domains->children; n; n = n->next) {
		if (!domains_is_domain(n))
			domain_refuse(build, n);
		else if (++count == BUNDLE_PARTITIONS_MAX + 1)
			complain(&build->complaints, n->place,
			         "'%s' is one partition too many; %d are possible", n->name,
			         BUNDLE_PARTITIONS_MAX);
	}
	build->draft_count = count > BUNDLE_PARTITIONS_MAX ? BUNDLE_PARTITIONS_MAX : count;
	if (!domains->children)
		complain(&build->complaints, domains->place,
		         "'domains' is empty; describe a partition in it");
}

/* Complains that the node is missing, or probably misspelt. */
static void domains_missing(struct build *build)
{
	for (const struct dts_node *n = build->tree->root->children; n; n = n->next) {
		struct nearest nearest = {.word = n->name};

		nearest_offer(&nearest, "domains");
		if (!nearest_answer(&nearest))
			continue;
		complain(&build->complaints, n->place,
		         "no partition is described, and '%s' isn't known; did you mean 'domains'?",
		         n->name);
		return;
	}
	complain(&build->complaints, build->tree->root->place,
	         "no partition is described; add: domains { NAME { compatible = "
	         "\"openamp,domain-v1\"; }; };");
}

void domains_read(struct build *build)
{
	const struct dts_node *domains = dts_child(build->tree->root, "domains");
	size_t index = 0;

	if (!domains) {
		domains_missing(build);
		return;
	}
	domains_count(build, domains);
	build->drafts = arena_array(build->arena, build->draft_count, sizeof(*build->drafts));
	for (const struct dts_node *n = domains->children; n && index < build->draft_count;
	     n = n->next) {
		struct draft *draft = &build->drafts[index];

		if (!domains_is_domain(n))
			continue;
		draft->partition = arena_alloc(build->arena, sizeof(*draft->partition));
		draft->node = n;
		draft->name = n->name;
		draft->appearance = index++;
		domain_read(build, draft);
	}
}
