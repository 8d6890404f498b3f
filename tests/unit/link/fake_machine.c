/* See fake_machine.h. */
#include "fake_machine.h"
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void (*fake_machine_guest)(void);

static pthread_t thread;
static atomic_bool stopping;
static int listener;
static char folder[64], path[96];

static void machine_check(bool holds)
{
	if (!holds)
		abort();
}

static void machine_send(int client)
{
	while (fake.sent_seen < fake.sent_size) {
		ssize_t count = send(client, fake.sent + fake.sent_seen,
		                     fake.sent_size - fake.sent_seen, MSG_NOSIGNAL);
		if (count <= 0)
			break;
		fake.sent_seen += (size_t)count;
	}
	fake.sent_size = fake.sent_seen = 0;
}

/* False: the client left. */
static bool machine_turn(int client)
{
	struct pollfd poller = {.fd = client, .events = POLLIN};
	uint8_t bytes[1024];

	if (poll(&poller, 1, 1) > 0) {
		ssize_t count = read(client, bytes, sizeof(bytes));

		if (count <= 0)
			return false;
		fake_type(bytes, (size_t)count);
	}
	if (fake_machine_guest)
		fake_machine_guest();
	fake_run(1);
	machine_send(client);
	return true;
}

static void *machine_main(void *unused)
{
	struct pollfd poller = {.fd = listener, .events = POLLIN};

	(void)unused;
	for (;;) {
		if (poll(&poller, 1, 5) <= 0) {
			if (stopping)
				break;
			continue;
		}
		int client = accept(listener, NULL, NULL);
		machine_check(client >= 0);
		while (machine_turn(client))
			continue;
		close(client);
	}
	return NULL;
}

const char *fake_machine_start(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(folder, sizeof(folder), "/tmp/kumiki-test-XXXXXX");
	machine_check(mkdtemp(folder) != NULL);
	snprintf(path, sizeof(path), "%s/link", folder);
	memcpy(address.sun_path, path, strlen(path) + 1);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	machine_check(listener >= 0);
	machine_check(!bind(listener, (struct sockaddr *)&address, sizeof(address)));
	machine_check(!listen(listener, 1));
	stopping = false;
	machine_check(!pthread_create(&thread, NULL, machine_main, NULL));
	return path;
}

void fake_machine_stop(void)
{
	stopping = true;
	pthread_join(thread, NULL);
	close(listener);
	unlink(path);
	rmdir(folder);
	fake_machine_guest = NULL;
}
