/*
 * Parts of disks: a program that declares RTOS_NOTE_PARTS names its part in its arguments
 * (docs/channels.md), and no two programs may have the same sectors if one of them writes. What is
 * wrong with an argument by itself the program says when it starts.
 */
#include "build.h"
#include <stdlib.h>
#include <string.h>

#define PARTS_PORT "block" /* the driver's, if no argument names it */

struct part {
	const struct dts_node *node;
	struct dts_place place;
	const char *port;
	const char *label;         /* NULL: it has sectors */
	unsigned long long first;  /* without a label */
	unsigned long long behind; /* the first sector behind it */
	bool read_only;
};

/* What follows `word`; NULL: the text begins otherwise. */
static const char *part_after(const char *text, const char *word)
{
	const size_t length = strlen(word);

	return strncmp(text, word, length) == 0 ? text + length : NULL;
}

static void part_range(struct part *part, const char *text)
{
	char *end;
	unsigned long long count = 0;

	part->first = strtoull(text, &end, 10);
	if (*end == '+')
		count = strtoull(end + 1, NULL, 10);
	part->behind = count > ~0ull - part->first ? ~0ull : part->first + count;
}

/* Without arguments it is a whole disk. */
static struct part part_read(const struct dts_node *node)
{
	const struct dts_property *arguments = dts_property(node, "kumiki,arguments");
	struct part part = {
	    .node = node, .place = node->place, .port = PARTS_PORT, .behind = ~0ull};

	if (!rtos_words_good(node, "kumiki,arguments"))
		return part;
	for (const struct dts_item *item = arguments->items; item; item = item->next) {
		const char *label = part_after(item->text, "part=");
		const char *range = part_after(item->text, "sectors=");
		const char *port = part_after(item->text, "disk=");

		if (label || range)
			part.place = item->place;
		if (label)
			part.label = label;
		else if (range)
			part_range(&part, range);
		else if (port)
			part.port = port;
		part.read_only |= !strcmp(item->text, "read-only");
	}
	return part;
}

static bool part_whole(const struct part *part)
{
	return !part->label && part->first == 0 && part->behind == ~0ull;
}

static bool part_shared(const struct part *one, const struct part *other)
{
	if (one->label && other->label)
		return !strcmp(one->label, other->label);
	return part_whole(one) || part_whole(other) ||
	       (one->first < other->behind && other->first < one->behind);
}

/* Complains at the later one of two. False: all is right. */
static bool parts_clash(struct rtos_build *build, const struct part *one, const struct part *later)
{
	if (strcmp(one->port, later->port) != 0 || (one->read_only && later->read_only))
		return false;
	if (!one->label != !later->label && !part_whole(one) && !part_whole(later))
		complain(
		    &build->complaints, later->place,
		    "'%s' and '%s' (line %u) name their parts of the disk '%s' in two ways, so "
		    "nobody sees whether they overlap; write \"part=LABEL\" for both, or "
		    "\"sectors=FIRST+COUNT\"",
		    later->node->name, one->node->name, one->place.line, later->port);
	else if (part_shared(one, later))
		complain(
		    &build->complaints, later->place,
		    "'%s' has sectors of the disk '%s' that '%s' (line %u) has, too; give each a "
		    "part of its own, or add \"read-only\" to the arguments of both",
		    later->node->name, later->port, one->node->name, one->place.line);
	else
		return false;
	return true;
}

/* Of each program only the first clash is told. */
void rtos_parts_check(struct rtos_build *build)
{
	for (uint32_t i = 0; i < build->system->program_count; i++) {
		const struct part later = part_read(build->nodes[i]);
		bool clash = !build->parts[i];

		for (uint32_t j = 0; j < i && !clash; j++) {
			const struct part one = part_read(build->nodes[j]);

			clash = build->parts[j] && parts_clash(build, &one, &later);
		}
	}
}
