/*
 * Less urgent than all others: when it first runs, the shell's prompt is on the console, and the
 * shell waits for input. The counter then is the time of the start, including this program's. With
 * an argument it ends badly, as does its second start, for which the machine is started anew.
 */
#include <rtos/console.h>
#include <rtos/sys.h>

int main(void)
{
	const uint64_t now = sys_now();
	struct text text = {.length = 0};

	if (sys_program->starts > 0)
		return 1;
	text_add(&text, "\nFIGURE rtos.boot.shell ");
	text_number(&text, now * (1000000000 / sys_hertz()));
	text_add(&text, "\n");
	return console_print(&text) != RTOS_OK || sys_program->argument_count > 0;
}
