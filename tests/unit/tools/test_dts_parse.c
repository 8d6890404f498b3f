/*
 * The parser of device-tree sources: values, places, merging, and what it says of mistakes. Files
 * are in memory.
 */
#include <errno.h>
#include <host/dts.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

struct memory_file {
	const char *path, *text;
};

struct parse {
	struct arena arena;
	struct complaints complaints;
	struct dts_tree *tree;
	const struct memory_file *files; /* closed by one without a path */
	char *said;
};

static const struct memory_file *parse_find(const struct parse *parse, const char *path)
{
	for (const struct memory_file *file = parse->files; file->path; file++)
		if (!strcmp(file->path, path))
			return file;
	return NULL;
}

static int parse_read(void *context, struct arena *arena, const char *path, size_t limit,
                      char **data, size_t *size)
{
	const struct memory_file *file = parse_find(context, path);

	if (!file)
		return ENOENT;
	*size = strlen(file->text);
	if (*size > limit)
		return EFBIG;
	*data = arena_copy(arena, file->text, *size);
	return 0;
}

static int parse_peek(void *context, const char *path, void *head, size_t head_size, uint64_t *size)
{
	const struct memory_file *file = parse_find(context, path);

	memset(head, 0, head_size);
	if (!file)
		return ENOENT;
	*size = strlen(file->text);
	return 0;
}

/* Parses files[0]; what was said of it is in parse->said. */
static void parse_files(struct parse *parse, const struct memory_file *files)
{
	struct file_access access = {parse, parse_read, parse_peek};
	static const char *const dirs[] = {"dir"};
	struct file_search search;
	size_t size = 0;
	FILE *out;

	*parse = (struct parse){.files = files};
	parse->complaints.arena = &parse->arena;
	search = file_search_make(&parse->arena, &access, dirs, 1);
	parse->tree = dts_parse(files[0].path, &search, &parse->arena, &parse->complaints);
	out = open_memstream(&parse->said, &size);
	complaints_print(&parse->complaints, out);
	assert_int_equal(fclose(out), 0);
}

static void parse_text(struct parse *parse, const char *text)
{
	struct memory_file *files = calloc(2, sizeof(*files));

	files[0] = (struct memory_file){"t.dts", text};
	parse_files(parse, files);
	free(files);
	parse->files = NULL;
}

static void parse_end(struct parse *parse)
{
	free(parse->said);
	arena_free(&parse->arena);
}

static void expect_bytes(const struct parse *parse, const char *name, const void *bytes,
                         size_t size)
{
	const struct dts_property *p = dts_property(parse->tree->root, name);

	assert_non_null(p);
	assert_int_equal(p->size, size);
	assert_memory_equal(p->bytes, bytes, size);
}

TEST(test_values)
{
	struct parse p = {0};

	parse_text(&p, "/dts-v1/;\n/ { flag; text = \"a\\tb\\x41\\102\\\"\", \"c\"; cells = <1 0x2 "
	               "010 'a' '\\n'>, <0xffffffff>;\n"
	               " wide = /bits/ 64 <0x123456789>; narrow = /bits/ 8 <1 2>, /bits/ 16 <3>;\n"
	               " bytes = [00 1f2E]; mixed = \"x\", <1>, [02]; };\n");
	assert_string_equal(p.said, "");
	expect_bytes(&p, "flag", "", 0);
	expect_bytes(&p, "text", "a\tbAB\"\0c", 9);
	expect_bytes(&p, "cells", "\0\0\0\1\0\0\0\2\0\0\0\10\0\0\0a\0\0\0\n\377\377\377\377", 24);
	expect_bytes(&p, "wide", "\0\0\0\1\x23\x45\x67\x89", 8);
	expect_bytes(&p, "narrow", "\1\2\0\3", 4);
	expect_bytes(&p, "bytes", "\x00\x1f\x2e", 3);
	expect_bytes(&p, "mixed", "x\0\0\0\0\1\2", 7);
	parse_end(&p);
}

static uint32_t expression(const char *text)
{
	struct parse p = {0};
	char source[256];
	uint32_t value;

	(void)snprintf(source, sizeof(source), "/dts-v1/;\n/ { x = <%s>; };\n", text);
	parse_text(&p, source);
	assert_string_equal(p.said, "");
	value = dts_u32(p.tree->root, "x", 0xdeadbeef);
	parse_end(&p);
	return value;
}

TEST(test_expressions)
{
	assert_int_equal(expression("(1 + 2 * 3)"), 7);
	assert_int_equal(expression("((1 + 2) * 3)"), 9);
	assert_int_equal(expression("(10 - 4 - 3)"), 3);
	assert_int_equal(expression("(1 << 4 | 1)"), 17);
	assert_int_equal(expression("(0x40 >> 2 & 0x18)"), 16);
	assert_int_equal(expression("(~0xf & 0xff)"), 0xf0);
	assert_int_equal(expression("(-1)"), 0xffffffff);
	assert_int_equal(expression("(!0 + !5)"), 1);
	assert_int_equal(expression("(17 % 5 / 2)"), 1);
	assert_int_equal(expression("(1 < 2 ? 3 : 4)"), 3);
	assert_int_equal(expression("(0 ? 1 : 0 ? 2 : 3)"), 3);
	assert_int_equal(expression("(2 == 2 && 3 != 3 || 4 >= 4)"), 1);
	assert_int_equal(expression("(6 ^ 3)"), 5);
	assert_int_equal(expression("(1 << 64)"), 0);
	assert_int_equal(expression("(0xFFUL + 1u)"), 256);
}

TEST(test_references)
{
	struct parse p = {0};
	const struct dts_node *a, *b;

	parse_text(&p, "/dts-v1/;\n/ { x = <&b 7 &{/a}>; y = &b; one: two: a { }; };\n"
	               "/ { a { b: b@1 { phandle = <5>; }; }; };\n");
	assert_string_equal(p.said, "");
	a = dts_by_label(p.tree, "two");
	b = dts_by_label(p.tree, "b");
	assert_non_null(a);
	assert_ptr_equal(a, dts_by_label(p.tree, "one"));
	assert_ptr_equal(b->parent, a);
	assert_string_equal(a->label, "one");
	assert_int_equal(b->phandle, 5);
	assert_int_equal(a->phandle, 6); /* above all that are given */
	expect_bytes(&p, "x", "\0\0\0\5\0\0\0\7\0\0\0\6", 12);
	expect_bytes(&p, "y", "/a/b@1", 7);
	assert_ptr_equal(dts_by_phandle(p.tree, 5), b);
	assert_ptr_equal(dts_by_path(p.tree, "/a/b@1"), b);
	assert_string_equal(dts_path(&p.arena, b), "/a/b@1");
	parse_end(&p);
}

TEST(test_places)
{
	struct parse p = {0};
	const struct dts_property *x;

	parse_text(&p, "/dts-v1/;\n/* two\n lines */ / {\n\tx = <1\n\t\t22>, \"s\";\n};\n");
	x = dts_property(p.tree->root, "x");
	assert_true(x->place.line == 4 && x->place.column == 2);
	assert_true(x->items->place.line == 4 && x->items->place.column == 7);
	assert_true(x->items->next->place.line == 5 && x->items->next->place.column == 3);
	assert_true(x->items->next->next->place.column == 8);
	assert_string_equal(x->place.file->name, "t.dts");
	parse_end(&p);
}

TEST(test_merging)
{
	struct parse p = {0};

	parse_text(&p, "/dts-v1/;\n/ { a: a { x = <1>; y; z; }; b { }; c: c { }; };\n"
	               "/ { a { x = <2>; /delete-property/ y; }; /delete-node/ b; };\n"
	               "&a { w; };\n/delete-node/ &c;\n");
	assert_string_equal(p.said, "");
	assert_null(dts_child(p.tree->root, "b"));
	assert_null(dts_by_label(p.tree, "c"));
	assert_int_equal(dts_u32(dts_child(p.tree->root, "a"), "x", 0), 2);
	assert_null(dts_property(dts_by_label(p.tree, "a"), "y"));
	assert_non_null(dts_property(dts_by_label(p.tree, "a"), "z"));
	assert_non_null(dts_property(dts_by_label(p.tree, "a"), "w"));
	parse_end(&p);
}

TEST(test_includes)
{
	static const struct memory_file files[] = {
	    {"x/t.dts",
	     "/dts-v1/;\n/include/ \"own.dtsi\"\n/ { n {\n/include/ \"body.dtsi\"\n}; };\n"},
	    {"x/own.dtsi", "/dts-v1/;\n/ { own; };\n"},
	    {"dir/body.dtsi", "inside = <3>; oops = <&nowhere>;\n"},
	    {NULL, NULL},
	};
	struct parse p = {0};

	parse_files(&p, files);
	assert_non_null(dts_property(p.tree->root, "own"));
	assert_int_equal(dts_u32(dts_child(p.tree->root, "n"), "inside", 0), 3);
	assert_string_equal(p.said, "dir/body.dtsi:1:23: error: no node has the label 'nowhere'; "
	                            "include the board file, which has the labels of its "
	                            "devices\n");
	parse_end(&p);
}

TEST(test_mistakes_come_in_order)
{
	struct parse p = {0};

	parse_text(&p,
	           "/dts-v1/;\n/ {\n\ta = <1 2;\n\tb = <3>;\n\te = ,;\n\tc { d = [0]; };\n};\n");
	assert_string_equal(
	    p.said,
	    "t.dts:3:10: error: expected a number or '>', but found ';'; is a '>' missing?\n"
	    "t.dts:5:6: error: expected a value, but found ','; write \"text\", "
	    "<numbers or &labels> or [bytes]\n"
	    "t.dts:6:11: error: expected two hexadecimal digits or ']', but found "
	    "'0'; bytes look so: [00 1f ff]\n");
	assert_false(p.tree->understood);
	/* What stood between them was read. */
	assert_non_null(dts_property(p.tree->root, "b"));
	parse_end(&p);
}

TEST(test_terminal_is_safe)
{
	struct parse p = {0};

	parse_text(&p, "/dts-v1/;\n/ { \033[2J; };\n");
	assert_null(strchr(p.said, '\033'));
	assert_non_null(strstr(p.said, "'\\x1b'"));
	parse_end(&p);
}

/* What a packed image begins with. */
static int parse_read_packed(void *context, struct arena *arena, const char *path, size_t limit,
                             char **data, size_t *size)
{
	(void)context;
	(void)path;
	(void)limit;
	*size = 9;
	*data = arena_copy(arena, "MZ / {};\0", *size);
	return 0;
}

TEST(test_packed_image)
{
	struct file_access access = {NULL, parse_read_packed, parse_peek};
	struct parse p = {0};
	struct file_search search = file_search_make(&p.arena, &access, NULL, 0);

	p.complaints.arena = &p.arena;
	p.tree = dts_parse("system.img", &search, &p.arena, &p.complaints);
	assert_int_equal(p.complaints.errors, 1);
	assert_false(p.tree->understood);
	parse_end(&p);
}

TEST(test_too_many_mistakes)
{
	struct parse p = {0};
	size_t length = 0;
	char *text = calloc(1, 64 + 1000 * 16);

	length += (size_t)sprintf(text, "/dts-v1/;\n/ { a = <");
	for (int i = 0; i < 1000; i++)
		length += (size_t)sprintf(text + length, "&label%d ", i);
	(void)sprintf(text + length, ">; };\n");
	parse_text(&p, text);
	assert_int_equal(p.complaints.errors, 1000);
	assert_non_null(strstr(p.said, "error: 800 more mistakes aren't shown"));
	parse_end(&p);
	free(text);
}

static void expect_found(const char *name, const char *found)
{
	char text[64], said[192];
	struct parse p = {0};

	snprintf(text, sizeof(text), "/dts-v1/;\n%s", name);
	snprintf(said, sizeof(said),
	         "t.dts:2:1: error: expected a node, but found %s; nodes stand inside / { };\n",
	         found);
	parse_text(&p, text);
	assert_non_null(strstr(p.said, said));
	parse_end(&p);
}

/* A character of several bytes is shown whole, and what is none as a number. */
TEST(test_characters_are_whole)
{
	expect_found("\u00fcbung { }; };\n", "'\u00fc'");
	expect_found("\u20ac { }; };\n", "'\u20ac'");
	expect_found("\U0001f600 { }; };\n", "'\U0001f600'");
	expect_found("\xfc"
	             "bung { }; };\n",
	             "the byte 0xfc, which is no UTF-8");
	expect_found("\xc3(", "the byte 0xc3, which is no UTF-8");
	expect_found("\xe2\x82", "the byte 0xe2, which is no UTF-8");
	expect_found("\x80", "the byte 0x80, which is no UTF-8");
}

static void expect_said(const struct memory_file *files, const char *said)
{
	struct parse p = {0};

	parse_files(&p, files);
	assert_string_equal(p.said, said);
	parse_end(&p);
}

TEST(test_node_of_another_file_comes_before_properties)
{
	const struct memory_file files[] = {
	    {"t.dts", "/dts-v1/;\n/ {\n/include/ \"node\"\n\tlate;\n};\n"},
	    {"node", "early;\na { };\n"},
	    {0}};

	expect_said(files, "t.dts:4:2: error: 'late' stands behind the node of node:2: a node's "
	                   "properties come before the nodes in it; move this line up\n");
}

/* Latin-1 is told once for a file. */
TEST(test_encodings)
{
	const struct memory_file latin[] = {{"t.dts", "/dts-v1/;\n/* K\xe4se, M\xfcll */ / { };\n"},
	                                    {0}};
	const struct memory_file utf16[] = {{"t.dts", "\xff\xfe/"}, {0}};

	expect_said(latin,
	            "t.dts:2:5: warning: the byte 0xe4 is no UTF-8; save the file as UTF-8, or: "
	            "iconv -f ISO-8859-1 -t UTF-8\n");
	expect_said(utf16,
	            "kumiki: error: 't.dts' is in UTF-16; save it as UTF-8, or: iconv -f UTF-16 -t "
	            "UTF-8\n");
}

TEST(test_byte_order_mark)
{
	const struct memory_file files[] = {{"t.dts", "/dts-v1/;\n/include/ \"dir/marked\"\n"},
	                                    {"dir/marked", "\ufeff/ { };\n"},
	                                    {0}};
	struct parse p = {0};

	parse_files(&p, files);
	assert_string_equal(p.said, "dir/marked:1:1: error: the file begins with a byte order "
	                            "mark; save it as UTF-8 without one\n");
	parse_end(&p);
}

TEST(test_registers)
{
	struct parse p = {0};
	struct dts_range range;

	parse_text(
	    &p, "/dts-v1/;\n/ { #address-cells = <2>; #size-cells = <1>;\n"
	        "bus { #address-cells = <1>; #size-cells = <1>; ranges = <0x100 1 0x5000 0x80>;\n"
	        "  in: a { reg = <0x110 0x10>, <0x180 1>; }; };\n"
	        "nobus { #address-cells = <1>; #size-cells = <0>; i2c: b { reg = <0x50>; }; };\n"
	        "same { #address-cells = <2>; #size-cells = <1>; ranges; c: c { reg = <1 2 3>; "
	        "odd; }; };\n odd: odd { reg = <1 2>; }; };\n");
	assert_string_equal(p.said, "");
	assert_int_equal(dts_reg_count(dts_by_label(p.tree, "in")), 2);
	assert_true(dts_reg(dts_by_label(p.tree, "in"), 0, &range));
	assert_true(range.base == 0x100005010 && range.size == 0x10);
	assert_false(dts_reg(dts_by_label(p.tree, "in"), 1, &range)); /* outside of ranges */
	assert_false(dts_reg(dts_by_label(p.tree, "in"), 2, &range));
	assert_false(dts_reg(dts_by_label(p.tree, "i2c"), 0, &range));
	assert_true(dts_reg(dts_by_label(p.tree, "c"), 0, &range));
	assert_true(range.base == 0x100000002 && range.size == 3);
	assert_int_equal(dts_reg_count(dts_by_label(p.tree, "odd")), 0);
	parse_end(&p);
}
