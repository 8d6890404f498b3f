/* See setting.h. */
#include "setting.h"

void setting_begin(struct setting *setting, uint32_t seconds, uint64_t now)
{
	*setting = (struct setting){
	    .offset = seconds * UINT64_C(1000000000) - now, .known = 1, .since = now};
}

static enum clock_status setting_read(const struct setting *setting, uint64_t word[RTOS_WORDS])
{
	if (!setting->known)
		return CLOCK_UNSET;
	word[1] = setting->offset;
	word[2] = setting->since;
	return CLOCK_OK;
}

/* Sets the clock. Modulo 2^64, a time before 1970 is beyond the end. */
static enum clock_status setting_set(struct setting *setting, uint64_t now, bool may_set,
                                     uint64_t offset)
{
	if (!may_set)
		return CLOCK_DENIED;
	if (offset + now >= CLOCK_END)
		return CLOCK_BAD;
	*setting = (struct setting){
	    .offset = offset, .known = 1, .since = now > setting->since ? now : setting->since + 1};
	return CLOCK_OK;
}

bool setting_awaits(const struct setting *setting, const uint64_t word[RTOS_WORDS])
{
	return word[0] == CLOCK_CHANGED && setting->known && word[2] == setting->since;
}

bool setting_serve(struct setting *setting, uint64_t now, bool may_set, uint64_t word[RTOS_WORDS])
{
	switch (word[0]) {
	case CLOCK_READ:
	case CLOCK_CHANGED:
		word[0] = setting_read(setting, word);
		return false;
	case CLOCK_SET:
		word[0] = setting_set(setting, now, may_set, word[1]);
		return word[0] == CLOCK_OK;
	default:
		word[0] = CLOCK_BAD;
		return false;
	}
}
