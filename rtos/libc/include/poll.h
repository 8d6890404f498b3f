/* poll(): see docs/rtos/programs.md. */
#ifndef POLL_H
#define POLL_H

#define POLLIN   0x01
#define POLLPRI  0x02
#define POLLOUT  0x04
#define POLLERR  0x08
#define POLLHUP  0x10
#define POLLNVAL 0x20

typedef unsigned nfds_t;

struct pollfd {
	int fd; /* negative: poll() leaves the entry out */
	short events, revents;
};

int poll(struct pollfd *descriptors, nfds_t count, int milliseconds);

#endif
