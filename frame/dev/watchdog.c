/* Feeds the board's watchdog; see frame/watchdog.h. */
#include <dev/watchdog.h>
#include <frame/layout.h>
#include <frame/watchdog.h>
#include <machine/device.h>

void watchdog_feed(void)
{
	device_write_16(LAYOUT_WATCHDOG + WATCHDOG_SERVICE, WATCHDOG_FIRST);
	device_write_16(LAYOUT_WATCHDOG + WATCHDOG_SERVICE, WATCHDOG_SECOND);
}
