/* The SBSA generic watchdog's registers; see pure/watchdog.h. */
#include <pure/watchdog.h>

#define WCS      0x000u
#define WOR      0x008u
#define WCV_LOW  0x010u
#define WCV_HIGH 0x014u
#define WRR      (WATCHDOG_REFRESH + 0x000u)
#define WCS_EN   1u
#define WCS_WS0  2u
#define WCS_WS1  4u

void watchdog_reset(struct watchdog *watchdog)
{
	*watchdog = (struct watchdog){.compare = 0};
}

/* W_IIDR of both frames reads 0: version 0, by no known implementer. */
uint32_t watchdog_read(const struct watchdog *watchdog, uint32_t offset)
{
	switch (offset) {
	case WCS:
		return (watchdog->enabled ? WCS_EN : 0) | (watchdog->first ? WCS_WS0 : 0) |
		       (watchdog->second ? WCS_WS1 : 0);
	case WOR:
		return watchdog->offset;
	case WCV_LOW:
		return (uint32_t)watchdog->compare;
	case WCV_HIGH:
		return (uint32_t)(watchdog->compare >> 32);
	default:
		return 0;
	}
}

static void refresh(struct watchdog *watchdog, uint64_t now)
{
	watchdog->first = watchdog->second = 0;
	watchdog->compare = now + watchdog->offset;
}

void watchdog_write(struct watchdog *watchdog, uint32_t offset, uint32_t value, uint64_t now)
{
	switch (offset) {
	case WCS:
		watchdog->enabled = value & WCS_EN;
		refresh(watchdog, now);
		break;
	case WOR:
		watchdog->offset = value;
		refresh(watchdog, now);
		break;
	case WRR:
		refresh(watchdog, now);
		break;
	case WCV_LOW:
		watchdog->compare = (watchdog->compare & ~0xffffffffULL) | value;
		break;
	case WCV_HIGH:
		watchdog->compare = (uint32_t)watchdog->compare | (uint64_t)value << 32;
		break;
	default:
		break;
	}
}

uint64_t watchdog_deadline(const struct watchdog *watchdog)
{
	if (!watchdog->enabled || watchdog->second || watchdog->compare == WATCHDOG_NEVER)
		return WATCHDOG_NEVER;
	return watchdog->compare + 1;
}

void watchdog_look(struct watchdog *watchdog, uint64_t now)
{
	if (!watchdog->enabled || watchdog->second || now <= watchdog->compare)
		return;
	if (watchdog->first) {
		watchdog->second = 1;
	} else {
		watchdog->first = 1;
		watchdog->compare = now + watchdog->offset;
	}
}

void watchdog_pause(struct watchdog *watchdog, uint64_t ticks)
{
	if (watchdog->compare > WATCHDOG_NEVER - ticks)
		watchdog->compare = WATCHDOG_NEVER;
	else
		watchdog->compare += ticks;
}
