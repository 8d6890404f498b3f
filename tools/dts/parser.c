/*
 * The parser: recursive descent over files, nodes and properties; value.c has the values. After a
 * mistake the parser goes on after the statement, so that one run finds every mistake.
 */
#include "parser.h"
#include <errno.h>
#include <string.h>

static void parser_body(struct parser *parser, struct dts_node *node);
static void parser_file(struct parser *parser, struct dts_node *node, const char *path,
                        struct dts_place place);

void parser_expected(struct parser *parser, const char *what, const char *remedy)
{
	complain(parser->complaints, source_place(parser->source), "expected %s, but found %s; %s",
	         what, source_offender(parser->source), remedy);
}

/* `missing` is the character that is probably missing. */
static void parser_no_end(struct parser *parser, const char *what, char missing)
{
	complain(parser->complaints, source_place(parser->source),
	         "expected ';' behind %s, but found %s; is a '%c' missing?", what,
	         source_offender(parser->source), missing);
}

void parser_close(struct parser *parser, const char *what)
{
	if (source_take(parser->source, ';') || parser->source->cut)
		return;
	parser_no_end(parser, what, ';');
	source_recover(parser->source);
}

/* ---- include ---- */

static void parser_include(struct parser *parser, struct dts_node *node)
{
	struct source *source = parser->source;
	struct dts_place place;
	const char *name, *path;
	size_t length;
	int error = 0;

	source_skip(source);
	place = source_place(source);
	if (source_peek(source, 0) != '"') {
		parser_expected(parser, "the name of a file",
		                "write it so: /include/ \"BOARD.dtsi\"");
		return;
	}
	name = source_string(source, &length);
	if (!name)
		return;
	source_take(source, ';');
	path = file_search_find(parser->search, parser->tree->arena, source->file->folder, name,
	                        &error);
	if (!path) {
		parser->partial = true;
		complain(parser->complaints, place,
		         "can't find '%s' to include it: %s; check its name, or give its folder "
		         "with -I or in "
		         "$KUMIKI_PATH",
		         name, strerror(error));
		return;
	}
	parser_file(parser, node, path, place);
}

/* Parses words between slashes, which may stand inside and outside nodes. False: no such word comes
 * next. */
static bool parser_directive(struct parser *parser, struct dts_node *node)
{
	struct source *source = parser->source;

	if (source_take_word(source, "/include/")) {
		parser_include(parser, node);
		return true;
	}
	if (source_take_word(source, "/delete-node/")) {
		parser_delete_node(parser, node);
		return true;
	}
	if (source_take_word(source, "/omit-if-no-ref/"))
		return true;
	if (node && source_take_word(source, "/delete-property/")) {
		parser_delete_property(parser, node);
		return true;
	}
	return false;
}

/* ---- nodes ---- */

#define PARSER_LABELS_MAX 16

struct parser_labels {
	const char *names[PARSER_LABELS_MAX];
	struct dts_place places[PARSER_LABELS_MAX];
	size_t count;
};

static void parser_labels(struct parser *parser, struct parser_labels *labels)
{
	struct source *source = parser->source;

	labels->count = 0;
	for (;;) {
		struct dts_place place;
		size_t length;

		source_skip(source);
		place = source_place(source);
		length = source_label_length(source);
		if (!length || source_peek(source, length) != ':')
			return;
		if (labels->count < PARSER_LABELS_MAX) {
			labels->names[labels->count] = source_word(source, length);
			labels->places[labels->count++] = place;
			source_advance(source, 1);
		} else {
			complain(parser->complaints, place, "more than %d labels; remove some",
			         PARSER_LABELS_MAX);
			source_advance(source, length + 1);
		}
	}
}

static void parser_set_labels(struct parser *parser, struct dts_node *node,
                              const struct parser_labels *labels)
{
	for (size_t i = 0; i < labels->count; i++)
		if (!tree_label(parser->tree, node, labels->names[i], labels->places[i]))
			complain(parser->complaints, labels->places[i],
			         "the label '%s' is given to another node already; choose another "
			         "name",
			         labels->names[i]);
}

/* Says at the end of a file which node has no '}'. The braces' count names the outermost node. The
 * indentation names the first node whose '}' is further to the left than the node; if there is one,
 * it is meant. */
static void parser_unclosed(struct parser *parser, const struct dts_node *node,
                            struct dts_place open)
{
	const struct dts_node *meant = parser->unclosed ? parser->unclosed : node;

	if (parser->source->cut)
		return;
	complain(parser->complaints, meant == node ? open : meant->place,
	         "the '{' of '%s' has no '}'; %s", meant->parent ? meant->name : "/",
	         meant == node ? "add '};' where the node ends"
	                       : "by the indentation, '};' is missing at the end of this node");
	source_cut(parser->source);
}

/* Parses the braces of a node with their contents, after the '{'. */
static void parser_braces(struct parser *parser, struct dts_node *node)
{
	const struct source_indent outer = source_indent(parser->source);
	const struct dts_place outer_nodes = parser->nodes;
	struct dts_place open = source_place(parser->source);
	struct source_indent inner;

	if (parser->depth >= DTS_DEPTH_MAX) {
		complain(parser->complaints, source_place(parser->source),
		         "nodes are nested more than %d deep; flatten the tree", DTS_DEPTH_MAX);
		source_cut(parser->source);
		return;
	}
	parser->depth++;
	parser->nodes = (struct dts_place){0};
	parser_body(parser, node);
	parser->nodes = outer_nodes;
	parser->depth--;
	inner = source_indent(parser->source);
	if (!source_take(parser->source, '}')) {
		open.column--;
		parser_unclosed(parser, node, open);
		return;
	}
	if (inner.first && source_indent_less(&inner, &outer) && !parser->unclosed)
		parser->unclosed = node;
	if (!source_take(parser->source, ';') && !parser->source->cut)
		parser_no_end(parser, "'}'", ';');
}

static void parser_child(struct parser *parser, struct dts_node *parent, const char *name,
                         struct dts_place place, const struct parser_labels *labels)
{
	struct dts_node *node = tree_open(parser->tree, parent, name, place);

	if (!node) {
		complain(parser->complaints, place,
		         "too many nodes here: '%s' and what follows "
		         "can't be read; remove some",
		         name);
		source_cut(parser->source);
		return;
	}
	if (node->block == parser->block)
		complain(parser->complaints, place,
		         "'%s' is given twice here, first in %s; rename one of them", name,
		         complaints_where(parser->complaints, place, node->place));
	node->block = parser->block;
	parser_set_labels(parser, node, labels);
	parser_braces(parser, node);
}

static bool parser_value_begins(struct source *source)
{
	source_skip(source);
	return source_peek(source, 0) == '"' || source_peek(source, 0) == '<' ||
	       source_peek(source, 0) == '[';
}

static void parser_property(struct parser *parser, struct dts_node *node, const char *name,
                            struct dts_place place)
{
	const struct dts_property *earlier = dts_property(node, name);
	struct dts_property *property;
	char *what;

	if (earlier && earlier->block == parser->block)
		complain(parser->complaints, place,
		         "'%s' is given twice here, first in %s; remove one of them", name,
		         complaints_where(parser->complaints, place, earlier->place));
	if (parser->nodes.file)
		complain(parser->complaints, place,
		         "'%s' stands behind the node of %s: a node's properties come before "
		         "the nodes in it; move this line up",
		         name, complaints_where(parser->complaints, place, parser->nodes));
	property = tree_set(parser->tree, node, name, place);
	if (!property) {
		complain(parser->complaints, place,
		         "too many properties here: '%s' can't be read; remove some", name);
		source_recover(parser->source);
		return;
	}
	property->block = parser->block;
	if (source_take(parser->source, '=') && !value_take(parser, property)) {
		source_recover(parser->source);
		return;
	}
	what = arena_format(parser->tree->arena, "'%s'", name);
	if (source_peek(parser->source, 0) == ':') {
		parser_expected(parser, arena_format(parser->tree->arena, "';' behind %s", what),
		                "a property is written 'name;' or 'name = value;'");
		source_recover(parser->source);
	} else if (parser_value_begins(parser->source)) {
		parser_no_end(parser, what, property->items ? ',' : '=');
		source_recover(parser->source);
	} else {
		parser_close(parser, what);
	}
}

/* A name without '=' and ';' is a property or a node. It is taken as a node if it has no comma, as
 * a property's name mostly has a vendor, and if another name follows in its line or further to the
 * right. True: there was a complaint of a missing '{'; the node's contents follow. */
static bool parser_brace_missing(struct parser *parser, const char *name, struct dts_place place)
{
	const struct source *source = parser->source;

	if (!source_name_length(source) || strchr(name, ',') ||
	    (source->line != place.line && source->column <= place.column))
		return false;
	complain(parser->complaints, source_place(source),
	         "expected '{' behind '%s', but found %s; is a '{' missing?", name,
	         source_offender(parser->source));
	return true;
}

/* Parses one statement of a node's body. */
static void parser_statement(struct parser *parser, struct dts_node *node)
{
	struct source *source = parser->source;
	struct parser_labels labels;
	struct dts_place place;
	const char *name;
	size_t length;

	parser_labels(parser, &labels);
	place = source_place(source);
	length = parser_name_length(source);
	if (!length) {
		parser_expected(parser, "a property or a node", "write name = value; or name { };");
		if (source->at < source->end && *source->at != ';')
			source_advance(source, 1);
		source_recover(source);
		return;
	}
	name = parser_name(parser, length);
	if (source_take(source, '{') || parser_brace_missing(parser, name, place)) {
		parser_child(parser, node, name, place, &labels);
		if (!parser->nodes.file)
			parser->nodes = place;
	} else {
		parser_property(parser, node, name, place);
	}
}

/* Parses up to the '}', which isn't taken, or to the end of the file. */
static void parser_body(struct parser *parser, struct dts_node *node)
{
	struct source *source = parser->source;
	uint64_t outer = parser->block, own = ++parser->blocks;

	while (!source_at_end(source) && source_peek(source, 0) != '}') {
		parser->block = own;
		if (!parser_directive(parser, node))
			parser_statement(parser, node);
	}
	parser->block = outer;
}

/* ---- files ---- */

static void parser_no_such_label(struct parser *parser, struct dts_place place, const char *label)
{
	const char *meant = dts_nearest_label(parser->tree, label);

	if (meant)
		complain(parser->complaints, place,
		         "no node before this line has the label '%s'; did you mean '&%s'?", label,
		         meant);
	else
		complain(parser->complaints, place,
		         "no node before this line has the label '%s'; include the board file "
		         "above it",
		         label);
}

/* Parses `&label { … };`, which stands outside all nodes. */
static void parser_overlay(struct parser *parser)
{
	struct source *source = parser->source;
	struct dts_place place = source_place(source);
	struct dts_node *node;
	const char *label;
	size_t length;

	source_advance(source, 1);
	length = source_label_length(source);
	if (!length) {
		parser_expected(parser, "a label behind '&'", "write &label { };");
		source_recover(source);
		return;
	}
	label = source_word(source, length);
	node = dts_by_label(parser->tree, label);
	if (!node) {
		if (!parser->partial)
			parser_no_such_label(parser, place, label);
		source_recover(source);
	} else if (source_take(source, '{')) {
		parser_braces(parser, node);
	} else {
		parser_expected(parser, "'{'", "write &label { };");
		source_recover(source);
	}
}

/* Complaints of missing things name the description's own root, not the root of an included file.
 */
static void parser_root_place(struct parser *parser)
{
	struct dts_place *place = &parser->tree->root->place;

	if (!place->file || (place->file != parser->main && parser->source->file == parser->main))
		*place = source_place(parser->source);
}

static void parser_root(struct parser *parser)
{
	source_advance(parser->source, 1);
	if (source_take(parser->source, '{')) {
		parser_root_place(parser);
		parser_braces(parser, parser->tree->root);
		return;
	}
	parser_expected(parser, "'{' behind '/'",
	                "only /dts-v1/; /include/ \"file\" / { } &label { } and /delete-node/ "
	                "stand outside of nodes");
	source_recover(parser->source);
}

static void parser_version(struct parser *parser)
{
	parser->version = true;
	parser_close(parser, "/dts-v1/");
}

static void parser_top_wrong(struct parser *parser)
{
	struct source *source = parser->source;

	if (source_peek(source, 0) == '}') {
		complain(parser->complaints, source_place(source),
		         "this '}' closes nothing; remove it, or look for one too many above");
		source_advance(source, 1);
		source_take(source, ';');
		return;
	}
	parser_expected(parser, "a node",
	                source_peek(source, 0) != '#' ? "nodes stand inside / { };"
	                : source_peek(source, 1) == ' '
	                    ? "a comment is written so: /* text */"
	                    : "files are included so: /include/ \"file\"");
	source_recover(source);
}

/* Parses statements outside all nodes. */
static void parser_top(struct parser *parser)
{
	struct source *source = parser->source;

	while (!source_at_end(source)) {
		const char *before = source->at;

		if (source_take_word(source, "/dts-v1/"))
			parser_version(parser);
		else if (parser_directive(parser, NULL))
			continue;
		else if (source_peek(source, 0) == '/')
			parser_root(parser);
		else if (source_peek(source, 0) == '&')
			parser_overlay(parser);
		else
			parser_top_wrong(parser);
		if (source->at == before)
			source_advance(source, 1);
	}
}

static struct dts_file *parser_open_file(struct parser *parser, const char *path)
{
	struct dts_file *file = arena_alloc(parser->tree->arena, sizeof(*file));
	const char *slash = strrchr(path, '/');

	file->name = path;
	file->folder =
	    slash ? arena_copy(parser->tree->arena, path, (size_t)(slash - path) + 1) : "";
	file->order = parser->file_count++;
	return file;
}

/* Why no further file can be read. NULL: it can. */
static const char *parser_limit(const struct parser *parser)
{
	if (parser->include_depth >= DTS_INCLUDE_DEPTH_MAX)
		return "files include one another too deeply (does it include itself?)";
	if (parser->file_count >= DTS_FILES_MAX)
		return "too many files are included";
	return NULL;
}

static bool parser_read(struct parser *parser, const char *path, struct dts_place place,
                        struct source *source)
{
	const struct file_access *access = parser->search->access;
	char *data = NULL;
	size_t size = 0;
	int error = access->read(access->context, parser->tree->arena, path,
	                         DTS_SOURCE_MAX - parser->bytes, &data, &size);

	if (error) {
		complain(parser->complaints, place, "can't read '%s': %s; %s", path,
		         error == EFBIG ? "the description is larger than 4 MiB" : strerror(error),
		         error == EFBIG ? "is this the right file?"
		                        : "check its name and its permissions");
		return false;
	}
	if (size >= 2 && (!memcmp(data, "\xff\xfe", 2) || !memcmp(data, "\xfe\xff", 2))) {
		complain(parser->complaints, place,
		         "'%s' is in UTF-16; save it as UTF-8, or: iconv -f UTF-16 -t UTF-8", path);
		return false;
	}
	if (size && memchr(data, 0, size)) {
		complain(parser->complaints, place,
		         "'%s' isn't text, as a description or a manifest is; 'kumiki show' and "
		         "'kumiki rtos show' show a packed image",
		         path);
		return false;
	}
	parser->bytes += size;
	*source = (struct source){.arena = parser->tree->arena,
	                          .complaints = parser->complaints,
	                          .begin = data,
	                          .at = data,
	                          .end = data + size,
	                          .line = 1,
	                          .column = 1};
	return true;
}

/* Some editors write a byte order mark. It is invisible, so a usual complaint of a wrong character
 * wouldn't help. */
static void parser_byte_order_mark(struct parser *parser)
{
	if (source_take_word(parser->source, "\xef\xbb\xbf"))
		complain(parser->complaints, (struct dts_place){parser->source->file, 1, 1},
		         "the file begins with a byte order mark; save it as UTF-8 without one");
}

/* Reads a file as if its text were here: inside `node`, or outside all nodes (NULL). */
static void parser_file(struct parser *parser, struct dts_node *node, const char *path,
                        struct dts_place place)
{
	struct source source, *outer = parser->source;
	const struct dts_node *unclosed = parser->unclosed;
	const char *limit = parser_limit(parser);
	struct dts_file *file;

	if (limit) {
		complain(parser->complaints, place, "'%s' isn't included: %s", path, limit);
		return;
	}
	if (!parser_read(parser, path, place, &source))
		return;
	file = parser_open_file(parser, path);
	if (!parser->main)
		parser->main = file;
	source.file = file;
	parser->source = &source;
	parser->unclosed = NULL;
	parser->include_depth++;
	parser_byte_order_mark(parser);
	complain_encoding(parser->complaints, file, source.at, (size_t)(source.end - source.at));
	if (node) {
		uint64_t block = parser->block;

		parser_body(parser, node);
		parser->block = block;
		if (!source_at_end(&source))
			parser_expected(parser, "the end of the file", "is a '{' missing?");
	} else {
		parser_top(parser);
	}
	parser->include_depth--;
	parser->unclosed = unclosed;
	parser->source = outer;
}

struct dts_tree *dts_parse(const char *path, const struct file_search *search, struct arena *arena,
                           struct complaints *complaints)
{
	struct parser parser = {
	    .tree = tree_make(arena), .complaints = complaints, .search = search};

	parser_file(&parser, NULL, path, (struct dts_place){0});
	parser.tree->file = parser.main;
	if (parser.main && !parser.version)
		complain(complaints, (struct dts_place){parser.main, 1, 1},
		         "the file doesn't say which language it is in; begin it with '/dts-v1/;'");
	if (parser.main && !parser.tree->root->place.file)
		parser.tree->root->place = (struct dts_place){parser.main, 1, 1};
	/* If a part of the source wasn't understood, complaints of missing things would be wrong.
	 */
	parser.tree->understood = !complaints->errors;
	if (parser.tree->understood)
		tree_resolve(parser.tree, complaints);
	return parser.tree;
}
