/*
 * Which of a board's UARTs becomes the frame's, and how its registers lie: by the console that the
 * tree names, and by the properties of a 16550. Shows: boards.uart-16550.
 */
#include <host/files.h>
#include <host/model.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define WORDS BUNDLE_UART_WORDS
#define PLACE "interrupts = <0 99 4 0>; reg = <0 0x3f000000 0 0x100>; "

/* A board that has the PL011 of QEMU's virt, and `serial` beside it. */
static const struct {
	const char *what, *serial, *chosen;
	const char *driver;
	uint64_t at;
	uint32_t registers;
} cases[] = {
    {"DesignWare's",
     PLACE "compatible = \"acme,uart\", \"snps,dw-apb-uart\"; reg-shift = <2>; reg-io-width = <4>;",
     "serial0:1500000n8", "ns16550", 0x3f000000, 2 | WORDS},
    {"bytes that are apart", PLACE "compatible = \"snps,dw-apb-uart\"; reg-shift = <2>;", "serial0",
     "ns16550", 0x3f000000, 2},
    {"side by side", PLACE "compatible = \"ns16550a\";", "/serial:115200", "ns16550", 0x3f000000,
     0},
    {"TI's, which says nothing", PLACE "compatible = \"ti,am64-uart\", \"ti,am654-uart\";",
     "serial0", "ns16550", 0x3f000000, 2 | WORDS | BUNDLE_UART_TI},
    {"not the console", PLACE "compatible = \"ns16550a\";", "/pl011@9000000", "pl011", 0x9000000,
     0},
    {"no alias", PLACE "compatible = \"ns16550a\";", "serial7", "pl011", 0x9000000, 0},
    {"a console that is off", PLACE "compatible = \"ns16550a\"; status = \"disabled\";", "serial0",
     "pl011", 0x9000000, 0},
    {"a console that nobody drives", PLACE "compatible = \"acme,uart\";", "serial0", "pl011",
     0x9000000, 0},
    {"halves of words", PLACE "compatible = \"ns16550a\"; reg-shift = <1>; reg-io-width = <2>;",
     "serial0", "pl011", 0x9000000, 0},
    {"words that overlap", PLACE "compatible = \"ns16550a\"; reg-shift = <1>; reg-io-width = <4>;",
     "serial0", "pl011", 0x9000000, 0},
    {"too far apart", PLACE "compatible = \"ns16550a\"; reg-shift = <5>;", "serial0", "pl011",
     0x9000000, 0},
    {"amid its page", PLACE "compatible = \"ns16550a\"; reg-offset = <0x40>;", "serial0", "pl011",
     0x9000000, 0},
    {"the other end first", PLACE "compatible = \"ns16550a\"; big-endian;", "serial0", "pl011",
     0x9000000, 0},
    {"not at a page", "interrupts = <0 99 4>; reg = <0 0x3f000040 0 8>; compatible = \"ns16550a\";",
     "serial0", "pl011", 0x9000000, 0},
};

static char text[1000];

static int read_case(void *context, struct arena *arena, const char *path, size_t limit,
                     char **data, size_t *size)
{
	if (strcmp(path, "case.dts") != 0)
		return file_access_system.read(context, arena, path, limit, data, size);
	*data = arena_copy(arena, text, strlen(text));
	*size = strlen(text);
	return 0;
}

static int peek_case(void *context, const char *path, void *head, size_t head_size, uint64_t *size)
{
	if (strcmp(path, "case.dts") != 0)
		return file_access_system.peek(context, path, head, head_size, size);
	*size = strlen(text);
	memset(head, 0, head_size);
	return 0;
}

static struct model *load(size_t i)
{
	static const char *const folders[] = {"frame/board/qemu-virt"};
	const struct file_access access = {NULL, read_case, peek_case};
	const struct model_options options = {
	    .include_dirs = folders, .include_dir_count = 1, .access = &access};

	snprintf(text, sizeof(text),
	         "/dts-v1/; /include/ \"qemu-virt.dtsi\" / { aliases { serial0 = \"/serial\"; }; "
	         "chosen { stdout-path = \"%s\"; }; serial { %s }; };",
	         cases[i].chosen, cases[i].serial);
	return model_load_board("case.dts", &options, stderr);
}

static bool is_as_said(const struct model *model, size_t i)
{
	const struct bundle_board *board = &model->board;

	return strcmp(model->uart_driver, cases[i].driver) == 0 &&
	       board->uart_base == cases[i].at &&
	       board->uart_intid == (cases[i].at == 0x9000000 ? 33u : 131u) &&
	       board->uart_registers == cases[i].registers;
}

TEST(the_uart_of_each_case)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct model *model = load(i);

		if (!model || !is_as_said(model, i))
			fail_msg("%s", cases[i].what);
		model_free(model);
	}
}
