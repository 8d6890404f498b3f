/* Reads the machine from its device tree: see kernel/board.h. */
#include <kernel/board.h>

static void read_memory(struct board *board, const struct tree_node *node)
{
	struct board_range range;

	for (uint32_t i = 0; tree_reg(node, i, &range.base, &range.size); i++)
		if (board->ram_count < BOARD_RAM_MAX)
			board->ram[board->ram_count++] = range;
}

static void read_cpu(struct board *board, const struct tree_node *node)
{
	uint64_t affinity, size;

	if (board->cpus < RTOS_CPUS_MAX && tree_reg(node, 0, &affinity, &size) &&
	    !tree_has_string(node, "status", "disabled"))
		board->affinity[board->cpus++] = affinity;
}

static void read_gic(struct board *board, const struct tree_node *node)
{
	tree_reg(node, 0, &board->distributor.base, &board->distributor.size);
	tree_reg(node, 1, &board->redistributors.base, &board->redistributors.size);
}

/* Three cells for each interrupt: its kind, its number, its flags. */
#define INTERRUPT_CELLS 3
#define INTERRUPT_PPI   1
#define PPI_FIRST       16
#define PPI_COUNT       16
#define TIMER_VIRTUAL   2 /* the virtual timer's place among the timer's interrupts */

static void read_timer(struct board *board, const struct tree_node *node)
{
	uint32_t number = tree_cell(node, "interrupts", INTERRUPT_CELLS * TIMER_VIRTUAL + 1);

	if (tree_cell(node, "interrupts", INTERRUPT_CELLS * TIMER_VIRTUAL) == INTERRUPT_PPI &&
	    number < PPI_COUNT)
		board->timer = PPI_FIRST + number;
}

static void read_uart(struct board *board, const struct tree_node *node)
{
	uint64_t size;

	if (board->uart == 0)
		tree_reg(node, 0, &board->uart, &size);
}

static void read_device(struct board *board, const struct tree_node *node)
{
	uint32_t size = 0;
	const void *compatible = tree_property(node, "compatible", &size);

	if (tree_among(compatible, size, "arm,gic-v3"))
		read_gic(board, node);
	else if (tree_among(compatible, size, "arm,armv8-timer"))
		read_timer(board, node);
	else if (tree_among(compatible, size, "arm,pl011"))
		read_uart(board, node);
	else if (tree_among(compatible, size, "arm,psci-0.2"))
		board->psci_smc = tree_has_string(node, "method", "smc");
}

/* A tree has hundreds of nodes, and reading it is a large part of the start. So a property that
 * many nodes have is looked for only once in each. */
void board_read(struct board *board, const struct tree *tree)
{
	struct tree_walk walk;
	struct tree_node node;

	tree_begin(&walk, tree);
	while (tree_next(&walk, &node)) {
		uint32_t size = 0;
		const void *type = tree_property(&node, "device_type", &size);

		if (tree_among(type, size, "memory"))
			read_memory(board, &node);
		else if (tree_among(type, size, "cpu"))
			read_cpu(board, &node);
		else
			read_device(board, &node);
	}
}

const char *board_lacks(const struct board *board)
{
	if (board->ram_count == 0)
		return "memory";
	if (board->distributor.size == 0 || board->redistributors.size == 0)
		return "a GICv3";
	if (board->timer == 0)
		return "the virtual timer";
	return board->cpus == 0 ? "CPUs" : NULL;
}
