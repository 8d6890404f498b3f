/*
 * The other side of panel.c: answers each ring of its window's doorbell. Word 0 of the window is a
 * number, word 1 the answer: three times that number; word 2 is that number once it has rung for
 * the answer, and BUS_LISTENS when it begins to hear. With a panel of its own, or without one. It
 * says a line, so that there is something in its black box.
 */
#include "bus.h"
#include <guest/cpu.h>
#include <guest/doorbell.h>
#include <guest/gic.h>
#include <stdio.h>

static volatile uint32_t *peer_words;
static uint32_t peer_ring, peer_slot;
static uintptr_t peer_panel; /* its registers; 0: there is none */

static void peer_answer(void)
{
	const uint32_t number = peer_words[0];

	peer_words[1] = 3 * number;
	cpu_dsb();
	if (peer_panel == 0)
		(void)doorbell_ring(peer_ring);
	else
		board_write32(peer_panel + PANEL_RING, peer_ring);
	peer_words[2] = number;
}

/* Cleared before the look: news from here on comes again. */
static void peer_heard(uint32_t intid)
{
	(void)intid;
	if (peer_panel != 0)
		board_write32(peer_panel + PANEL_PENDING, ~0u);
	peer_answer();
}

/* As after a reset in each life, for this one leaves a mess. */
static void peer_check(void)
{
	const uint32_t line = board_read32(bus_config(peer_slot, 0x3c));
	const uint32_t command = board_read32(bus_config(peer_slot, BUS_COMMAND));

	if (line != 0x100 || command != 0 || board_read32(peer_panel + PANEL_ENABLE) != 0 ||
	    board_read32(peer_panel + PANEL_RESULT) != 0)
		printf("peer: FAILED: not as after a reset\n");
	board_write32(bus_config(peer_slot, 0x3c), 0x77);
	board_write32(bus_config(peer_slot, BUS_COMMAND), 6);
	board_write32(peer_panel + PANEL_RING, ~0u);
}

void guest_main(void *device_tree)
{
	struct tree_node window = tree_compatible(device_tree, "kumiki,window-1.0", 0);
	uint32_t intid = tree_interrupt(window, 0);

	peer_words = (volatile uint32_t *)(uintptr_t)tree_number(window, "reg", 0);
	peer_ring = tree_cell(window, "kumiki,rings", 0);
	if (intid == 0) {
		peer_slot = bus_panel();
		peer_panel = bus_registers(peer_slot);
		peer_check();
		board_write32(peer_panel + PANEL_ENABLE, 1u << tree_cell(window, "kumiki,bits", 0));
		intid = bus_interrupt(device_tree);
	}
	printf("peer: here I am\n");
	gic_enable(intid, peer_heard);
	cpu_unmask_interrupts();
	peer_words[2] = BUS_LISTENS;
	for (;;)
		cpu_wfi();
}
