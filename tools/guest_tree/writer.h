/*
 * Writes a flattened tree from front to back, by libfdt. The first error is kept, and after it all
 * functions do nothing. So code that describes a tree needs no paths for errors; writer_finish()
 * tells the error.
 */
#ifndef GUEST_TREE_WRITER_H
#define GUEST_TREE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct writer {
	void *blob;
	size_t space;
	int error;                          /* libfdt's */
	uint32_t address_cells, size_cells; /* the root's */
};

void writer_begin(struct writer *writer, void *blob, size_t space);
/* Ends the tree, and returns its size; 0: there was an error. */
size_t writer_finish(struct writer *writer);

void writer_node(struct writer *writer, const char *name);
/* Begins a node that is named after its address. This address has to be the first in its `reg`. */
void writer_node_at(struct writer *writer, const char *name, uint64_t address);
void writer_node_end(struct writer *writer);

void writer_bytes(struct writer *writer, const char *name, const void *bytes, size_t size);
void writer_flag(struct writer *writer, const char *name);
void writer_text(struct writer *writer, const char *name, const char *text);
/* Writes several strings, each with its NUL: pass a literal like "a\0b". */
#define WRITER_TEXTS(writer, name, literal) writer_bytes(writer, name, literal, sizeof(literal))
void writer_u32(struct writer *writer, const char *name, uint32_t value);
void writer_u64(struct writer *writer, const char *name, uint64_t value);
void writer_cells(struct writer *writer, const char *name, const uint32_t *cells, size_t count);

/* Writes `reg` of a node at the root: pairs of address and size. */
void writer_reg(struct writer *writer, const uint64_t (*pairs)[2], size_t count);

#endif
