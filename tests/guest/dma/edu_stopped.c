/*
 * A partition with a DMA engine that is stopped (stopper.c) in the middle of a transfer into its
 * own memory. The data would come 100 ms later. A transfer before shows that the place and the
 * engine are good.
 */
#include "engine.h"
#include <guest/cpu.h>
#include <guest/doorbell.h>
#include <guest/tree.h>
#include <stdio.h>

#define STOPPED_AT    (ENGINE_HERE + 0x1000) /* here before the stop, behind it after */
#define STOPPED_COUNT 4u

void guest_main(void *device_tree)
{
	const struct tree_node bell = tree_compatible(device_tree, "kumiki,doorbell-1.0", 0);

	engine_start();
	engine_own();
	engine_write(STOPPED_AT, STOPPED_COUNT);
	printf("edu: its last transfer\n");
	engine_begin(STOPPED_AT + STOPPED_COUNT, STOPPED_COUNT);
	(void)doorbell_ring(tree_cell(bell, "kumiki,rings", 0));
	for (;;)
		cpu_wfi();
}
