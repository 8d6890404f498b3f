/*
 * Reads the disk's first block, and prints the machine's CPU time until then. It ends badly, as
 * does its second start, for which its manifest has the machine started anew: on the bare machine
 * QEMU ends with that, a partition lives as often as its description lets it.
 */
#include <rtos/block.h>
#include <rtos/console.h>
#include <rtos/sys.h>
#include <templates/busy.h>

int main(void)
{
	struct text text = {.length = 0};
	struct block disk;

	if (sys_program->starts > 0)
		return 1;
	if (!busy_begin() || block_open(&disk, "block") != BLOCK_OK ||
	    block_read(&disk, 0, 1, 0) != BLOCK_OK)
		return 2;
	text_add(&text, "FIGURE rtos.boot.block ");
	text_number(&text, busy_time());
	text_add(&text, "\n");
	(void)console_print(&text);
	return 1;
}
