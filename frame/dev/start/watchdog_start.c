/* Begins the board's watchdog; see frame/watchdog.h. If the boot loader has begun it, its time
 * changes, and counts anew. */
#include <dev/watchdog.h>
#include <frame/layout.h>
#include <frame/watchdog.h>
#include <machine/device.h>

bool watchdog_has_reset(uint64_t base)
{
	return (device_read_16(base + WATCHDOG_STATUS) & WATCHDOG_TIMEOUT) != 0;
}

void watchdog_begin(uint64_t base)
{
	const uint32_t time = (2 * WATCHDOG_SECONDS - 1) << WATCHDOG_HALVES;

	device_write_16(base + WATCHDOG_MISC, 0);
	device_write_16(base + WATCHDOG_CONTROL,
	                (uint16_t)(time | WATCHDOG_NO_SIGNAL | WATCHDOG_NO_RESET | WATCHDOG_ON));
	device_write_16(base + WATCHDOG_SERVICE, WATCHDOG_FIRST);
	device_write_16(base + WATCHDOG_SERVICE, WATCHDOG_SECOND);
}
