/*
 * The statements that delete nodes and properties. The parser calls this file.
 */
#include "parser.h"

void parser_delete_property(struct parser *parser, struct dts_node *node)
{
	struct source *source = parser->source;
	struct dts_place place;
	const char *name;
	size_t length;

	source_skip(source);
	place = source_place(source);
	length = source_name_length(source);
	if (!length) {
		parser_expected(parser, "the name of a property",
		                "write it so: /delete-property/ name;");
		source_recover(source);
		return;
	}
	name = source_word(source, length);
	if (!tree_delete_property(node, name))
		complain(parser->complaints, place,
		         "can't delete '%s': the node has no such property; remove this line",
		         name);
	parser_close(parser, "/delete-property/");
}

/* The node that "name" (a child of `node`) or "&label" means. NULL: there is none, and there was a
 * complaint. */
static struct dts_node *parser_doomed(struct parser *parser, const struct dts_node *node)
{
	struct source *source = parser->source;
	struct dts_node *doomed = NULL;
	struct dts_place place;
	const char *name;
	size_t length;
	bool label;

	source_skip(source);
	place = source_place(source);
	label = source_take(source, '&');
	length = label ? source_label_length(source) : source_name_length(source);
	if (!length) {
		parser_expected(parser, "a node",
		                "write it so: /delete-node/ name; or /delete-node/ &label;");
		return NULL;
	}
	name = source_word(source, length);
	if (label)
		doomed = dts_by_label(parser->tree, name);
	else if (node)
		doomed = dts_child(node, name);
	if (!doomed)
		complain(parser->complaints, place,
		         "can't delete '%s%s': no such node stands before this line; remove it",
		         label ? "&" : "", name);
	return doomed;
}

void parser_delete_node(struct parser *parser, struct dts_node *node)
{
	struct dts_place place = source_place(parser->source);
	struct dts_node *doomed = parser_doomed(parser, node);

	for (const struct dts_node *n = node; doomed && n; n = n->parent) {
		if (n == doomed) {
			complain(parser->complaints, place,
			         "a node can't delete itself or a node around it; move this line "
			         "out");
			doomed = NULL;
		}
	}
	if (doomed && doomed->parent)
		tree_delete_node(doomed);
	parser_close(parser, "/delete-node/");
}
