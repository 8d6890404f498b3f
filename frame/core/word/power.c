/* What of cores that sleep is mapped while guests run; see word/power.h. */
#include <word/console.h>
#include <word/power.h>

bool power_wanted(uint32_t index)
{
	console_wake_later(CONSOLE_EVENT_CORE << index);
	return true;
}
