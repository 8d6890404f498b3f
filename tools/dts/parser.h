/* Only the parser uses this: parser.c (nodes), value.c (values) and the files beside them. */
#ifndef DTS_PARSER_H
#define DTS_PARSER_H

#include "source.h"
#include <host/dts.h>

struct parser {
	struct dts_tree *tree;
	struct complaints *complaints;
	const struct file_search *search;
	struct source *source; /* the file that is being read */
	const struct dts_file *main;
	unsigned file_count, include_depth, depth;
	size_t bytes;                    /* of all files that were read */
	uint64_t block;                  /* the pair of braces that is being read */
	uint64_t blocks;                 /* how many pairs there have been */
	bool version;                    /* /dts-v1/; has come */
	bool partial;                    /* an included file wasn't found, and its labels lack */
	const struct dts_node *unclosed; /* the node that probably lacks its '}'; NULL: none */
	struct dts_place nodes; /* of the first node in the braces that are being read; no file:
	                           none */
};

/* Complains with "expected …, but found 'word'; remedy" at the present place. */
void parser_expected(struct parser *parser, const char *what, const char *remedy);
/* Takes the semicolon after a statement. If there is none, complains and skips the statement. */
void parser_close(struct parser *parser, const char *what);
/* The bytes of the name that comes next. Of characters beyond ASCII parser_name() complains. */
size_t parser_name_length(const struct source *source);
/* Takes the name of a node or property; `length` bytes of it come next. If the name has a blank,
 * complains, and reads it as if it had none. */
const char *parser_name(struct parser *parser, size_t length);
/* These parse what comes after /delete-property/ and /delete-node/. `node` is the node around the
 * statement, or NULL. */
void parser_delete_property(struct parser *parser, struct dts_node *node);
void parser_delete_node(struct parser *parser, struct dts_node *node);
/* Takes a value after '='. False: there was a complaint. */
bool value_take(struct parser *parser, struct dts_property *property);

/* ---- expression ---- */

/* The value of a C expression in parentheses inside < >, as dtc computes it: 64 bits, unsigned. */

/* Takes "( expression )". *negative: the value was below 0 on the way, and is so at the end. Bits
 * that '~' set don't count as a sign. False: there was a mistake, and a complaint. */
bool expression_take(struct source *source, uint64_t *value, bool *negative);

/* ---- tree ---- */

/* Builds the tree while the source is parsed. Only the parser uses this; readers have host/dts.h.
 */

struct dts_tree *tree_make(struct arena *arena);
/* The child with this name. It is made if there is none. NULL: there are too many. */
struct dts_node *tree_open(struct dts_tree *tree, struct dts_node *parent, const char *name,
                           struct dts_place place);
/* The property with this name, and without its value. It is made if there is none. NULL: there are
 * too many. */
struct dts_property *tree_set(struct dts_tree *tree, struct dts_node *node, const char *name,
                              struct dts_place place);
/* Gives a node a label; the node may have the same one already. False: another node has this label.
 */
bool tree_label(struct dts_tree *tree, struct dts_node *node, const char *name,
                struct dts_place place);
bool tree_delete_property(struct dts_node *node, const char *name);
void tree_delete_node(struct dts_node *node);
/* Finds what references mean, gives phandles, and fills in every property's bytes. */
void tree_resolve(struct dts_tree *tree, struct complaints *complaints);

#endif
