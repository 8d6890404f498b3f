/*
 * A device-tree source as a tree in which every word keeps its place. Made by dts_parse() (the DTS
 * v1 language of dtc without /plugin/, /incbin/ and /memreserve/), read by the model and by the
 * makers of guests' trees. Bounded in depth and size, and safe for any input.
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
#define DTS_CHILDREN_MAX      1024       /* of one node; properties likewise */
#define DTS_NODES_MAX         32768

enum dts_item_kind {
	DTS_STRING, /* "text" */
	DTS_NUMBER, /* a cell, or a byte of [ ] */
	DTS_HANDLE, /* &label in < >: the target's phandle */
	DTS_PATH,   /* &label outside of < >: the target's path as a string */
};

struct dts_item {
	struct dts_item *next;
	struct dts_place place;
	enum dts_item_kind kind;
	uint8_t bits;            /* DTS_NUMBER, DTS_HANDLE: 8, 16, 32 or 64 */
	uint64_t value;          /* DTS_NUMBER; DTS_HANDLE: the phandle */
	const char *text;        /* DTS_STRING; DTS_HANDLE, DTS_PATH: the word behind '&' */
	size_t length;           /* of text (a string may hold NULs) */
	struct dts_node *target; /* DTS_HANDLE, DTS_PATH; NULL: unknown, after a complaint */
	bool negative; /* DTS_NUMBER: with a minus and no parentheses, which no cell has */
	size_t offset; /* of its first byte in the property's bytes */
};

struct dts_property {
	struct dts_property *next;
	const char *name;
	struct dts_place place;
	struct dts_item *items;
	size_t item_count;
	const uint8_t *bytes; /* as in a flattened tree, phandles filled in */
	size_t size;
	uint64_t block; /* its pair of braces: given twice there is a mistake */
};

struct dts_node {
	struct dts_node *next;
	struct dts_node *parent; /* NULL: the root */
	struct dts_node *children;
	struct dts_property *properties;
	const char *name;       /* with its unit address; "" for the root */
	const char *label;      /* its first label, NULL: none */
	struct dts_place place; /* of its name, where it was first given */
	uint32_t phandle;       /* 0: no reference to it. The source may also give it as property
	                           `phandle`: write this number, and skip the property */
	size_t child_count, property_count;
	uint64_t block;
	bool deleted;
};

struct dts_label {
	struct dts_label *next; /* of the same bucket */
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
	const struct dts_file *file; /* the description itself; NULL: could not be read */
	size_t node_count;
	/* False after a mistake in the language or a missing file: references aren't resolved and
	 * properties have no bytes. */
	bool understood;
};

/*
 * Parses `path` and its included files. Always gives a tree (of the parts that it understood);
 * errors are in `complaints`. Lives in `arena`.
 */
struct dts_tree *dts_parse(const char *path, const struct file_search *search, struct arena *arena,
                           struct complaints *complaints);

/* ---- looking around ---- */

struct dts_node *dts_child(const struct dts_node *node, const char *name);
struct dts_property *dts_property(const struct dts_node *node, const char *name);
/* NULL if no remaining node has the label. */
struct dts_node *dts_by_label(const struct dts_tree *tree, const char *label);
/* The label that the author most probably meant; NULL: none is near. */
const char *dts_nearest_label(const struct dts_tree *tree, const char *word);
struct dts_node *dts_by_path(const struct dts_tree *tree, const char *path);
struct dts_node *dts_by_phandle(const struct dts_tree *tree, uint32_t phandle);
/* The next node of the tree in source order, or NULL; begin with the root. */
struct dts_node *dts_walk(const struct dts_node *node);
char *dts_path(struct arena *arena, const struct dts_node *node);
/* Its name in messages: "&label", or the path if it has no label. */
const char *dts_call(struct arena *arena, const struct dts_node *node);
/* The length of its name without the unit address. */
size_t dts_base_length(const struct dts_node *node);

/* ---- reading values, as the flattened tree has them ---- */

/* The string, or NULL if the property isn't there or isn't exactly one string. */
const char *dts_string(const struct dts_node *node, const char *name);
/* True if one of the strings of `name` is `text`. */
bool dts_has_string(const struct dts_node *node, const char *name, const char *text);
bool dts_compatible(const struct dts_node *node, const char *compatible);
/* Cell `index` of the bytes, big-endian; `otherwise` if it isn't there. */
uint32_t dts_cell(const struct dts_property *property, size_t index, uint32_t otherwise);
size_t dts_cell_count(const struct dts_property *property);
/* A number of `cells` (0 to 2) cells from `index` on. */
uint64_t dts_number(const struct dts_property *property, size_t index, uint32_t cells);
/* The single cell of a property, or `otherwise`. */
uint32_t dts_u32(const struct dts_node *node, const char *name, uint32_t otherwise);

/* ---- addresses on the processors' bus ---- */

struct dts_range {
	uint64_t base, size;
};

/* Number of entries of `reg` in the form that its parent gives; 0 if `reg` is missing or odd. */
size_t dts_reg_count(const struct dts_node *node);
/* Entry `index` of reg, translated by the buses' `ranges`. False: it has no address for a CPU. */
bool dts_reg(const struct dts_node *node, size_t index, struct dts_range *range);

#endif
