/*
 * See broker/rate.h. Each frame makes its end busy for an interval. An end may be busy in advance,
 * for a burst. Frames beyond that wait in the driver's ring.
 */
#include <broker/rate.h>

#define RATE_BURST 64 /* frames that an end may always send at once, if it was silent before */
#define RATE_PAUSE                                                                                 \
	1000 /* of a second: a broker waits that long at least, then sends several frames */

/* For how many ticks an end may be busy in advance: a burst, and what it could send in a broker's
 * pauses. */
static uint64_t rate_burst(const struct broker_info *info)
{
	return (RATE_BURST - 1) * info->interval + 2 * info->second / RATE_PAUSE;
}

bool rate_admit(struct broker *broker)
{
	const struct broker_info *info = broker->info;
	struct channel_end *own = broker->own;
	uint64_t now, at;

	if (info->interval == 0 || own->sending.charged != 0)
		return true;
	now = broker_now();
	if (own->busy_until > now + rate_burst(info)) {
		at = own->busy_until - rate_burst(info);
		if (at < now + info->second / RATE_PAUSE)
			at = now + info->second / RATE_PAUSE;
		broker_look_again(broker, at);
		return false;
	}
	own->busy_until = (own->busy_until > now ? own->busy_until : now) + info->interval;
	own->sending.charged = 1;
	return true;
}
