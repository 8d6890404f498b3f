/*
 * `kumiki board`: makes a board file from a machine's own flattened tree. It adds a label to every
 * node, so that a description can name devices. It leaves out values that change from one start to
 * the next (seeds, arguments), so that the same machine always gives the same bytes.
 */
#include <errno.h>
#include <getopt.h>
#include <host/arena.h>
#include <host/board.h>
#include <host/commands.h>
#include <host/files.h>
#include <host/output.h>
#include <inttypes.h>
#include <libfdt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOARD_TREE_MAX  (2u << 20)
#define BOARD_NODES_MAX 4096
#define BOARD_DEPTH_MAX 32

struct board_node {
	int offset;
	int parent; /* an index; -1: the node is the root */
	const char *name;
	size_t base_length; /* characters of the name before the unit address */
	uint64_t address;   /* the unit address */
	uint32_t phandle;
	const char *label; /* NULL: the root has none */
	bool labelled;
};

struct board {
	struct arena arena;
	const char *blob;
	struct board_node nodes[BOARD_NODES_MAX];
	size_t count;
	const char *name, *machine, *cpu;    /* options; NULL: the option wasn't given */
	const char *cpus, *instruction_time; /* in digits */
	const char *core_power;              /* in digits and blanks */
	const char *memory;                  /* pairs of base and size; NULL: the tree's own */
	FILE *out;
};

/* ---- reading ---- */

static void board_add_node(struct board *board, int offset, int parent)
{
	struct board_node *node = &board->nodes[board->count++];
	const char *name = fdt_get_name(board->blob, offset, NULL);
	const char *at;

	node->offset = offset;
	node->parent = parent;
	node->name = name ? name : "";
	node->base_length = strcspn(node->name, "@");
	at = strchr(node->name, '@');
	node->address = at ? strtoull(at + 1, NULL, 16) : 0;
	node->phandle = fdt_get_phandle(board->blob, offset);
}

static bool board_collect(struct board *board)
{
	int parents[BOARD_DEPTH_MAX + 1] = {-1};
	int depth = 0;

	for (int offset = 0; offset >= 0; offset = fdt_next_node(board->blob, offset, &depth)) {
		if (depth < 0)
			break;
		if (board->count == BOARD_NODES_MAX || depth >= BOARD_DEPTH_MAX) {
			fprintf(stderr,
			        "kumiki board: error: the tree is too large (more than %d "
			        "nodes or %d levels); is it a machine's tree?\n",
			        BOARD_NODES_MAX, BOARD_DEPTH_MAX);
			return false;
		}
		board_add_node(board, offset, depth ? parents[depth - 1] : -1);
		parents[depth] = (int)board->count - 1;
	}
	return true;
}

/* ---- labels ---- */

static bool board_same_base(const struct board_node *a, const struct board_node *b)
{
	return a->base_length == b->base_length && !memcmp(a->name, b->name, a->base_length);
}

static bool board_label_taken(const struct board *board, const char *label)
{
	for (size_t i = 1; i < board->count; i++)
		if (board->nodes[i].label && !strcmp(board->nodes[i].label, label))
			return true;
	return false;
}

/* Makes a label from the base name: letters, digits and '_'. It doesn't begin with a digit. */
static char *board_label_base(struct board *board, const struct board_node *node)
{
	char *label = arena_format(&board->arena, "%s%.*s",
	                           node->name[0] >= '0' && node->name[0] <= '9' ? "_" : "",
	                           (int)node->base_length, node->name);

	for (char *c = label; *c; c++)
		if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
		      (*c >= '0' && *c <= '9')))
			*c = '_';
	return label;
}

static void board_set_label(struct board *board, struct board_node *node, const char *label)
{
	while (board_label_taken(board, label))
		label = arena_format(&board->arena, "%s_", label);
	node->label = label;
}

/* How many nodes with the same base name come before this one: in the order of addresses, and with
 * the same address in the tree's order. */
static size_t board_ordinal(const struct board *board, const struct board_node *node)
{
	size_t ordinal = 0;

	for (const struct board_node *n = board->nodes + 1; n < board->nodes + board->count; n++)
		if (n != node && board_same_base(n, node) &&
		    (n->address < node->address || (n->address == node->address && n < node)))
			ordinal++;
	return ordinal;
}

static size_t board_namesakes(const struct board *board, const struct board_node *node)
{
	size_t count = 0;

	for (size_t i = 1; i < board->count; i++)
		count += board_same_base(&board->nodes[i], node);
	return count;
}

static void board_label(struct board *board, struct board_node *node)
{
	char *base = board_label_base(board, node);
	bool cpu = node->base_length == 3 && !strncmp(node->name, "cpu", 3);

	if (board_namesakes(board, node) > 1 || cpu)
		board_set_label(
		    board, node,
		    arena_format(&board->arena, "%s%zu", base, board_ordinal(board, node)));
	else
		board_set_label(board, node, base);
}

/* ---- writing ---- */

static void board_indent(const struct board *board, int depth)
{
	for (int i = 0; i < depth; i++)
		fputc('\t', board->out);
}

static bool board_is_text(const char *value, int length)
{
	bool first = true;

	if (length < 1 || value[length - 1])
		return false;
	for (int i = 0; i < length; i++) {
		unsigned char c = (unsigned char)value[i];

		if ((!c && first) || (c && (c < 0x20 || c > 0x7e)))
			return false;
		first = !c;
	}
	return true;
}

static void board_write_text(const struct board *board, const char *value, int length)
{
	for (int at = 0; at < length; at += (int)strlen(value + at) + 1) {
		fputs(at ? ", \"" : "\"", board->out);
		for (const char *c = value + at; *c; c++) {
			if (*c == '"' || *c == '\\')
				fputc('\\', board->out);
			fputc(*c, board->out);
		}
		fputc('"', board->out);
	}
}

static uint32_t board_cell(const char *value, int index)
{
	fdt32_t cell;

	memcpy(&cell, value + (size_t)index * 4, sizeof(cell));
	return fdt32_to_cpu(cell);
}

static const struct board_node *board_by_phandle(const struct board *board, uint32_t phandle)
{
	for (size_t i = 1; phandle && i < board->count; i++)
		if (board->nodes[i].phandle == phandle)
			return &board->nodes[i];
	return NULL;
}

static uint32_t board_cells_of(const struct board *board, const struct board_node *node,
                               const char *name, uint32_t otherwise)
{
	int length = 0;
	const char *value = fdt_getprop(board->blob, node->offset, name, &length);

	return value && length == 4 ? board_cell(value, 0) : otherwise;
}

/*
 * Properties with references to other nodes. The property is a row of entries. An entry is `lead`
 * cells, a phandle, as many cells as the target's `cells` property says (NULL: none), and `tail`
 * more cells.
 */
struct board_reference {
	const char *name;
	const char *cells;
	uint32_t lead, tail;
};

static const struct board_reference board_references[] = {
    {"interrupt-parent", NULL, 0, 0},
    {"cpu", NULL, 0, 0},
    {"next-level-cache", NULL, 0, 0},
    {"msi-parent", "#msi-cells", 0, 0},
    {"clocks", "#clock-cells", 0, 0},
    {"gpios", "#gpio-cells", 0, 0},
    {"resets", "#reset-cells", 0, 0},
    {"power-domains", "#power-domain-cells", 0, 0},
    {"dmas", "#dma-cells", 0, 0},
    {"iommus", "#iommu-cells", 0, 0},
    {"interrupts-extended", "#interrupt-cells", 0, 0},
    {"msi-map", NULL, 1, 2},
    {"iommu-map", NULL, 1, 2},
};

/* Marks the cells that are phandles. Stops where a phandle should be, and a cell isn't one. */
static void board_mark_row(const struct board *board, const struct board_reference *reference,
                           const char *value, int cells, bool *marks)
{
	for (int at = (int)reference->lead; at < cells;) {
		const struct board_node *target = board_by_phandle(board, board_cell(value, at));
		uint32_t more;

		if (!target || !target->label)
			return;
		marks[at] = true;
		more = reference->cells ? board_cells_of(board, target, reference->cells, 0) : 0;
		if (more > 8)
			return;
		at += (int)(1 + more + reference->tail + reference->lead);
	}
}

/* Does this for interrupt-map. An entry has the child's address and interrupt, a phandle, and the
 * parent's address and interrupt. */
static void board_mark_map(const struct board *board, const struct board_node *node,
                           const char *value, int cells, bool *marks)
{
	uint32_t child = board_cells_of(board, node, "#address-cells", 2) +
	                 board_cells_of(board, node, "#interrupt-cells", 1);

	if (child > 8)
		return;
	for (int at = (int)child; at < cells;) {
		const struct board_node *target = board_by_phandle(board, board_cell(value, at));
		uint32_t parent;

		if (!target)
			return;
		marks[at] = true;
		parent = board_cells_of(board, target, "#address-cells", 0) +
		         board_cells_of(board, target, "#interrupt-cells", 1);
		if (parent > 8)
			return;
		at += (int)(1 + parent + child);
	}
}

static void board_mark(const struct board *board, const struct board_node *node, const char *name,
                       const char *value, int cells, bool *marks)
{
	if (!strcmp(name, "interrupt-map")) {
		board_mark_map(board, node, value, cells, marks);
		return;
	}
	for (size_t i = 0; i < sizeof(board_references) / sizeof(board_references[0]); i++)
		if (!strcmp(name, board_references[i].name))
			board_mark_row(board, &board_references[i], value, cells, marks);
}

#define BOARD_CELLS_A_LINE 8

static void board_write_cells(struct board *board, const struct board_node *node, const char *name,
                              const char *value, int cells, int depth)
{
	bool *marks = arena_alloc(&board->arena, (size_t)cells + 1);

	board_mark(board, node, name, value, cells, marks);
	fputc('<', board->out);
	for (int i = 0; i < cells; i++) {
		if (i && i % BOARD_CELLS_A_LINE == 0) {
			fputc('\n', board->out);
			board_indent(board, depth + 1);
		} else if (i) {
			fputc(' ', board->out);
		}
		if (marks[i])
			fprintf(board->out, "&%s",
			        board_by_phandle(board, board_cell(value, i))->label);
		else
			fprintf(board->out, "0x%x", board_cell(value, i));
	}
	fputc('>', board->out);
}

static void board_write_bytes(const struct board *board, const char *value, int length)
{
	fputc('[', board->out);
	for (int i = 0; i < length; i++)
		fprintf(board->out, "%s%02x", i ? " " : "", (unsigned char)value[i]);
	fputc(']', board->out);
}

/* Whether the value changes from one start of the machine to the next. */
static bool board_volatile(const struct board_node *node, const char *name)
{
	static const char *const names[] = {"rng-seed", "kaslr-seed", "bootargs",
	                                    "linux,initrd-start", "linux,initrd-end"};

	if (strcmp(node->name, "chosen") != 0)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static void board_write_property(struct board *board, const struct board_node *node, int depth,
                                 int offset)
{
	const char *name = NULL;
	int length = 0;
	const char *value = fdt_getprop_by_offset(board->blob, offset, &name, &length);

	if (!value || board_volatile(node, name))
		return;
	board_indent(board, depth);
	fputs(name, board->out);
	if (length) {
		fputs(" = ", board->out);
		if (board_is_text(value, length))
			board_write_text(board, value, length);
		else if (length % 4 == 0)
			board_write_cells(board, node, name, value, length / 4, depth);
		else
			board_write_bytes(board, value, length);
	}
	fputs(";\n", board->out);
}

static void board_write_option(const struct board *board, const char *name, const char *value)
{
	if (value) {
		fprintf(board->out, "\t%s = ", name);
		board_write_text(board, value, (int)strlen(value) + 1);
		fputs(";\n", board->out);
	}
}

static void board_write_number(const struct board *board, const char *name, const char *digits)
{
	if (digits)
		fprintf(board->out, "\t%s = <%s>;\n", name, digits);
}

static bool board_is_on(const struct board *board, int offset)
{
	int length = 0;
	const char *status = fdt_getprop(board->blob, offset, "status", &length);

	return !status || !strncmp(status, "ok", 2);
}

/* The first watchdog that a frame feeds. */
static void board_write_watchdog(const struct board *board)
{
	for (size_t i = 1; i < board->count; i++)
		if (!fdt_node_check_compatible(board->blob, board->nodes[i].offset,
		                               "fsl,imx21-wdt") &&
		    board_is_on(board, board->nodes[i].offset)) {
			fprintf(board->out, "\tkumiki,watchdog = <&%s>;\n", board->nodes[i].label);
			return;
		}
}

/* Writes facts that a machine's own tree doesn't have. */
static void board_write_additions(const struct board *board, const struct board_node *node)
{
	int length;

	if (node->parent < 0) {
		board_write_option(board, "kumiki,board", board->name);
		board_write_option(board, "kumiki,qemu-machine", board->machine);
		board_write_option(board, "kumiki,qemu-cpu", board->cpu);
		board_write_number(board, "kumiki,qemu-cpus", board->cpus);
		board_write_number(board, "kumiki,instruction-time", board->instruction_time);
		board_write_number(board, "kumiki,core-power", board->core_power);
		board_write_watchdog(board);
	} else if (node->parent == 0 && !strcmp(node->name, "cpus") &&
	           !fdt_getprop(board->blob, node->offset, "compatible", &length)) {
		fputs("\t\tcompatible = \"cpus,cluster\";\n", board->out);
	}
}

/* In as many cells as the root says. */
static void board_write_wide(const struct board *board, const char *cells, uint32_t otherwise,
                             uint64_t value)
{
	for (uint32_t i = board_cells_of(board, &board->nodes[0], cells, otherwise); i-- > 0;)
		fprintf(board->out, " 0x%" PRIx32, i < 2 ? (uint32_t)(value >> 32 * i) : 0);
}

/* Memory that the boot loader fills in, in the place of the tree's. */
static void board_write_memory(const struct board *board)
{
	const char *at = board->memory;
	char *end = NULL;

	fprintf(board->out, "\n\tmemory@%" PRIx64 " {\n\t\tdevice_type = \"memory\";\n",
	        (uint64_t)strtoull(at, NULL, 0));
	fputs("\t\treg = <", board->out);
	for (; *at; at = end) {
		board_write_wide(board, "#address-cells", 2, strtoull(at, &end, 0));
		board_write_wide(board, "#size-cells", 1, strtoull(end, &end, 0));
	}
	fputs(" >;\n\t};\n", board->out);
}

static bool board_is_replaced(const struct board *board, const struct board_node *node)
{
	int length = 0;
	const char *type = fdt_getprop(board->blob, node->offset, "device_type", &length);

	return board->memory && node->parent == 0 && type && length > 0 &&
	       !strncmp(type, "memory", (size_t)length);
}

static void board_write_node(struct board *board, size_t index, int depth)
{
	const struct board_node *node = &board->nodes[index];
	int offset;

	if (board_is_replaced(board, node))
		return;
	fputc('\n', board->out);
	board_indent(board, depth);
	if (node->label)
		fprintf(board->out, "%s: %s {\n", node->label, node->name);
	else
		fputs("/ {\n", board->out);
	board_write_additions(board, node);
	for (offset = fdt_first_property_offset(board->blob, node->offset); offset >= 0;
	     offset = fdt_next_property_offset(board->blob, offset))
		board_write_property(board, node, depth + 1, offset);
	for (size_t i = index + 1; i < board->count; i++)
		if (board->nodes[i].parent == (int)index)
			board_write_node(board, i, depth + 1);
	if (board->memory && node->parent < 0)
		board_write_memory(board);
	board_indent(board, depth);
	fputs("};\n", board->out);
}

static void board_write(struct board *board)
{
	fputs(
	    "/*\n * A board file: the machine's own device tree with a label for each device. Made "
	    "by\n * `kumiki board`; make it again rather than change it.\n */\n",
	    board->out);
	board_write_node(board, 0, 0);
}

/* ---- the command ---- */

static bool board_load(struct board *board, const char *path)
{
	char *blob = NULL;
	size_t size = 0;
	int error =
	    file_access_system.read(NULL, &board->arena, path, BOARD_TREE_MAX, &blob, &size);

	if (error) {
		fprintf(stderr,
		        "kumiki board: error: can't read '%s': %s; let QEMU write it: "
		        "-M …,dumpdtb=FILE\n",
		        path, strerror(error));
		return false;
	}
	if (size < sizeof(struct fdt_header) || fdt_check_full(blob, size)) {
		fprintf(stderr,
		        "kumiki board: error: '%s' isn't a flattened device tree (or is "
		        "damaged); a .dts is compiled by dtc\n",
		        path);
		return false;
	}
	board->blob = blob;
	return board_collect(board);
}

/* Writes the text to `out`, and says what it has; without a file, prints the text alone. */
static int board_give(const char *text, size_t size, const char *out)
{
	if (!output_write_or_print(out, text, size, stderr))
		return 1;
	if (out)
		board_tell(out, text, stdout);
	return fflush(stdout) != 0;
}

static int board_run(struct board *board, const char *path, const char *out)
{
	char *text = NULL;
	size_t size = 0;
	int result;

	if (!board_load(board, path))
		return 1;
	for (size_t i = 1; i < board->count; i++)
		board_label(board, &board->nodes[i]);
	board->out = open_memstream(&text, &size);
	if (!board->out) {
		fputs("kumiki board: error: out of memory; close other programs and try again\n",
		      stderr);
		return 1;
	}
	board_write(board);
	fclose(board->out);
	result = board_give(text, size, out);
	free(text);
	return result;
}

static bool board_is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text) && strlen(text) <= 9;
}

/* Whether the text is three numbers, like "616 15 0". */
static bool board_is_power(const char *text)
{
	for (int i = 0; i < 3; i++) {
		size_t digits = strspn(text, "0123456789");

		if (digits == 0 || digits > 5 || text[digits] != (i < 2 ? ' ' : '\0'))
			return false;
		text += digits + 1;
	}
	return true;
}

/* Whether the text is pairs of base and size, like "0x200000 0x7fe00000". */
static bool board_is_memory(const char *text)
{
	unsigned numbers = 0;
	char *end = NULL;

	for (; *text; text = end, numbers++) {
		text += strspn(text, " ");
		if (*text < '0' || *text > '9')
			return false;
		(void)strtoull(text, &end, 0);
		if (*end && *end != ' ')
			return false;
	}
	return numbers != 0 && numbers % 2 == 0;
}

int kumiki_board(int argc, char **argv)
{
	static const struct option options[] = {{"name", required_argument, NULL, 'n'},
	                                        {"qemu-machine", required_argument, NULL, 'm'},
	                                        {"qemu-cpu", required_argument, NULL, 'c'},
	                                        {"qemu-cpus", required_argument, NULL, 's'},
	                                        {"instruction-time", required_argument, NULL, 't'},
	                                        {"core-power", required_argument, NULL, 'p'},
	                                        {"memory", required_argument, NULL, 'r'},
	                                        {NULL, 0, NULL, 0}};
	static struct board board;
	const char *out = NULL;
	int option, result;

	while ((option = command_option(argc, argv, "o:", options)) != -1) {
		if (option == 'o')
			out = optarg;
		else if (option == 'n')
			board.name = optarg;
		else if (option == 'm')
			board.machine = optarg;
		else if (option == 'c')
			board.cpu = optarg;
		else if (option == 's' && board_is_number(optarg))
			board.cpus = optarg;
		else if (option == 't' && board_is_number(optarg))
			board.instruction_time = optarg;
		else if (option == 'p' && board_is_power(optarg))
			board.core_power = optarg;
		else if (option == 'r' && board_is_memory(optarg))
			board.memory = optarg;
		else
			return command_usage("board");
	}
	if (optind != argc - 1)
		return command_usage("board");
	result = board_run(&board, argv[optind], out);
	arena_free(&board.arena);
	return result;
}
