/*
 * A partition whose function was given to it without an interrupt, on a line that another
 * partition's function has: it tries to assert that line all the same, with all that its
 * configuration space accepts.
 */
#include "engine.h"
#include <guest/board.h>
#include <guest/cpu.h>
#include <stdio.h>

#define LINE_CONFIG  0x4010018000ull /* device 3 of bus 0 */
#define LINE_COMMAND 0x04u
#define LINE_PIN     0x3du
#define LINE_RAISE   0x60u /* of the engine: it asks for its interrupt until that is taken back */
#define LINE_NO_INTX (1u << 10)
#define LINE_ASKS    (1u << 19) /* of the status: whether or not it may */

void guest_main(void *device_tree)
{
	uintptr_t bar;
	uint32_t command;

	(void)device_tree;
	engine_start();
	bar = board_read32(LINE_CONFIG + 0x10) & ~0xfu;
	board_write32(bar + LINE_RAISE, 1);
	for (uint32_t i = 0; i < 1000; i++) {
		board_write32(LINE_CONFIG + LINE_COMMAND, LINE_NO_INTX | 6);
		board_write32(LINE_CONFIG + LINE_COMMAND, 6);
		*(volatile uint8_t *)(LINE_CONFIG + LINE_COMMAND + 1) = 0;
	}
	command = board_read32(LINE_CONFIG + LINE_COMMAND);
	printf("edu: pin %u, it %s, and %s\n", *(volatile uint8_t *)(LINE_CONFIG + LINE_PIN),
	       (command & LINE_ASKS) != 0 ? "asks" : "doesn't ask",
	       (command & LINE_NO_INTX) != 0 ? "may not" : "may");
	for (;;)
		cpu_wfi();
}
