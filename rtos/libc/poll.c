/* poll(): it can wait for sockets, or for a console's input, but not for both at once. */
#include "descriptor.h"
#include "errors.h"
#include "socket.h"
#include <errno.h>
#include <poll.h>
#include <rtos/sys.h>

/* The things that poll() can wait for. */
struct poll_waits {
	struct descriptor *console; /* NULL: none */
	uint32_t reads, writes;     /* a bit for each socket */
};

static short poll_one(const struct pollfd *entry, struct poll_waits *waits)
{
	struct descriptor *descriptor = descriptor_at(entry->fd);
	short events = 0;

	if (descriptor == NULL)
		return POLLNVAL;
	if (descriptor->kind == &descriptor_socket) {
		waits->reads |= (entry->events & POLLIN) != 0 ? 1U << entry->fd : 0;
		waits->writes |= (entry->events & POLLOUT) != 0 ? 1U << entry->fd : 0;
		return 0;
	}
	if ((entry->events & POLLOUT) != 0)
		events |= POLLOUT;
	if ((entry->events & POLLIN) == 0)
		return events;
	if (descriptor->kind->readable(descriptor, SYS_AT_ONCE))
		events |= POLLIN;
	else
		waits->console = descriptor;
	return events;
}

static int poll_others(struct pollfd *descriptors, nfds_t count, struct poll_waits *waits)
{
	int ready = 0;

	for (nfds_t i = 0; i < count; i++) {
		descriptors[i].revents = 0;
		if (descriptors[i].fd >= 0)
			descriptors[i].revents = poll_one(&descriptors[i], waits);
		ready += descriptors[i].revents != 0;
	}
	return ready;
}

/* Waits for the sockets until the deadline, and counts those that are ready. */
static int poll_sockets(struct pollfd *descriptors, nfds_t count, const struct poll_waits *waits,
                        uint64_t deadline)
{
	uint32_t reads = waits->reads, writes = waits->writes, failed;
	int ready = 0;

	if ((reads | writes) == 0 || !socket_ready(&reads, &writes, &failed, deadline))
		return 0;
	for (nfds_t i = 0; i < count; i++) {
		const uint32_t bit = descriptors[i].fd >= 0 && descriptors[i].fd < DESCRIPTORS
		                         ? 1U << descriptors[i].fd
		                         : 0;
		const short events = descriptors[i].events;

		if (((waits->reads | waits->writes) & bit) == 0)
			continue;
		descriptors[i].revents = (short)(((reads & bit) != 0 ? events & POLLIN : 0) |
		                                 ((writes & bit) != 0 ? events & POLLOUT : 0) |
		                                 ((failed & bit) != 0 ? POLLHUP : 0));
		ready += descriptors[i].revents != 0;
	}
	return ready;
}

/* If no descriptor is ready, poll() waits for the sockets or for a console, but not for both. If
 * several entries are consoles, it waits for the last one. */
int poll(struct pollfd *descriptors, nfds_t count, int milliseconds)
{
	const uint64_t deadline =
	    milliseconds < 0 ? 0 : sys_now() + sys_ticks((uint64_t)milliseconds);
	struct poll_waits waits = {.console = NULL};
	int ready = poll_others(descriptors, count, &waits);

	ready += poll_sockets(descriptors, count, &waits, SYS_AT_ONCE);
	if (ready > 0 || milliseconds == 0)
		return ready;
	if ((waits.reads | waits.writes) != 0)
		return waits.console != NULL ? errors_set(ENOTSUP)
		                             : poll_sockets(descriptors, count, &waits, deadline);
	if (waits.console == NULL) {
		(void)sys_wait(0, deadline != 0 ? deadline : UINT64_MAX);
		return 0;
	}
	if (!waits.console->kind->readable(waits.console, deadline))
		return 0;
	return poll_others(descriptors, count, &waits);
}
