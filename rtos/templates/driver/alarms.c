/* See alarms.h. */
#include "alarms.h"

bool alarms_add(struct alarms *alarms, const struct alarm *alarm)
{
	uint32_t at = alarms->count;

	if (alarms->count == ALARMS)
		return false;
	for (; at > 0 && alarms->alarm[at - 1].second > alarm->second; at--)
		alarms->alarm[at] = alarms->alarm[at - 1];
	alarms->alarm[at] = *alarm;
	alarms->count++;
	return true;
}

bool alarms_take(struct alarms *alarms, uint32_t now, struct alarm *due)
{
	if (alarms->count == 0 || alarms->alarm[0].second > now)
		return false;
	*due = alarms->alarm[0];
	alarms->count--;
	for (uint32_t i = 0; i < alarms->count; i++)
		alarms->alarm[i] = alarms->alarm[i + 1];
	return true;
}
