/*
 * Lists of devices in one line, like "pl061, virtio_mmio0–22". Consecutive numbers of one name
 * become one word, as QEMU's board has 32 such slots. The picture uses this file.
 */
#include "picture.h"
#include <ctype.h>
#include <host/dts.h>
#include <stdlib.h>
#include <string.h>

static bool idle_is_owned(const struct picture *picture, const struct dts_node *node)
{
	const struct model *model = picture->model;
	for (const struct dts_node *up = node; up != NULL; up = up->parent) {
		for (size_t i = 0; i < model->frame_device_count; i++)
			if (model->frame_devices[i].node == up)
				return true;
		for (size_t p = 0; p < model->partition_count; p++)
			for (size_t i = 0; i < model->partitions[p].device_count; i++)
				if (model->partitions[p].devices[i]->node == up)
					return true;
	}
	return false;
}

/* A device has registers. Memory and cores have `reg`, but no registers. */
static bool idle_is_device(const struct dts_node *node)
{
	const char *type = dts_string(node, "device_type");
	struct dts_range range;
	if (type != NULL && (strcmp(type, "memory") == 0 || strcmp(type, "cpu") == 0))
		return false;
	return !node->deleted && node->label != NULL && dts_reg_count(node) > 0 &&
	       dts_reg(node, 0, &range) && range.size > 0;
}

struct numbered_label {
	const char *text;
	size_t stem; /* its length without the number */
	long number; /* -1: it has no number */
};

static struct numbered_label labels_take(const char *text)
{
	struct numbered_label label = {text, strlen(text), -1};
	while (label.stem > 0 && isdigit((unsigned char)text[label.stem - 1]))
		label.stem--;
	if (text[label.stem] != '\0' && strlen(text + label.stem) < 9)
		label.number = strtol(text + label.stem, NULL, 10);
	return label;
}

static int labels_compare(const void *left, const void *right)
{
	const struct numbered_label *a = left, *b = right;
	const size_t shorter = a->stem < b->stem ? a->stem : b->stem;
	int order = strncmp(a->text, b->text, shorter);
	if (order != 0)
		return order;
	if (a->stem != b->stem)
		return a->stem < b->stem ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

static bool labels_follow(const struct numbered_label *label, const struct numbered_label *before)
{
	return label->number >= 0 && label->number == before->number + 1 &&
	       label->stem == before->stem && strncmp(label->text, before->text, label->stem) == 0;
}

static const char *labels_join(struct arena *arena, struct numbered_label *labels, size_t count)
{
	const char *words = "";
	qsort(labels, count, sizeof(*labels), labels_compare);
	for (size_t i = 0; i < count;) {
		size_t last = i;
		while (last + 1 < count && labels_follow(&labels[last + 1], &labels[last]))
			last++;
		words = arena_format(arena, "%s%s%s", words, *words ? ", " : "", labels[i].text);
		if (last > i)
			words = arena_format(arena, "%s–%ld", words, labels[last].number);
		i = last + 1;
	}
	return words;
}

const char *picture_idle(const struct picture *picture)
{
	const struct dts_node *root = picture->model->root;
	size_t count = 0;
	for (const struct dts_node *node = root; node != NULL; node = dts_walk(node))
		count += idle_is_device(node);
	struct numbered_label *labels = arena_array(picture->arena, count + 1, sizeof(*labels));
	count = 0;
	for (const struct dts_node *node = root; node != NULL; node = dts_walk(node))
		if (idle_is_device(node) && !idle_is_owned(picture, node))
			labels[count++] = labels_take(node->label);
	return labels_join(picture->arena, labels, count);
}

const char *picture_unconfined(const struct picture *picture)
{
	struct numbered_label *labels =
	    arena_array(picture->arena, picture->unconfined_count + 1, sizeof(*labels));
	size_t count = 0;
	for (size_t i = 0; i < picture->device_count; i++)
		if (picture->devices[i].unconfined)
			labels[count++] = labels_take(picture->devices[i].label);
	return labels_join(picture->arena, labels, count);
}
