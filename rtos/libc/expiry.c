/* See expiry.h. */
#include "expiry.h"

#define EXPIRY_SECOND INT64_C(1000000000)
#define EXPIRY_LAST   (INT64_C(1) << 62)

bool expiry_nanoseconds(const struct timespec *time, int64_t *nanoseconds)
{
	if (time->tv_sec < 0 || time->tv_nsec < 0 || time->tv_nsec >= EXPIRY_SECOND)
		return false;
	*nanoseconds = time->tv_sec < EXPIRY_LAST / EXPIRY_SECOND
	                   ? time->tv_sec * EXPIRY_SECOND + time->tv_nsec
	                   : EXPIRY_LAST;
	return true;
}

struct timespec expiry_time(int64_t nanoseconds)
{
	return (struct timespec){.tv_sec = (time_t)(nanoseconds / EXPIRY_SECOND),
	                         .tv_nsec = (long)(nanoseconds % EXPIRY_SECOND)};
}

/* A moment before the counter's beginning is a negative number. The moment 0 would mean "never", so
 * it becomes 1. */
static int64_t expiry_at(int64_t moment)
{
	return moment != 0 ? moment : 1;
}

bool expiry_set(struct expiry *expiry, const struct itimerspec *value, int64_t from)
{
	int64_t next, interval;

	if (!expiry_nanoseconds(&value->it_value, &next) ||
	    !expiry_nanoseconds(&value->it_interval, &interval))
		return false;
	if (next != 0)
		next = expiry_at(next + from);
	*expiry = (struct expiry){.next = next, .interval = interval};
	return true;
}

void expiry_move(struct expiry *expiry, int64_t later)
{
	if (expiry->next != 0)
		expiry->next = expiry_at(expiry->next + later);
}

int64_t expiry_left(const struct expiry *expiry, int64_t now)
{
	if (expiry->next == 0)
		return 0;
	if (expiry->next > now)
		return expiry->next - now;
	if (expiry->interval == 0)
		return 0;
	return expiry->interval - (now - expiry->next) % expiry->interval;
}

int64_t expiry_take(struct expiry *expiry, int64_t now)
{
	int64_t more;

	if (expiry->interval == 0) {
		expiry->next = 0;
		return 0;
	}
	more = (now - expiry->next) / expiry->interval;
	expiry->next = expiry_at(expiry->next + (more + 1) * expiry->interval);
	return more;
}
