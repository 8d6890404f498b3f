/*
 * The UART that the frame drives: which of the board's devices it is, by what driver, and how a
 * 16550's registers lie. machine.c calls uart_read(), which fills in the model's board.
 */
#include "build.h"
#include <string.h>

#define UART_SERIALS 8 /* as many lines QEMU has at most, for a board */

/* `registers`: how a 16550's lie where the tree doesn't say it. */
static const struct uart_kind {
	const char *compatible, *driver;
	uint32_t registers;
} uart_kinds[] = {{"arm,pl011", "pl011", 0},
                  {"cdns,uart-r1p12", "cadence", 0},
                  {"fsl,imx6q-uart", "imx", 0},
                  {"snps,dw-apb-uart", "ns16550", 0},
                  {"ns16550a", "ns16550", 0},
                  {"ti,am654-uart", "ns16550", 2 | BUNDLE_UART_WORDS | BUNDLE_UART_TI}};
#define UART_KINDS (sizeof(uart_kinds) / sizeof(uart_kinds[0]))

/* False: the frame's driver has no such registers. */
static bool uart_layout(const struct dts_node *node, const struct uart_kind *kind,
                        uint32_t *registers)
{
	const bool words = (kind->registers & BUNDLE_UART_WORDS) != 0;
	const uint32_t shift = dts_u32(node, "reg-shift", kind->registers & BUNDLE_UART_SHIFT);
	const uint32_t width = dts_u32(node, "reg-io-width", words ? 4 : 1);

	*registers = 0;
	if (strcmp(kind->driver, "ns16550") != 0)
		return true;
	*registers =
	    shift | (width == 4 ? BUNDLE_UART_WORDS : 0) | (kind->registers & BUNDLE_UART_TI);
	return shift <= BUNDLE_UART_SHIFT_MAX && (width == 1 || (width == 4 && shift >= 2)) &&
	       !dts_property(node, "reg-offset") && !dts_property(node, "big-endian");
}

/* The UART becomes this device, if the frame drives it as such a kind. */
static bool uart_take(struct build *build, const struct dts_node *node,
                      const struct uart_kind *kind)
{
	struct bundle_board *board = &build->model->board;
	uint32_t registers;

	if (!node || !machine_is_on(node) || !dts_compatible(node, kind->compatible) ||
	    !uart_layout(node, kind, &registers) ||
	    !machine_place(node, &board->uart_base, &board->uart_intid))
		return false;
	board->uart_registers = registers;
	build->uart = node;
	build->model->uart_driver = kind->driver;
	build->model->uart_at = board->uart_base;
	return true;
}

/* The one that the tree has its console on; or else the first one, kind by kind. */
static void uart_choose(struct build *build)
{
	const struct dts_node *console = dts_console(build->tree);

	for (size_t i = 0; i < UART_KINDS; i++)
		if (uart_take(build, console, &uart_kinds[i]))
			return;
	for (size_t i = 0; i < UART_KINDS; i++)
		if (uart_take(build, machine_find(build->tree, uart_kinds[i].compatible),
		              &uart_kinds[i]))
			return;
}

/* QEMU numbers its serial lines as a board's tree does: serialN is one's alias. */
static void uart_serial(struct build *build)
{
	const struct dts_node *aliases = dts_child(build->tree->root, "aliases");

	for (uint32_t n = 0; aliases && build->uart && n < UART_SERIALS; n++) {
		const char *path = dts_string(aliases, arena_format(build->arena, "serial%u", n));

		if (path && dts_by_path(build->tree, path) == build->uart)
			build->model->qemu_serial = n;
	}
}

void uart_read(struct build *build)
{
	uart_choose(build);
	uart_serial(build);
}
