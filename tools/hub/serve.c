/* The hub's loop over its files: see host/hub.h. */
#include "hub.h"
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SERVE_TURN_MS 250 /* at most, for things that only time brings */

static volatile sig_atomic_t serve_ended;
static struct hub serve_hub;

static void serve_signal(int number)
{
	(void)number;
	serve_ended = 1;
}

static int64_t serve_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static short serve_events(const struct hub_end *end, bool reads)
{
	short events = end_is_empty(end) ? 0 : POLLOUT;

	return reads && end->next == end->have ? (short)(events | POLLIN) : events;
}

/* Waits for the system, the doors and the clients. */
static void serve_wait(struct hub *hub, const struct hub_door *doors, size_t count,
                       struct pollfd *files)
{
	files[0] = (struct pollfd){hub->system.file, serve_events(&hub->system, true), 0};
	for (size_t i = 0; i < count; i++)
		files[1 + i] = (struct pollfd){doors[i].listener, POLLIN, 0};
	for (size_t i = 0; i < HUB_CLIENTS; i++) {
		const struct hub_client *client = &hub->clients[i];
		bool reads = !client->pending && !client->ended && client->state != HUB_LEAVES;

		files[1 + count + i] =
		    (struct pollfd){client->end.file, serve_events(&client->end, reads), 0};
	}
	(void)poll(files, 1 + count + HUB_CLIENTS, hub->busy ? 0 : SERVE_TURN_MS);
	/* Nobody reads the answers to this client any more, so its frame that waits is dropped. */
	for (int i = 0; i < HUB_CLIENTS; i++)
		if (hub->clients[i].pending &&
		    (files[1 + count + (size_t)i].revents & POLLHUP) != 0)
			hub_gone(hub, i);
}

/* A new socket always has room for these words. They are for a person, or for a tool that speaks no
 * frames; our programs don't show it. */
static void serve_greet(int file, const char *path)
{
	char text[256];
	int size = snprintf(
	    text, sizeof(text),
	    "Kumiki's link: it speaks frames; attach with: kumiki console %.128s\r\n", path);

	(void)send(file, text, (size_t)size, MSG_NOSIGNAL);
}

static void serve_full(int file, uint8_t rights)
{
	uint8_t frame[LINKFRAME_MAX] = {0};
	char *text = (char *)frame + LINKFRAME_HEADER + 2;
	int size = snprintf(text, 160, "full: %d clients are attached; let one of them leave first",
	                    hub_places(rights));

	(void)send(file, text, (size_t)size, MSG_NOSIGNAL);
	frame[LINKFRAME_HEADER] = LINK_HELLO;
	(void)send(file, frame, linkframe_close(frame, LINK_ERROR, 2 + (size_t)size), MSG_NOSIGNAL);
	close(file);
}

static void serve_accept(struct hub *hub, const struct hub_door *door)
{
	int file = accept4(door->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (file < 0)
		return;
	serve_greet(file, door->path);
	if (hub_accept(hub, file, door->rights) == HUB_NOBODY)
		serve_full(file, door->rights);
}

static void serve_signals(void)
{
	struct sigaction action = {.sa_handler = serve_signal};

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Closes the doors, and gives the clients some time to read the rest. */
static void serve_end(struct hub *hub, struct hub_door *doors, size_t count, const char *over)
{
	struct pollfd files[1 + HUB_DOORS_MAX + HUB_CLIENTS];

	for (size_t i = 0; i < count; i++)
		hub_close(&doors[i]);
	hub_over(hub, over);
	if (hub->in) {
		hub_tell(hub, LINK_BYE, NULL, 0);
		(void)end_flush(&hub->system);
	}
	end_close(&hub->system);
	while (hub_part(hub, serve_now()))
		serve_wait(hub, doors, count, files);
}

void hub_serve(int system, struct hub_door *doors, size_t count, const char *over)
{
	struct pollfd files[1 + HUB_DOORS_MAX + HUB_CLIENTS] = {0};
	struct hub *hub = &serve_hub;

	serve_signals();
	hub_start(hub, system, serve_now());
	/* The hub's turn comes first: clients that have gone make room for those who come. */
	while (!serve_ended && hub_turn(hub, serve_now())) {
		for (size_t i = 0; i < count; i++)
			if ((files[1 + i].revents & POLLIN) != 0)
				serve_accept(hub, &doors[i]);
		serve_wait(hub, doors, count, files);
	}
	serve_end(hub, doors, count, serve_ended ? "the hub was told to end" : over);
}
