/* The parser's own: shared by parser.c (nodes) and value.c (values). */
#ifndef DTS_PARSER_H
#define DTS_PARSER_H

#include "source.h"
#include "tree.h"

struct parser {
	struct dts_tree *tree;
	struct complaints *complaints;
	const struct file_search *search;
	struct source *source; /* the file being read now */
	const struct dts_file *main;
	unsigned file_count, include_depth, depth;
	size_t bytes;                    /* of all files so far */
	uint64_t block;                  /* the pair of braces that is being read */
	uint64_t blocks;                 /* how many pairs there have been */
	bool version;                    /* /dts-v1/; was there */
	const struct dts_node *unclosed; /* probably lacks its '}'; NULL: none */
	unsigned nodes; /* of the braces that are being read: the line of the first node in them; 0:
	                   none */
};

/* "expected …, but found 'word'; remedy" at the current place. */
void parser_expected(struct parser *parser, const char *what, const char *remedy);
/* A statement's closing semicolon, or the statement is skipped after a complaint. */
void parser_close(struct parser *parser, const char *what);
/* Takes the name of a node or property, of which so many characters stand here. A name with a blank
 * is read as if it had none, after a complaint. */
const char *parser_name(struct parser *parser, size_t length);
/* What stands behind /delete-property/ and /delete-node/. `node`: around the statement, or NULL. */
void parser_delete_property(struct parser *parser, struct dts_node *node);
void parser_delete_node(struct parser *parser, struct dts_node *node);
/* Takes a value behind '='. False after a complaint. */
bool value_take(struct parser *parser, struct dts_property *property);

#endif
