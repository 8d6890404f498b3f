/* The part of word/power.h that is mapped while guests run. */
#include <word/power.h>
#include <word/service.h>

bool power_wanted(uint32_t index)
{
	service_wake_later(SERVICE_EVENT_CORE << index);
	return true;
}
