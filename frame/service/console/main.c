/*
 * The console service's own main: its one instance, and the loop that sleeps. Without a UART of
 * the frame there is nothing to bring anywhere.
 */
#include <service/call.h>
#include <service/console.h>

_Noreturn void service_main(const struct console_info *info);

static struct console console;

void service_main(const struct console_info *info)
{
	while (!info->uart)
		(void)service_wait(SERVICE_FOREVER);
	console_start(&console, info, service_time());
	for (;;) {
		uint64_t rest = console_turn(&console, service_time());

		if (rest)
			console.events |= service_wait(rest);
	}
}
