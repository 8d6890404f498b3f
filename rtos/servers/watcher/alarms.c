/* See alarms.h. */
#include "alarms.h"
#include <lib/string.h>

void alarms_note(struct alarms *alarms, uint64_t when, const char *text)
{
	const uint32_t place = alarms->count++ % ALARMS_MOST;
	const size_t length = string_length(text);

	alarms->alarm[place].when = when;
	memset(alarms->alarm[place].text, 0, ALARMS_TEXT);
	memcpy(alarms->alarm[place].text, text, length < ALARMS_TEXT ? length : ALARMS_TEXT - 1);
}

void alarms_serve(const struct alarms *alarms, uint64_t word[8])
{
	const uint64_t number = word[1], from = word[2];
	const uint32_t place = (uint32_t)number % ALARMS_MOST;

	if (number >= alarms->count || alarms->count - number > ALARMS_MOST ||
	    from > ALARMS_TEXT - RULES_PART_SIZE) {
		word[0] = RULES_NO_RULE;
		word[1] = alarms->count;
		return;
	}
	word[0] = RULES_OK;
	word[1] = alarms->alarm[place].when;
	memcpy(&word[2], &alarms->alarm[place].text[from], RULES_PART_SIZE);
}
