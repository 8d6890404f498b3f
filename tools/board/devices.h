/*
 * The devices of a board, and what each needs of others, by its tree (devices.c). words.c and
 * share.c read it.
 */
#ifndef BOARD_DEVICES_H
#define BOARD_DEVICES_H

#include <host/dts.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define BOARD_SPECIFIER_MAX 8 /* cells behind a reference */

/* Something that a device needs: the clock 7 of a clock controller, for example. */
struct board_need {
	const char *kind;              /* "clock", … */
	const struct dts_node *block;  /* whose registers set it, or the firmware that is asked */
	const struct dts_node *target; /* the block, or a part of it */
	uint32_t cells[BOARD_SPECIFIER_MAX];
	size_t cell_count;
	bool one; /* the cells name one thing, which others can need, too */
};

/* A device that is on, with registers that a CPU reaches. */
struct board_device {
	const struct dts_node *node;
	struct board_need *needs;
	size_t need_count;
	size_t users; /* other devices that need something of this one */
};

struct board_devices {
	struct board_device *list;
	size_t count;
};

struct board_devices board_devices_find(const struct dts_tree *tree);
/* NULL: the node is none of them. */
const struct board_device *board_device_of(const struct board_devices *devices,
                                           const struct dts_node *node);
bool board_need_same(const struct board_need *a, const struct board_need *b);
/* Neither the node nor one above it is disabled. */
bool board_is_on(const struct dts_node *node);
/* The tree's text for a terminal: no control character, and no byte that isn't UTF-8. */
const char *board_tame(struct arena *arena, const char *text);
/* The first of the node's compatibles, tame. */
const char *board_compatible(struct arena *arena, const struct dts_node *node);

/* share.c: what partitions can have of the board. */
void board_tell_sharing(const struct dts_tree *tree, FILE *out);

#endif
