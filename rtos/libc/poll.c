/* poll(): only a console's input can make it wait. */
#include "descriptor.h"
#include <poll.h>
#include <rtos/sys.h>

static short poll_one(const struct pollfd *entry, uint64_t deadline)
{
	struct descriptor *descriptor = descriptor_at(entry->fd);
	short events = 0;

	if (descriptor == NULL)
		return POLLNVAL;
	if ((entry->events & POLLOUT) != 0)
		events |= POLLOUT;
	if ((entry->events & POLLIN) != 0 && descriptor->kind->readable(descriptor, deadline))
		events |= POLLIN;
	return events;
}

/* Counts the descriptors that are ready. */
static int poll_all(struct pollfd *descriptors, nfds_t count, struct pollfd **waiting)
{
	int ready = 0;

	for (nfds_t i = 0; i < count; i++) {
		descriptors[i].revents = 0;
		if (descriptors[i].fd < 0)
			continue;
		descriptors[i].revents = poll_one(&descriptors[i], SYS_AT_ONCE);
		ready += descriptors[i].revents != 0;
		if ((descriptors[i].events & POLLIN) != 0)
			*waiting = &descriptors[i];
	}
	return ready;
}

/* All descriptors that have to wait are of the same console. */
int poll(struct pollfd *descriptors, nfds_t count, int milliseconds)
{
	const uint64_t deadline =
	    milliseconds < 0 ? 0 : sys_now() + sys_ticks((uint64_t)milliseconds);
	struct pollfd *waiting = NULL;
	const int ready = poll_all(descriptors, count, &waiting);

	if (ready > 0 || milliseconds == 0)
		return ready;
	if (waiting == NULL) {
		(void)sys_wait(0, deadline != 0 ? deadline : UINT64_MAX);
		return 0;
	}
	if (!descriptor_at(waiting->fd)->kind->readable(descriptor_at(waiting->fd), deadline))
		return 0;
	return poll_all(descriptors, count, &waiting);
}
