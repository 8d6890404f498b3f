/*
 * The console service's main: its one console, its one shell, and the loop that sleeps. Without a
 * UART of the frame, the service has nothing to do.
 */
#include <service/call.h>
#include <shell/shell.h>

_Noreturn void service_main(const struct console_info *info);

static struct console console;
static struct shell shell;

void service_main(const struct console_info *info)
{
	while (!info->uart)
		(void)service_wait(SERVICE_FOREVER, ~0ULL);
	shell_start(&shell, &console, info, service_time());
	for (;;) {
		uint64_t rest = console_turn(&console, service_time());

		if (rest)
			(void)service_wait(rest, ~0ULL);
	}
}
