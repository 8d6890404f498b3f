/* Word for services; see word/service.h. */
#include <lib/bundle.h>
#include <state/core.h>
#include <word/mail.h>
#include <word/service.h>

void service_wake_later(uint64_t event_bit)
{
	if (core_bundle->board.uart_base != 0)
		mail_post(core_bundle->console_core, MAIL_SERVICE,
		          (uint32_t)__builtin_ctzll(event_bit));
}
