/* What a guest's device tree is expected to say, for the tests that look into one. */
#ifndef UNIT_TOOLS_TREE_EXPECT_H
#define UNIT_TOOLS_TREE_EXPECT_H

#include <host/guest_tree.h>

/* The property's bytes; NULL: it isn't there. */
const void *tree_value(const struct guest_tree *tree, const char *path, const char *name,
                       int *size);
void tree_expect_cells(const struct guest_tree *tree, const char *path, const char *name,
                       const uint32_t *cells, size_t count);
void tree_expect_bytes(const struct guest_tree *tree, const char *path, const char *name,
                       const char *text, size_t size);

/* Of the tree that a test calls `tree`. */
#define EXPECT_CELLS(path, name, ...)                                                              \
	tree_expect_cells(&tree, path, name, (const uint32_t[]){__VA_ARGS__},                      \
	                  sizeof((const uint32_t[]){__VA_ARGS__}) / 4)
/* Strings one behind the other: "a\0b". */
#define EXPECT_TEXTS(path, name, text) tree_expect_bytes(&tree, path, name, text, sizeof(text))

#endif
