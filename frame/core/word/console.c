/* Word for the console service. */
#include <lib/bundle.h>
#include <lib/string.h>
#include <machine/contexts.h>
#include <machine/firmware.h>
#include <machine/gic_cpu.h>
#include <state/core.h>
#include <word/console.h>
#include <word/mail.h>

void console_wake_later(uint64_t event_bit)
{
	if (core_bundle->board.uart_base != 0)
		mail_post(core_bundle->console_core, MAIL_CONSOLE,
		          (uint32_t)__builtin_ctzll(event_bit));
}
