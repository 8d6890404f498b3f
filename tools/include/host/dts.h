/*
 * A device-tree source as a tree in which every word keeps its place. dts_parse() makes the tree
 * from the DTS v1 language of dtc, without /plugin/, /incbin/ and /memreserve/. The model and the
 * makers of guests' trees read it. Depth and size are limited, and any input is safe.
 */
#ifndef HOST_DTS_H
#define HOST_DTS_H

#include <host/complaints.h>
#include <host/files.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DTS_DEPTH_MAX         32
#define DTS_INCLUDE_DEPTH_MAX 16
#define DTS_FILES_MAX         64
#define DTS_SOURCE_MAX        (4u << 20) /* bytes of all files together */
#define DTS_CHILDREN_MAX      1024       /* children of one node; also its properties */
#define DTS_NODES_MAX         32768

enum dts_item_kind {
	DTS_STRING, /* "text" */
	DTS_NUMBER, /* a cell, or a byte of [ ] */
	DTS_HANDLE, /* &label in < >: the target's phandle */
	DTS_PATH,   /* &label outside < >: the target's path as a string */
};

struct dts_item {
	struct dts_item *next;
	struct dts_place place;
	enum dts_item_kind kind;
	uint8_t bits;     /* DTS_NUMBER, DTS_HANDLE: 8, 16, 32 or 64 */
	uint64_t value;   /* DTS_NUMBER; DTS_HANDLE: the phandle */
	const char *text; /* DTS_STRING: the text; DTS_HANDLE, DTS_PATH: the word after '&' */
	size_t length;    /* of the text (a string may have NULs) */
	struct dts_node *target; /* DTS_HANDLE, DTS_PATH; NULL: unknown, after a complaint */
	bool negative; /* DTS_NUMBER: it has a minus, and no parentheses; no cell has one */
	size_t offset; /* where its first byte is in the property's bytes */
};

struct dts_property {
	struct dts_property *next;
	const char *name;
	struct dts_place place;
	struct dts_item *items;
	size_t item_count;
	const uint8_t *bytes; /* as in a flattened tree, with phandles filled in */
	size_t size;
	uint64_t block; /* the braces around it: twice in the same braces is a mistake */
};

struct dts_node {
	struct dts_node *next;
	struct dts_node *parent; /* NULL: the root */
	struct dts_node *children;
	struct dts_property *properties;
	const char *name;       /* with the unit address; "" for the root */
	const char *label;      /* the first label; NULL: none */
	struct dts_place place; /* of the name, where the node was first given */
	uint32_t phandle;       /* 0: no reference to it. The source may also give it as property
	                           `phandle`: write this number, and skip the property */
	size_t child_count, property_count;
	uint64_t block;
	bool deleted;
};

struct dts_label {
	struct dts_label *next; /* in the same bucket */
	struct dts_label *next_of_all;
	const char *name;
	struct dts_node *node;
	struct dts_place place;
};

#define DTS_LABEL_BUCKETS 256

struct dts_tree {
	struct arena *arena;
	struct dts_node *root;
	struct dts_label *labels[DTS_LABEL_BUCKETS];
	struct dts_label *all_labels;
	const struct dts_file *file; /* the description itself; NULL: it couldn't be read */
	size_t node_count;
	/* False after a mistake in the language, or if a file is missing. Then references aren't
	 * resolved, and properties have no bytes. */
	bool understood;
};

/*
 * Parses `path` and the files that it includes. Always gives a tree, of the parts that were
 * understood. Errors are in `complaints`. The tree is in `arena`.
 */
struct dts_tree *dts_parse(const char *path, const struct file_search *search, struct arena *arena,
                           struct complaints *complaints);

/* ---- looking around ---- */

struct dts_node *dts_child(const struct dts_node *node, const char *name);
struct dts_property *dts_property(const struct dts_node *node, const char *name);
/* NULL: no remaining node has the label. */
struct dts_node *dts_by_label(const struct dts_tree *tree, const char *label);
/* The label that the author most probably meant. NULL: no label is near. */
const char *dts_nearest_label(const struct dts_tree *tree, const char *word);
struct dts_node *dts_by_path(const struct dts_tree *tree, const char *path);
/* What `stdout-path` names: a path or an alias, perhaps with a format behind a colon. */
struct dts_node *dts_console(const struct dts_tree *tree);
struct dts_node *dts_by_phandle(const struct dts_tree *tree, uint32_t phandle);
/* The next node of the tree in the source's order; begin with the root. NULL: there is none. */
struct dts_node *dts_walk(const struct dts_node *node);
char *dts_path(struct arena *arena, const struct dts_node *node);
/* The node's name for messages: "&label", or its path if it has no label. */
const char *dts_call(struct arena *arena, const struct dts_node *node);
/* The length of the node's name without the unit address. */
size_t dts_base_length(const struct dts_node *node);

/* ---- reading values, as the flattened tree has them ---- */

/* The string. NULL: the property isn't there, or isn't exactly one string. */
const char *dts_string(const struct dts_node *node, const char *name);
/* Whether one of the strings of property `name` is `text`. */
bool dts_has_string(const struct dts_node *node, const char *name, const char *text);
bool dts_compatible(const struct dts_node *node, const char *compatible);
/* Whether a device's DMA goes through the caches, by its node or one above it. */
bool dts_is_coherent(const struct dts_node *node);
/* Cell number `index` of the bytes, big-endian. If there is no such cell: `otherwise`. */
uint32_t dts_cell(const struct dts_property *property, size_t index, uint32_t otherwise);
size_t dts_cell_count(const struct dts_property *property);
/* The number in `cells` (0 to 2) cells from cell `index` on. */
uint64_t dts_number(const struct dts_property *property, size_t index, uint32_t cells);
/* The only cell of a property. If the property isn't one cell: `otherwise`. */
uint32_t dts_u32(const struct dts_node *node, const char *name, uint32_t otherwise);

/* ---- addresses on the processors' bus ---- */

struct dts_range {
	uint64_t base, size;
};

/* How many entries `reg` has, in the form that the node's parent gives. 0: `reg` is missing, or
 * isn't whole entries. */
size_t dts_reg_count(const struct dts_node *node);
/* Entry number `index` of `reg`, translated by the buses' `ranges`. False: it has no address for a
 * CPU. */
bool dts_reg(const struct dts_node *node, size_t index, struct dts_range *range);

#endif
