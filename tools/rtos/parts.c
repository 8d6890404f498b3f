/*
 * Parts of disks: a program that declares RTOS_NOTE_PARTS has a whole disk, or names its part in
 * its arguments (docs/channels.md). A part must be one that a disk can have, and no two programs
 * may have the same sectors if one of them writes. Whether the disk is so large, and has a
 * partition with that label, the program says when it starts.
 */
#include "build.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PARTS_PORT    "block"      /* the driver's, if no argument names it */
#define PARTS_SECTORS (1ull << 55) /* so many have 2^64 bytes */
#define PARTS_LABEL   36           /* characters; UEFI 2.10, 5.3.3 */

struct part {
	const struct dts_node *node;
	struct dts_place place;
	const char *port;
	const char *label;         /* NULL: it has sectors */
	unsigned long long first;  /* without a label */
	unsigned long long behind; /* the first sector behind it */
	bool read_only;
	bool has_port, has_part; /* an argument says so */
	bool argued;             /* its arguments could say something else */
};

/* What follows `word`; NULL: the text begins otherwise. */
static const char *part_after(const char *text, const char *word)
{
	const size_t length = strlen(word);

	return strncmp(text, word, length) == 0 ? text + length : NULL;
}

/* Reads digits alone, and goes behind them. False: there is none, or the number is too large. */
static bool part_number(const char **text, unsigned long long *number)
{
	char *end;

	if (!isdigit((unsigned char)**text))
		return false;
	errno = 0;
	*number = strtoull(*text, &end, 10);
	*text = end;
	return errno == 0 && *number <= PARTS_SECTORS;
}

/* False: no disk has such sectors. */
static bool part_range(struct part *part, const char *text)
{
	unsigned long long count;

	if (!part_number(&text, &part->first) || *text++ != '+' || !part_number(&text, &count) ||
	    *text != 0 || count == 0 || count > PARTS_SECTORS - part->first)
		return false;
	part->behind = part->first + count;
	return true;
}

static bool part_label(struct part *part, const char *label)
{
	part->label = label;
	return *label != 0 && strlen(label) <= PARTS_LABEL;
}

/* False, after a complaint: the argument can't be right. */
static bool part_argue(struct complaints *complaints, struct part *part,
                       const struct dts_item *item)
{
	const char *label = part_after(item->text, "part=");
	const char *range = part_after(item->text, "sectors=");
	const char *port = part_after(item->text, "disk=");

	if ((port && part->has_port) || ((label || range) && part->has_part)) {
		complain(complaints, item->place,
		         "'%s' is one too many; write one disk, and one "
		         "part of it",
		         item->text);
		return false;
	}
	part->has_port |= port != NULL;
	part->has_part |= label || range;
	if (label || range)
		part->place = item->place;
	if (port)
		part->port = port;
	part->read_only |= !strcmp(item->text, "read-only");
	if (label && !part_label(part, label))
		complain(complaints, item->place,
		         "'%s' is the label of no partition; write one of 1 to %d characters",
		         item->text, PARTS_LABEL);
	else if (range && !part_range(part, range))
		complain(complaints, item->place,
		         "'%s' is no part of a disk; write \"sectors=FIRST+COUNT\" in decimal, "
		         "with at least one sector, and none behind sector 2^55",
		         item->text);
	else
		return true;
	return false;
}

/* Without arguments it is a whole disk. False, after a complaint: it can't be right. */
static bool part_read(struct rtos_build *build, uint32_t number, struct part *part)
{
	const struct dts_node *node = build->nodes[number];
	const struct dts_property *arguments = dts_property(node, "kumiki,arguments");
	bool good = true;

	*part = (struct part){.node = node,
	                      .place = node->place,
	                      .port = PARTS_PORT,
	                      .behind = ~0ull,
	                      .argued = build->parts_kind[number] == RTOS_PARTS_ARGUED};
	if (!part->argued || !rtos_words_good(node, "kumiki,arguments"))
		return true;
	for (const struct dts_item *item = arguments->items; item; item = item->next)
		good &= part_argue(&build->complaints, part, item);
	return good;
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
		complain(&build->complaints, later->place,
		         "'%s' and '%s' (%s) name their parts of the disk '%s' in two ways, so "
		         "nobody sees whether they overlap; write \"part=LABEL\" for both, or "
		         "\"sectors=FIRST+COUNT\"",
		         later->node->name, one->node->name,
		         complaints_where(&build->complaints, later->place, one->place),
		         later->port);
	else if (part_shared(one, later))
		complain(
		    &build->complaints, later->place,
		    "'%s' has sectors of the disk '%s' that '%s' (%s) has, too; %s",
		    later->node->name, later->port, one->node->name,
		    complaints_where(&build->complaints, later->place, one->place),
		    one->argued && later->argued
		        ? "give each a part of its own, or add \"read-only\" to the arguments "
		          "of both"
		        : "the whole disk is for one of them, so take the other out, or give it "
		          "another disk");
	else
		return false;
	return true;
}

/* Of each program only the first mistake is told. */
void rtos_parts_check(struct rtos_build *build)
{
	struct part part[RTOS_IMAGE_PROGRAMS_MAX];
	uint32_t count = 0;

	for (uint32_t i = 0; i < build->system->program_count; i++) {
		bool clash = false;

		if (!build->parts[i] || !part_read(build, i, &part[count]))
			continue;
		for (uint32_t j = 0; j < count && !clash; j++)
			clash = parts_clash(build, &part[j], &part[count]);
		count++;
	}
}
