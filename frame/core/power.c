/* What of cores that sleep is mapped while guests run; see frame/power.h. */
#include <frame/power.h>
#include <frame/service.h>

bool power_wanted(uint32_t index)
{
	console_wake_later(CONSOLE_EVENT_CORE << index);
	return true;
}
