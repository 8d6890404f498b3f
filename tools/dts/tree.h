/*
 * Builds the tree while the source is parsed. Only the parser uses this; readers have host/dts.h.
 */
#ifndef DTS_TREE_H
#define DTS_TREE_H

#include <host/dts.h>

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
